"""Weights and settings that do not fit each other are refused, whatever file they come from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema

from tests.fakes.model_files.small import tflite
from tests.fakes.networks import CATALOGUE, random_network
from tinylab.errors import ModelFileError
from tinylab.zoo.builder import MAX_LAYERS, Builder
from tinylab.zoo.checks.validation import check_network
from tinylab.zoo.execution import reference
from tinylab.zoo.network import INPUT, Input, Layer, Network
from tinylab.zoo.operations import (
    NO_PADDING,
    Activate,
    BatchNorm,
    Conv,
    Dense,
    DepthwiseConv,
    Function,
    Operation,
    Pad,
    Pool,
    PoolKind,
)
from tinylab.zoo.processes import stored
from tinylab.zoo.tflite import model_file


def ones(*shape: int) -> np.ndarray:
    return np.ones(shape, np.float32)


IMAGE, LINE, FLAT = (6, 5, 2), (6, 2), (4,)
STEP = (1, 1)
MAX = PoolKind.MAX
REFUSED: list[tuple[tuple[int, ...], Operation, str]] = [
    (FLAT, Dense(ones(4, 3), ones(2)), "a bias of the shape"),
    (FLAT, Dense(ones(4, 3), ones(3, 1)), "a bias of the shape"),
    (FLAT, Dense(ones(4, 3), ones()), "a bias of the shape"),
    (FLAT, Dense(ones(4, 3, 1), ones(3)), "not of 2 dimensions"),
    (FLAT, Dense(ones(4), ones(3)), "not of 2 dimensions"),
    (FLAT, Dense(ones(3, 3), ones(3)), "for 3 input channels but gets 4"),
    (FLAT, Dense(np.ones((4, 3)), ones(3)), "weights of float64 numbers, which is not supported"),
    (FLAT, Dense(ones(4, 3) * np.float32(np.nan), ones(3)), "not finite"),
    (FLAT, Dense(ones(4, 3), ones(3) * np.float32(np.inf)), "not finite"),
    (IMAGE, Conv(ones(2, 2, 2), ones(2), STEP, NO_PADDING), "not of 4 dimensions"),
    (IMAGE, Conv(ones(2, 2, 2, 3), ones(2), STEP, NO_PADDING), "a bias of the shape"),
    (IMAGE, Conv(ones(2, 2, 2, 3), ones(3), (0, 1), NO_PADDING), "moves by"),
    (IMAGE, Conv(ones(2, 2, 2, 3), ones(3), STEP, ((0, -1), (0, 0))), "pads"),
    (IMAGE, Conv(ones(1, 2, 2, 3), ones(3), STEP, NO_PADDING, 1), "gets an input of the shape"),
    (LINE, Conv(ones(1, 2, 2, 3), ones(3), STEP, NO_PADDING), "gets an input of the shape"),
    (LINE, Conv(ones(2, 2, 2, 3), ones(3), STEP, NO_PADDING, 1), "has a window of"),
    (LINE, Conv(ones(1, 2, 2, 3), ones(3), STEP, ((1, 0), (0, 0)), 1), "pads"),
    (IMAGE, DepthwiseConv(ones(2, 2, 2, 2), ones(2), STEP, NO_PADDING), "a bias of the shape"),
    (IMAGE, DepthwiseConv(ones(2, 2, 2), ones(2), STEP, NO_PADDING), "not of 4 dimensions"),
    (IMAGE, Pool(MAX, (0, 1), STEP, NO_PADDING), "moves by"),
    (IMAGE, Pool(MAX, (2, 2), STEP, ((2, 0), (0, 0))), "by more than its window"),
    (FLAT, Pool(MAX, (1, 1), STEP, NO_PADDING), "gets an input of the shape"),
    (IMAGE, BatchNorm(ones(3), ones(2)), "a scale of the shape"),
    (IMAGE, BatchNorm(ones(2), ones(1)), "an offset of the shape"),
    (IMAGE, Pad(((0, 0), (-1, 0))), "pads"),
    (FLAT, Pad(((0, 0), (1, 0))), "pads"),
]  # fmt: skip


@pytest.mark.parametrize(("shape", "operation", "sentence"), REFUSED)
def test_what_does_not_fit_is_refused(
    shape: tuple[int, ...], operation: Operation, sentence: str
) -> None:
    builder = Builder(shape)
    with pytest.raises(ModelFileError, match=sentence) as caught:
        builder.add("odd", operation, "input")
    assert caught.value.layer == "odd"
    assert caught.value.remedy


def test_a_merged_layer_is_checked_as_well() -> None:
    builder = Builder(IMAGE)
    builder.add("norm", BatchNorm(ones(2), ones(2)), "input")
    with pytest.raises(ModelFileError, match="not finite"):
        builder.change_last(BatchNorm(ones(2), ones(2) * np.float32(np.inf)))


@pytest.mark.parametrize("seed", range(20))
def test_every_network_that_can_be_executed_passes(seed: int) -> None:
    check_network(random_network(seed))


@pytest.mark.parametrize("make", CATALOGUE)
def test_the_catalogue_passes(make: Any) -> None:
    check_network(make())


def test_layers_out_of_order_are_refused() -> None:
    relu = Activate(Function.RELU)
    for first, second in (("input", "later"), ("two", "input"), ("input", "two")):
        layers = (Layer("one", relu, (first,), FLAT), Layer("two", relu, (second,), FLAT))
        with pytest.raises(ModelFileError, match="is not in order"):
            check_network(Network("net", (Input(INPUT, FLAT),), layers, (layers[-1].name,), ""))


def test_what_the_loading_process_returns_is_checked(tmp_path: Path) -> None:
    bad = Layer("one", Dense(ones(4, 3), ones(2)), ("input",), (3,))
    stored.save(
        Network("net", (Input(INPUT, FLAT),), (bad,), (bad.name,), ""), tmp_path / "net.npz"
    )
    with pytest.raises(ValueError, match="a bias of the shape"):
        stored.read(tmp_path / "net.npz", "", "net", tmp_path)


def test_a_chain_of_too_many_layers_is_refused_in_time() -> None:
    """All have the same name; each gets another one."""
    builder = Builder(FLAT)
    for _ in range(MAX_LAYERS):
        builder.add("same", Activate(Function.RELU), "input")
    assert len({layer.name for layer in builder.layers}) == MAX_LAYERS
    with pytest.raises(ModelFileError, match="more than 2,000 layers"):
        builder.add("same", Activate(Function.RELU), "input")


def operator(model: Any, kind: str) -> Any:
    codes = [one.builtinCode for one in model.operatorCodes]
    wanted = codes.index(getattr(schema.BuiltinOperator, kind))
    return next(one for one in model.subgraphs[0].operators if one.opcodeIndex == wanted)


def constant(model: Any, kind: str, place: int) -> tuple[Any, Any]:
    """The tensor that the first operator of that kind has at that place, and its buffer."""
    tensor = model.subgraphs[0].tensors[operator(model, kind).inputs[place]]
    return tensor, model.buffers[tensor.buffer]


def refusal(path: Path, change: Any) -> str:
    path.write_bytes(tflite(change))
    with pytest.raises(ModelFileError) as caught:
        model_file.read(path)
    assert caught.value.remedy
    return caught.value.message


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "net.tflite"


@pytest.mark.parametrize("kind", ["CONV_2D", "DEPTHWISE_CONV_2D", "AVERAGE_POOL_2D"])
@pytest.mark.parametrize("code", [2, 77, -1])
def test_unknown_padding_is_not_taken_for_same(path: Path, kind: str, code: int) -> None:
    def change(model: Any) -> None:
        operator(model, kind).builtinOptions.padding = code

    message = refusal(path, change)
    assert message.startswith(f"has the operator {kind} 'tensor_")
    assert message.endswith(f"' with the padding {code}, which is not supported.")


@pytest.mark.parametrize("kind", ["CONV_2D", "AVERAGE_POOL_2D", "MUL", "FULLY_CONNECTED"])
@pytest.mark.parametrize("code", [5, 77, -1])
def test_unknown_activations_are_refused(path: Path, kind: str, code: int) -> None:
    def change(model: Any) -> None:
        operator(model, kind).builtinOptions.fusedActivationFunction = code

    assert f"with the fused activation {code}" in refusal(path, change)


def test_unknown_types_and_formats_are_refused(path: Path) -> None:
    def odd_type(model: Any) -> None:
        constant(model, "CONV_2D", 1)[0].type = 99

    def odd_format(model: Any) -> None:
        operator(model, "FULLY_CONNECTED").builtinOptions.weightsFormat = 7

    def odd_operator(model: Any) -> None:
        for code in model.operatorCodes:
            code.builtinCode = 9_999

    assert "contains unknown numbers" in refusal(path, odd_type)
    assert "shuffled weights" in refusal(path, odd_format)
    assert "has the operator number 9999" in refusal(path, odd_operator)


def test_ranks_and_lengths_of_a_file_are_checked(path: Path) -> None:
    def tall_bias(model: Any) -> None:
        constant(model, "FULLY_CONNECTED", 2)[0].shape = [4, 1]

    def deep_weights(model: Any) -> None:
        constant(model, "FULLY_CONNECTED", 1)[0].shape = [4, 3, 1]

    def short_bias(model: Any) -> None:
        tensor, buffer = constant(model, "CONV_2D", 2)
        tensor.shape, buffer.data = [2], buffer.data[:8]

    dense, conv = "operator FULLY_CONNECTED 'tensor_", "operator CONV_2D 'tensor_"
    for owner, said, change in (
        (dense, "has a bias of the shape (4, 1), not (4,)", tall_bias),
        (dense, "has weights of the shape", deep_weights),
        (conv, "has a bias of the shape (2,), not (3,)", short_bias),
    ):
        message = refusal(path, change)
        assert message.startswith(owner)
        assert said in message


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize(("kind", "place"), [("MUL", 1), ("ADD", 1), ("CONV_2D", 1)])
def test_numbers_that_are_not_finite_are_found_wherever_they_are(
    path: Path, value: float, kind: str, place: int
) -> None:
    """MUL and ADD become one batch normalisation: the second is merged into the first."""

    def change(model: Any) -> None:
        buffer = constant(model, kind, place)[1]
        buffer.data = np.concatenate([np.float32([value]).view(np.uint8), buffer.data[4:]])

    assert "has weights that are not finite numbers" in refusal(path, change)


def test_a_tensor_that_is_also_the_output_is_not_merged_away(path: Path) -> None:
    """The network ends with the product; a sum that nobody reads comes after it."""
    output: list[int] = []

    def change(model: Any) -> None:
        output.extend(operator(model, "MUL").outputs)
        model.subgraphs[0].outputs = output

    path.write_bytes(tflite(change))
    network = model_file.read(path)
    norm = network.layers[-1].operation
    assert isinstance(norm, BatchNorm)
    assert not norm.offset.any()
    [made] = reference.run(network, [ones(1, 5, 4, 2)])
    assert made.shape == (1, 6, 5, 3)
