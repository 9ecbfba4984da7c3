"""MACC against figures of ST's reports on networks that people published.

Each row has the layer's shapes and the figure of the generated code (`macc` and `c_macc`), as the
version named beside it reports them.
"""

from __future__ import annotations

import numpy as np
import pytest

from tinylab.zoo import cost
from tinylab.zoo.builder import Builder
from tinylab.zoo.network import INPUT, Network
from tinylab.zoo.operations import (
    GRU,
    LSTM,
    NO_PADDING,
    Activate,
    Arithmetic,
    ArithmeticKind,
    BatchNorm,
    CellFunction,
    Concat,
    Conv,
    Convert,
    Corners,
    Dense,
    DepthwiseConv,
    Function,
    GlobalPool,
    LayerNorm,
    Operation,
    Pad,
    Padding,
    Pool,
    PoolKind,
    Reshape,
    Resize,
    Transpose,
    WeightQuantization,
)
from tinylab.zoo.tensor_type import FLOAT, Number, TensorType

INT8 = TensorType(Number.INT8, 0.5, 3)
OTHER = TensorType(Number.INT8, 0.25, 0)
SOFTMAX = TensorType(Number.INT8, 1 / 256, -128)
QUANTISED = WeightQuantization(np.ones(1, np.float32), np.zeros(1, np.int32))
SAME: Padding = ((0, 0), (1, 1))
PAIRS = Pool(PoolKind.MAX, (1, 2), (1, 2), NO_PADDING)


def zeros(*shape: int) -> np.ndarray:
    return np.zeros(shape, np.float32)


def dense(inputs: int, units: int, *, int8: bool = False) -> Dense:
    if int8:
        return Dense(np.zeros((inputs, units), np.int8), np.zeros(units, np.int32), QUANTISED)
    return Dense(zeros(inputs, units), zeros(units))


def conv(height: int, width: int, inputs: int, outputs: int, *, int8: bool = True) -> Conv:
    kernel, bias = zeros(height, width, inputs, outputs), zeros(outputs)
    if not int8:
        return Conv(kernel, bias, (1, 1), SAME, rank=1)
    quantised = kernel.astype(np.int8), bias.astype(np.int32)
    return Conv(*quantised, (1, 1), NO_PADDING, quantization=QUANTISED)


def depthwise(height: int, channels: int) -> DepthwiseConv:
    kernel, bias = np.zeros((height, 1, channels, 1), np.int8), np.zeros(channels, np.int32)
    return DepthwiseConv(kernel, bias, (1, 1), NO_PADDING, quantization=QUANTISED)


def lstm(inputs: int, units: int, *, sequences: bool = True, backwards: bool = False) -> LSTM:
    arrays = zeros(inputs, 4 * units), zeros(units, 4 * units), zeros(4 * units)
    return LSTM(*arrays, CellFunction.TANH, CellFunction.SIGMOID, sequences, backwards)


def gru(inputs: int, units: int) -> GRU:
    arrays = zeros(inputs, 3 * units), zeros(units, 3 * units), zeros(3 * units), zeros(3 * units)
    functions = CellFunction.TANH, CellFunction.SIGMOID
    return GRU(*arrays, *functions, reset_after=True, sequences=True, backwards=False)


def one_layer(
    operation: Operation, shape: tuple[int, ...], given: TensorType, made: TensorType
) -> Network:
    builder = Builder(shape, given)
    sources = (INPUT, INPUT) if isinstance(operation, Arithmetic | Concat) else (INPUT,)
    return builder.network(builder.add("layer", operation, *sources, type=made))


@pytest.mark.parametrize(
    ("version", "operation", "shape", "macc"),
    [
        ("6.0.0", dense(19, 19), (19,), 380),
        ("Edge 3.0.0", dense(10, 16), (30, 10), 5_280),
        ("Edge 2.2.0", dense(176, 64), (176,), 11_328),
        ("Edge 2.2.0", conv(1, 3, 6, 64, int8=False), (297, 6), 342_208),
        ("8.1.0", lstm(28, 20), (28, 28), 110_320),
        ("Edge 9.0.0", lstm(1, 20), (40, 1), 71_200),
        ("Edge 2.2.0", lstm(2, 128), (50, 2), 3_360_000),
        ("Edge 2.2.0", lstm(128, 64, backwards=True), (148, 128), 7_321_856),
        ("5.0.0", lstm(12, 64, sequences=False), (30, 12), 593_280),
        ("Edge 3.0.0", gru(10, 32), (30, 10), 122_880),
        ("Edge 3.0.0", gru(8, 3), (28, 8), 2_940),
        ("5.0.0", BatchNorm(zeros(12), zeros(12)), (30, 1, 12), 720),
        ("Edge 2.0.0", BatchNorm(zeros(3), zeros(3)), (3,), 6),
        ("Edge 2.2.0", Activate(Function.ELU), (128,), 1_408),
        ("Edge 2.2.0", Activate(Function.RELU), (297, 64), 19_008),
        ("Edge 2.2.0", Activate(Function.RELU6), (56, 56, 96), 602_112),
        ("Edge 2.2.0", Activate(Function.SOFTMAX), (1_000,), 15_000),
        ("Edge 2.2.0", GlobalPool(PoolKind.AVERAGE), (7, 7, 1_280), 62_720),
        ("Edge 9.0.0", GlobalPool(PoolKind.MAX), (40, 40), 1_600),
        ("8.1.0", Pool(PoolKind.MAX, (2, 2), (2, 2), NO_PADDING), (28, 28, 18), 14_112),
        ("Edge 2.2.0", Arithmetic(ArithmeticKind.ADD), (14, 14, 64), 12_544),
        ("Edge 4.0.0", Arithmetic(ArithmeticKind.SUBTRACT), (48, 48, 128), 294_912),
        ("5.2.0", Resize((48, 48), bilinear=False, corners=Corners.TOP_LEFT), (24, 24, 32), 0),
        ("Edge 3.0.0", Transpose((1, 0)), (30, 10), 150),
        ("Edge 9.0.0", Concat(1), (40, 20), 0),
        ("Edge 4.0.0", LayerNorm(zeros(128), zeros(128), 1e-5), (48, 48, 128), 2_112_768),
    ],
)
def test_layers_of_floats(
    version: str, operation: Operation, shape: tuple[int, ...], macc: int
) -> None:
    assert cost.macc(one_layer(operation, shape, FLOAT, FLOAT)) == macc, version


@pytest.mark.parametrize(
    ("version", "operation", "shape", "given", "made", "macc"),
    [
        ("Edge 1.0.0", conv(1, 1, 40, 128), (28, 1, 40), INT8, OTHER, 143_488),
        ("Edge 1.0.0", depthwise(5, 128), (28, 1, 128), INT8, OTHER, 15_488),
        ("Edge 2.2.0", dense(64, 32, int8=True), (64,), INT8, OTHER, 2_080),
        ("Edge 2.2.0", Activate(Function.SOFTMAX), (5,), INT8, SOFTMAX, 75),
        ("Edge 2.1.0", Activate(Function.SIGMOID), (1,), INT8, SOFTMAX, 1),
        ("Edge 2.2.0", Activate(Function.TANH), (32,), INT8, OTHER, 32),
        ("Edge 2.2.0", Convert(), (48, 9), FLOAT, INT8, 864),
        ("Edge 2.2.0", Convert(), (32,), INT8, OTHER, 64),
        ("Edge 2.1.0", Convert(), (1,), INT8, FLOAT, 2),
        ("Edge 2.2.0", Arithmetic(ArithmeticKind.ADD), (24, 24, 40), INT8, OTHER, 23_040),
        ("Edge 4.0.0", Arithmetic(ArithmeticKind.MULTIPLY), (32, 256), INT8, OTHER, 8_192),
        ("Edge 2.2.0", GlobalPool(PoolKind.AVERAGE), (12, 96), INT8, OTHER, 1_152),
        (
            "Edge 2.2.0",
            Pool(PoolKind.MAX, (1, 2), (1, 2), NO_PADDING),
            (1, 48, 19),
            INT8,
            INT8,
            912,
        ),
        ("Edge 4.0.0", Transpose((1, 0, 2)), (4, 32, 64), INT8, INT8, 4_096),
        ("Edge 9.0.0", Pad(((1, 1), (1, 1)), -1), (10, 3, 1), INT8, INT8, 0),
        (
            "Edge 2.2.0",
            Resize((24, 24), bilinear=False, corners=Corners.TOP_LEFT),
            *((12, 12, 12), INT8, INT8, 0),
        ),
    ],
)
def test_layers_of_int8_numbers(
    version: str,
    operation: Operation,
    shape: tuple[int, ...],
    given: TensorType,
    made: TensorType,
    macc: int,
) -> None:
    assert cost.macc(one_layer(operation, shape, given, made)) == macc, version


def test_a_float_network_with_batch_norms_that_are_folded() -> None:
    """ST Edge AI Core 2.2.0: two Conv1D with norms, a bidirectional LSTM, 3 classes."""
    builder = Builder((297, 6))
    last = INPUT
    for inputs, outputs in ((6, 64), (64, 128)):
        last = builder.add("conv", conv(1, 3, inputs, outputs, int8=False), last)
        last = builder.add("norm", BatchNorm(zeros(outputs), zeros(outputs)), last)
        last = builder.add("relu", Activate(Function.RELU), last)
    last = builder.add("pool", Pool(PoolKind.MAX, (1, 2), (1, 2), NO_PADDING, rank=1), last)
    both = (builder.add("lstm", lstm(128, 64, backwards=one), last) for one in (False, True))
    last = builder.add("both", Concat(1), *both)
    last = builder.add("mean", GlobalPool(PoolKind.AVERAGE), last)
    last = builder.add("dense", dense(128, 64), last)
    last = builder.add("relu", Activate(Function.RELU), last)
    last = builder.add("dense", dense(64, 3), last)
    network = builder.network(builder.add("softmax", Activate(Function.SOFTMAX), last))
    assert cost.macc(network) == 22_407_536
    assert cost.parameters(network) == 133_571


def test_an_int8_network_whose_activations_are_part_of_the_convolutions() -> None:
    """ST Edge AI Core 1.0.0: MLPerf Tiny's streaming wake word."""
    builder = Builder((30, 1, 40), INT8)
    last, channels = INPUT, 40
    for rows, outputs in ((3, 128), (5, 128), (10, 128), (15, 32)):
        last = builder.add("depthwise", depthwise(rows, channels), last, type=OTHER)
        last = builder.add("conv", conv(1, 1, channels, outputs), last, type=INT8)
        last = builder.add("relu", Activate(Function.RELU), last)
        channels = outputs
    last = builder.add("flat", Reshape(), last, shape=(32,))
    last = builder.add("dense", dense(32, 3, int8=True), last, type=OTHER)
    last = builder.add("softmax", Activate(Function.SOFTMAX), last, type=SOFTMAX)
    network = builder.network(last)
    assert cost.macc(network) == 827_256
    assert cost.parameters(network) == 46_883


def test_an_activation_that_others_read_past_is_counted() -> None:
    """Its layer's output is wanted too, so it is a layer of its own."""
    builder = Builder((4,), INT8)
    before = builder.add("dense", dense(4, 4, int8=True), INPUT, type=OTHER)
    after = builder.add("relu", Activate(Function.RELU), before)
    assert cost.macc(builder.network(after)) == 20
    assert cost.macc(builder.network(before, after)) == 24


def test_a_batch_norm_after_an_activation_is_counted() -> None:
    builder = Builder((4,))
    last = builder.add("dense", dense(4, 4), INPUT)
    last = builder.add("relu", Activate(Function.RELU), last)
    last = builder.add("norm", BatchNorm(zeros(4), zeros(4)), last)
    assert cost.macc(builder.network(last)) == 20 + 4 + 8
