"""Quantised files that contradict themselves, or whose sums could overflow, are refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fakes.tflite.contradictions import pair, single, softmax, weighted
from tests.fakes.tflite.files import Op, Tensor, interpreted, model, network_of
from tinylab.errors import ModelFileError
from tinylab.zoo import cost
from tinylab.zoo.checks.integer_sums import LARGEST, check_sums
from tinylab.zoo.execution import reference
from tinylab.zoo.execution.integer.weighted import dense
from tinylab.zoo.operations import Dense, WeightQuantization
from tinylab.zoo.tensor_type import Number, TensorType

KINDS = ("FULLY_CONNECTED", "CONV_2D", "DEPTHWISE_CONV_2D")
SOFTMAX = (1 / 256, -128)


def refusal(content: bytes, folder: Path) -> str:
    with pytest.raises(ModelFileError) as caught:
        network_of(content, folder)
    assert caught.value.remedy
    return caught.value.message


@pytest.mark.parametrize("kind", KINDS)
def test_a_bias_that_could_overflow_the_sum_is_refused_by_its_channel(
    tmp_path: Path, kind: str
) -> None:
    bias = np.array([0, 0, LARGEST - 100], np.int32)
    message = refusal(weighted(kind, bias=bias), tmp_path)
    inputs = 1 if kind.startswith("DEPTHWISE") else 4
    assert f"{kind} 'tensor_3' could overflow its 32-bit sum of output channel 2" in message
    assert f"up to {LARGEST - 100 + inputs * 100 * 128:,}" in message


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("sign", [1, -1])
def test_the_largest_bias_that_cannot_overflow_runs(tmp_path: Path, kind: str, sign: int) -> None:
    inputs = 1 if kind.startswith("DEPTHWISE") else 4
    largest = sign * (LARGEST - inputs * 100 * 128)
    bias = np.full(3, largest, np.int32)
    content = weighted(kind, bias=bias, made=(60.0, 0), bias_scales=(0.0003,))
    network = network_of(content, tmp_path)
    numbers = np.full((1, *network.inputs[0].shape), -128, np.int8)
    real = network.inputs[0].type.decode(numbers)
    got = dict(reference.each_tensor(network, [real]))[network.outputs[0]]
    np.testing.assert_array_equal(got, interpreted(content, numbers)[0])
    beyond = weighted(kind, bias=bias + sign, made=(60.0, 0))
    assert "overflow" in refusal(beyond, tmp_path)


def test_too_many_inputs_are_refused(tmp_path: Path) -> None:
    assert "overflow" in refusal(weighted("FULLY_CONNECTED", inputs=170_000), tmp_path)


def test_an_int64_bias_must_fit_in_32_bits(tmp_path: Path) -> None:
    bias = np.array([2**40, 0, 0], np.int64)
    assert "output channel 0" in refusal(weighted("FULLY_CONNECTED", bias=bias), tmp_path)


@given(
    weights=st.lists(st.integers(-128, 127), min_size=1, max_size=6),
    zero=st.integers(-128, 127),
    weight_zero=st.integers(-128, 127),
    room=st.integers(-3, 3),
)
@settings(max_examples=60)
def test_the_bound_is_the_greatest_sum(
    weights: list[int], zero: int, weight_zero: int, room: int
) -> None:
    """The inputs that make it are found, and one more than fits is refused."""
    centred = np.array(weights) - weight_zero
    far = np.where(127 - zero >= zero + 128, 127, -128)
    other = -128 if far == 127 else 127
    sums = [int(np.abs(centred).sum()) * abs(int(one) - zero) for one in (far, other)]
    bias = LARGEST - max(sums) + room
    operation = Dense(
        np.array(weights, np.int8).reshape(-1, 1),
        np.array([bias], np.int64),
        WeightQuantization(np.ones(1, np.float32), np.array([weight_zero], np.int32)),
    )
    types = TensorType(Number.INT8, 1.0, zero), TensorType(Number.INT8, 2.0**20, 0)
    shape = (len(weights),)
    if bias + max(sums) > LARGEST:
        with pytest.raises(ModelFileError, match="overflow"):
            check_sums(operation, [shape], [types[0]], types[1])
        return
    check_sums(operation, [shape], [types[0]], types[1])
    given_ = np.full((1, len(weights)), far, np.int8)
    assert dense(operation, given_, *types).shape == (1, 1)


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (single("LEAKY_RELU", (0.1, 0), (1e-9, 0), schema.LeakyReluOptionsT()), "LEAKY_RELU"),
        (single("RELU", (0.1, 0), (1e-9, 0)), "RELU"),
        (single("QUANTIZE", (0.1, 0), (1e-10, 0), schema.QuantizeOptionsT()), "QUANTIZE"),
        (pair("ADD", (0.05, 0), (0.05, 0), (1e-9, 0)), "ADD"),
        (pair("MUL", (0.05, 0), (0.05, 0), (1e-9, 0)), "MUL"),
    ],
)
def test_products_that_could_overflow_are_refused(
    tmp_path: Path, content: bytes, text: str
) -> None:
    message = refusal(content, tmp_path)
    assert text in message
    assert "could overflow 32 bits" in message


@pytest.mark.parametrize("kind", ["CONV_2D", "DEPTHWISE_CONV_2D"])
def test_weights_of_a_huge_scale_run_as_in_litert_with_a_note(tmp_path: Path, kind: str) -> None:
    content = weighted(kind, scales=(0.01, 0.01, 1e6), made=(0.1, -5))
    network = network_of(content, tmp_path)
    assert "products may wrap around in 32 bits" in network.notes[0]
    assert "output channel 2" in network.notes[0]
    random = np.random.default_rng(3)
    numbers = random.integers(-128, 128, (1, *network.inputs[0].shape), np.int8)
    real = network.inputs[0].type.decode(numbers)
    got = dict(reference.each_tensor(network, [real]))[network.outputs[0]]
    np.testing.assert_array_equal(got, interpreted(content, numbers)[0])


def test_a_factor_that_kernels_cannot_shift_by_is_refused(tmp_path: Path) -> None:
    assert "multiplied by 3e+" in refusal(weighted("CONV_2D", scales=(1e12,)), tmp_path)


@pytest.mark.parametrize("where", ["given", "made"])
def test_a_scale_that_loses_bits_is_refused(tmp_path: Path, where: str) -> None:
    part: Any = (1e-40, 0)
    message = refusal(weighted("CONV_2D", **{where: part}), tmp_path)
    assert "which is no positive number of normal size" in message


@pytest.mark.parametrize("scale", [0.0, -0.1, float("nan"), float("inf")])
@pytest.mark.parametrize("where", ["given", "made", "scales"])
def test_a_scale_that_is_none_is_refused(tmp_path: Path, scale: float, where: str) -> None:
    part: Any = (scale,) if where == "scales" else (scale, 0)
    message = refusal(weighted("CONV_2D", **{where: part}), tmp_path)
    assert "scale" in message
    assert "tensor_" in message


@pytest.mark.parametrize("zero", [128, -129, 300, 2**40 + 5])
@pytest.mark.parametrize("where", ["given", "made"])
def test_a_zero_point_out_of_range_is_refused(tmp_path: Path, zero: int, where: str) -> None:
    part: Any = (0.1, zero)
    message = refusal(weighted("FULLY_CONNECTED", **{where: part}), tmp_path)
    assert f"zero points from {zero} to {zero}" in message
    assert "tensor_" in message


@pytest.mark.parametrize("kind", ["CONV_2D", "DEPTHWISE_CONV_2D"])
def test_int8_filters_have_no_zero_point(tmp_path: Path, kind: str) -> None:
    message = refusal(weighted(kind, zero_points=(7,)), tmp_path)
    assert f"has the zero point 7 for int8 weights of {kind} 'tensor_3'" in message


@pytest.mark.parametrize(
    ("kind", "axis", "right"),
    [
        ("FULLY_CONNECTED", 1, 0),
        ("CONV_2D", 3, 0),
        ("CONV_2D", 9, 0),
        ("DEPTHWISE_CONV_2D", 0, 3),
    ],
)
def test_scales_are_along_the_output_channels(
    tmp_path: Path, kind: str, axis: int, right: int
) -> None:
    message = refusal(weighted(kind, scales=(0.01, 0.02, 0.03), axis=axis, inputs=3), tmp_path)
    assert f"3 scales along dimension {axis} of the weights of {kind}" in message
    assert f"output channels are dimension {right}" in message


@pytest.mark.parametrize("kind", KINDS)
def test_the_number_of_scales_is_that_of_channels(tmp_path: Path, kind: str) -> None:
    message = refusal(weighted(kind, scales=(0.01, 0.02)), tmp_path)
    assert f"{kind} 'tensor_3' has 2 scales for 3 output channels" in message


def test_a_dense_bias_of_another_scale_is_refused(tmp_path: Path) -> None:
    bias = np.array([1000, 2000, 3000], np.int32)
    message = refusal(weighted("FULLY_CONNECTED", bias=bias, bias_scales=(0.03,)), tmp_path)
    assert "the scale 0.03 for the bias of FULLY_CONNECTED 'tensor_3'" in message
    assert "not input scale x weight scale, 0.0003" in message


@pytest.mark.parametrize("kind", ["CONV_2D", "DEPTHWISE_CONV_2D"])
def test_a_filters_bias_of_another_scale_runs_as_in_litert_with_a_note(
    tmp_path: Path, kind: str
) -> None:
    bias = np.array([1000, 2000, 3000], np.int32)
    content = weighted(kind, bias=bias, bias_scales=(0.0003, 0.03, 0.0003), scales=(0.01,) * 3)
    network = network_of(content, tmp_path)
    assert network.notes == (
        f"The bias of {kind} 'tensor_3' states the scale 0.03 in channel 1; it is taken as input "
        "scale x weight scale, 0.0003, as TensorFlow Lite does.",
    )
    numbers = np.full((1, *network.inputs[0].shape), 3, np.int8)
    real = network.inputs[0].type.decode(numbers)
    got = dict(reference.each_tensor(network, [real]))[network.outputs[0]]
    np.testing.assert_array_equal(got, interpreted(content, numbers)[0])


def test_a_bias_has_no_zero_point(tmp_path: Path) -> None:
    content = weighted("CONV_2D", bias_zero_points=(5,))
    assert "zero point for the bias of CONV_2D" in refusal(content, tmp_path)


@pytest.mark.parametrize("dtype", [np.int8, np.float32, np.int16])
def test_a_bias_of_another_type_is_refused(tmp_path: Path, dtype: type) -> None:
    message = refusal(weighted("CONV_2D", bias=np.zeros(3, dtype)), tmp_path)
    assert np.dtype(dtype).name in message or "8-bit" in message


@pytest.mark.parametrize("made", [(1 / 256, 0), (1 / 255, -128)])
def test_a_softmax_has_its_own_quantisation(tmp_path: Path, made: tuple[float, int]) -> None:
    """LiteRT refuses these too."""
    message = refusal(softmax((0.1, 0), made), tmp_path)
    assert "its output must have the scale 1/256 and the zero point -128" in message
    with pytest.raises(RuntimeError):
        interpreted(softmax((0.1, 0), made), np.zeros((1, 8), np.int8))


@pytest.mark.parametrize(("scale", "beta"), [(1e-12, 1.0), (0.1, 0.0), (0.1, -1.0)])
def test_a_softmax_whose_factor_litert_stops_at_is_refused(
    tmp_path: Path, scale: float, beta: float
) -> None:
    assert "2^-26" in refusal(softmax((scale, 0), SOFTMAX, beta), tmp_path)


def test_a_hard_swish_whose_factor_litert_refuses_is_refused(tmp_path: Path) -> None:
    assert "below 128 times" in refusal(single("HARD_SWISH", (0.1, 0), (1e-4, 0)), tmp_path)


def test_maxima_need_one_scale(tmp_path: Path) -> None:
    message = refusal(pair("MAXIMUM", (0.05, 0), (0.06, 0), (0.05, 0)), tmp_path)
    assert "must have one scale and zero point" in message


def test_a_sigmoid_of_a_tiny_scale_saturates(tmp_path: Path) -> None:
    network = network_of(single("LOGISTIC", (0.1, 0), (1e-30, 0)), tmp_path)
    real = np.zeros((1, 8), np.float32)
    got = dict(reference.each_tensor(network, [real]))[network.outputs[0]]
    assert (got == 127).all()


def test_a_dense_layer_without_bias_has_no_parameters_for_it(tmp_path: Path) -> None:
    weights = np.ones((3, 4), np.int8)
    tensors = [
        Tensor((1, 4), "int8", [0.1], [0]),
        Tensor.constant(weights, scales=[0.1]),
        Tensor((1, 3), "int8", [0.1], [0]),
    ]
    options = schema.FullyConnectedOptionsT()
    content = model(tensors, [Op("FULLY_CONNECTED", [0, 1], [2], options)], [0], [2])
    network = network_of(content, tmp_path)
    assert (cost.parameters(network), cost.macc(network)) == (12, 15)
