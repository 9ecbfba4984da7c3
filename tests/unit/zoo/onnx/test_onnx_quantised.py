"""ONNX files of integers become quantised layers, at most one step from onnxruntime."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.fakes.onnx import quantised
from tests.fakes.onnx.files import outputs_of, read
from tinylab.errors import ModelFileError
from tinylab.zoo.network import Network
from tinylab.zoo.operations import Convert
from tinylab.zoo.tensor_type import Number

SAMPLES = 8
EQUAL = 0.98
"""Share of elements that equal onnxruntime's: it multiplies in floats, we in fixed point."""


def integers(network: Network) -> list[str]:
    """The operations that are made on integers."""
    kinds = [one.operation for one in network.layers if one.type.number is Number.INT8]
    return [type(one).__name__ for one in kinds if not isinstance(one, Convert)]


@pytest.mark.parametrize("dtype", ["uint8", "int8"])
@pytest.mark.parametrize("name", quantised.MODELS)
def test_at_most_one_step_from_onnxruntime(name: str, dtype: str, tmp_path: Path) -> None:
    made = quantised.MODELS[name](dtype)
    network = read(made, tmp_path)
    step = [one.type for one in network.layers if not one.type.is_float][-1].step
    steps = []
    for seed in range(SAMPLES):
        [got], [wanted] = outputs_of(network, made, seed, scale=2.0)
        steps.append(np.abs(got - wanted).ravel() / step)
    found = np.concatenate(steps)
    assert found.max() <= 1.001
    assert (found < 0.01).mean() >= EQUAL


@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        ("QLinearConv", ["Conv"]),
        ("QLinearConv depthwise", ["DepthwiseConv"]),
        ("Conv", ["Conv", "Activate"]),
        ("QGemm", ["Dense"]),
        ("Gemm", ["Pool", "Reshape", "Dense"]),
        ("QLinearAdd", ["Arithmetic"]),
        ("GlobalAveragePool", ["GlobalPool"]),
        ("Sigmoid", ["Activate"]),
        ("Softmax of integers", ["Activate"]),
        ("Softmax", []),
    ],
)
def test_operators_on_integers_become_quantised_layers(
    name: str, kinds: list[str], tmp_path: Path
) -> None:
    assert integers(read(quantised.MODELS[name]("uint8"), tmp_path)) == kinds


def test_unsigned_integers_become_signed_ones(tmp_path: Path) -> None:
    network = read(quantised.MODELS["QLinearConv"]("uint8"), tmp_path)
    kind = network.layers[0].type
    assert (kind.number, kind.zero_point) == (Number.INT8, 7)


@pytest.mark.parametrize(
    ("axis", "constants", "text"),
    [
        (1, {}, "with 5 scales along dimension 1 of numbers of the shape (5, 4, 1)"),
        (7, {}, "with 5 scales along dimension 7 of numbers of the shape (5, 4, 1)"),
        (0, {"ys": np.array(0, np.float32)}, "a scale that is no positive number"),
        (0, {"ys": np.array(1e-42, np.float32)}, "no positive number of normal size"),
        (0, {"ys": np.array(1e-10, np.float32)}, "could overflow 32 bits, in "),
        (0, {"b": np.full(5, 2**31 - 9, np.int32)}, "could overflow its 32-bit sum of output"),
    ],
)
def test_contradictions_are_refused(
    tmp_path: Path, axis: int, constants: dict[str, Any], text: str
) -> None:
    with pytest.raises(ModelFileError) as caught:
        read(quantised.contradictory(axis, **constants), tmp_path)
    assert text in caught.value.message
    assert caught.value.remedy
