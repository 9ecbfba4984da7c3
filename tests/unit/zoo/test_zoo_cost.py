"""Parameters and MACC, against Cube.AI's report of the published networks."""

from __future__ import annotations

import numpy as np
import pytest

from tinylab.zoo import catalog, cost, load
from tinylab.zoo.builder import Builder
from tinylab.zoo.network import INPUT, Network
from tinylab.zoo.operations import (
    NO_PADDING,
    Activate,
    Arithmetic,
    ArithmeticKind,
    BatchNorm,
    Conv,
    Dense,
    DepthwiseConv,
    Dropout,
    Function,
    GlobalPool,
    Operation,
    Pad,
    Pool,
    PoolKind,
)

REPORT = {
    "house_price": (
        6534,
        6771,
        [
            *(380, 19, 380, 19, 760, 38, 1482, 38, 1482, 38, 741, 19),
            *(380, 19, 380, 19, 380, 19, 160, 8, 9, 1),
        ],
    ),
    "human_activity": (12075, 24120, [3472, 384, 8456, 176, 11328, 64, 195, 45]),
    "image_classification": (
        412778,
        2323968,
        [200768, 50176, 50176, 1605664, 6272, 6272, 401664, 256, 2570, 150],
    ),
}
"""Cube.AI 6.0.0: parameters, MACC, and MACC of every layer that has any."""


@pytest.fixture(scope="module", autouse=True)
def loaded_at_once() -> None:
    """All shipped networks by one process, so that TensorFlow starts once."""
    load.load_many([catalog.model(name).keras for name in catalog.names()])


@pytest.mark.parametrize("name", REPORT)
@pytest.mark.parametrize("suffix", ["keras", "tflite"])
def test_counts_equal_cube_ai_to_the_unit(name: str, suffix: str) -> None:
    network = load.load(catalog.model(name).folder / f"model.{suffix}")
    parameters, macc, layers = REPORT[name]
    assert cost.parameters(network) == parameters
    assert cost.macc(network) == macc
    assert [row.macc for row in cost.rows(network) if row.macc] == layers


def test_rows_name_layers_kinds_and_shapes() -> None:
    rows = cost.rows(load.load(catalog.model("human_activity").keras))
    assert [(row.name, row.kind, row.shape, row.parameters) for row in rows] == [
        ("conv1d", "Conv1D", (24, 16), 160),
        ("conv1d_nl", "ReLU", (24, 16), 0),
        ("conv1d_1", "Conv1D", (22, 8), 392),
        ("conv1d_1_nl", "ReLU", (22, 8), 0),
        ("dropout", "Dropout", (22, 8), 0),
        ("flatten", "Reshape", (176,), 0),
        ("dense", "Dense", (64,), 11328),
        ("dense_nl", "ReLU", (64,), 0),
        ("dense_1", "Dense", (3,), 195),
        ("dense_1_nl", "Softmax", (3,), 0),
    ]


def one_layer(operation: Operation, *sources: str) -> Network:
    builder = Builder((4, 6, 2))
    return builder.network(builder.add("layer", operation, *(sources or (INPUT,))))


def zeros(*shape: int) -> np.ndarray:
    return np.zeros(shape, np.float32)


@pytest.mark.parametrize(
    ("operation", "kind", "parameters", "macc"),
    [
        (Dense(zeros(2, 5), zeros(5)), "Dense", 15, 24 * 5 * (2 + 1)),
        (Conv(zeros(3, 3, 2, 5), zeros(5), (1, 1), NO_PADDING), "Conv2D", 95, 2 * 4 * 5 * 18 + 5),
        (
            DepthwiseConv(zeros(3, 3, 2, 3), zeros(6), (1, 1), NO_PADDING),
            "DepthwiseConv2D",
            60,
            2 * 4 * 6 * 9 + 6,
        ),
        (
            Pool(PoolKind.AVERAGE, (2, 3), (2, 3), NO_PADDING),
            "AveragePooling2D",
            0,
            6 * 2 * 2 * 2,
        ),
        (GlobalPool(PoolKind.MAX), "GlobalMaxPooling", 0, 48),
        (Activate(Function.SOFTMAX), "Softmax", 0, 15 * 48),
        (Activate(Function.TANH), "Tanh", 0, 10 * 48),
        (Activate(Function.SIGMOID), "Sigmoid", 0, 10 * 48),
        (Activate(Function.RELU), "ReLU", 0, 48),
        (Activate(Function.RELU6), "ReLU6", 0, 2 * 48),
        (Activate(Function.LINEAR), "Linear", 0, 0),
        (BatchNorm(zeros(2), zeros(2)), "BatchNormalization", 4, 2 * 48),
        (Pad(((1, 1), (1, 1))), "ZeroPadding", 0, 0),
        (Dropout(), "Dropout", 0, 0),
    ],
)
def test_every_other_kind_has_its_count(
    operation: Operation, kind: str, parameters: int, macc: int
) -> None:
    (row,) = cost.rows(one_layer(operation))
    assert (row.kind, row.parameters, row.macc) == (kind, parameters, macc)


def test_an_addition_costs_one_for_each_element() -> None:
    assert cost.macc(one_layer(Arithmetic(ArithmeticKind.ADD), INPUT, INPUT)) == 48


def test_a_bias_that_the_file_has_not_is_no_parameter() -> None:
    operation = Dense(zeros(2, 5), zeros(5), biased=False)
    (row,) = cost.rows(one_layer(operation))
    assert row.parameters == 10
