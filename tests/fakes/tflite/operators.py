"""Small .tflite files of operators on tensors of any type, with numbers from a seed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from ai_edge_litert import schema_py_generated as schema

from tests.fakes.tflite.files import TYPES, Op, Tensor, model
from tests.fakes.tflite.int8 import Random, fused

Shape = tuple[int, ...]
FLOAT, INT8, UINT8, INT16 = "float32", "int8", "uint8", "int16"

FINER = 256
"""Steps of int16 in one of int8."""


def tensor(random: Random, shape: Shape, dtype: str, scale: float = 0.0) -> Tensor:
    """An activation; a quantised one with a random zero point, which int16 has not."""
    if dtype == FLOAT:
        return Tensor(shape)
    if dtype == INT16:
        step = scale or float(random.uniform(0.01, 0.1))
        return Tensor(shape, dtype, [step / FINER], [0])
    zero = int(random.integers(*_range(dtype), endpoint=True))
    return Tensor(shape, dtype, [scale or float(random.uniform(0.01, 0.1))], [zero])


def constant(random: Random, shape: Shape, dtype: str, scale: float = 0.0) -> Tensor:
    """The same with values."""
    like = tensor(random, shape, dtype, scale)
    if dtype == FLOAT:
        values: Any = random.uniform(-2, 2, shape).astype(np.float32)
    else:
        values = random.integers(*_range(dtype), shape, endpoint=True).astype(dtype)
    return Tensor(shape, dtype, like.scales, like.zero_points, values=values)


def biases(random: Random, outputs: int, dtype: str, *, wide: bool = True) -> npt.NDArray[Any]:
    """int32, or for int16 tensors int64 if `wide`."""
    if dtype != INT16:
        return random.integers(-3000, 3000, outputs).astype(np.int32)
    return random.integers(-(10**6), 10**6, outputs).astype(np.int64 if wide else np.int32)


def integers(*values: Any) -> Tensor:
    return Tensor.constant(np.array(values, np.int32))


def like(other: Tensor, shape: Shape) -> Tensor:
    """An activation of the same type."""
    return Tensor(shape, other.dtype, other.scales, other.zero_points)


def _range(dtype: str) -> tuple[int, int]:
    limits = np.iinfo(dtype)
    return int(limits.min), int(limits.max)


def one(op: Op, *tensors: Tensor) -> bytes:
    """A file of one operator; tensors that are no constants, before its outputs, are inputs."""
    inputs = [index for index in op.inputs if tensors[index].values is None]
    return model(tensors, [op], inputs, op.outputs)


PAIRS = {
    "ADD": schema.AddOptionsT,
    "SUB": schema.SubOptionsT,
    "MUL": schema.MulOptionsT,
    "MAXIMUM": schema.MaximumMinimumOptionsT,
    "MINIMUM": schema.MaximumMinimumOptionsT,
}


def pair(
    random: Random, kind: str, dtype: str, shapes: Sequence[Shape], known: int, activation: str
) -> bytes:
    """Two tensors of `shapes`, of which number `known` is a constant; -1 for none."""
    options = PAIRS[kind]()
    if hasattr(options, "fusedActivationFunction"):
        options.fusedActivationFunction = fused(activation)
    made = tuple(np.broadcast_shapes(*shapes))
    tensors = [
        constant(random, shape, dtype) if index == known else tensor(random, shape, dtype)
        for index, shape in enumerate(shapes)
    ]
    output = tensor(random, made, dtype, 0.15)
    if kind in ("MAXIMUM", "MINIMUM"):
        output = like(tensors[0], made)
        tensors[1].scales, tensors[1].zero_points = output.scales, output.zero_points
    return one(Op(kind, [0, 1], [2], options), *tensors, output)


def prelu(random: Random, dtype: str) -> bytes:
    return one(
        Op("PRELU", [0, 1], [2], None),
        tensor(random, (1, 5, 6, 7), dtype),
        constant(random, (1, 1, 7), dtype),
        tensor(random, (1, 5, 6, 7), dtype),
    )


WITHOUT_INT16 = frozenset({"RELU_N1_TO_1", "HARD_SWISH", "ELU"})
"""Operators that LiteRT does not have for int16."""
UNITS = ("RELU", "RELU6", "RELU_N1_TO_1", "HARD_SWISH", "LEAKY_RELU", "ELU", "GELU", "GELU_TANH")


def unit(random: Random, kind: str, dtype: str) -> bytes:
    """A function of single elements; all 256 of them fit."""
    options = None
    if kind == "LEAKY_RELU":
        options = schema.LeakyReluOptionsT()
        options.alpha = float(random.choice([0.1, 0.3, 1.5]))
    if kind.startswith("GELU"):
        options = schema.GeluOptionsT()
        options.approximate = kind == "GELU_TANH"
    return one(
        Op(kind.removesuffix("_TANH"), [0], [1], options),
        tensor(random, (1, 300), dtype),
        tensor(random, (1, 300), dtype),
    )


def softmax(random: Random, dtype: str, beta: float) -> bytes:
    options = schema.SoftmaxOptionsT()
    options.beta = beta
    output = tensor(random, (1, 9), dtype)
    if dtype != FLOAT:
        output = Tensor((1, 9), dtype, [1 / 256], [_range(dtype)[0]])
    if dtype == INT16:
        output = Tensor((1, 9), dtype, [1 / 32768], [0])
    return one(Op("SOFTMAX", [0], [1], options), tensor(random, (1, 9), dtype), output)


def pad(random: Random, dtype: str, pairs: Sequence[Sequence[int]], *, value: bool) -> bytes:
    """PAD, or PADV2 with a value."""
    given = tensor(random, (1, 4, 5, 3), dtype)
    made = tuple(n + sum(pair) for n, pair in zip(given.shape, pairs, strict=True))
    number = constant(random, (1,), dtype)
    number.scales, number.zero_points = given.scales, given.zero_points
    op = Op("PADV2", [0, 1, 2], [3], schema.PadV2OptionsT())
    if not value:
        op = Op("PAD", [0, 1], [3], schema.PadOptionsT())
    return one(op, given, integers(*pairs), number, like(given, made))


def concatenation(random: Random, dtype: str, shapes: Sequence[Shape], axis: int) -> bytes:
    """Of tensors of one type; the last is a constant."""
    options = schema.ConcatenationOptionsT()
    options.axis = axis
    first = tensor(random, shapes[0], dtype)
    last = constant(random, shapes[-1], dtype)
    last.scales, last.zero_points = first.scales, first.zero_points
    made = list(shapes[0])
    made[axis] = sum(shape[axis] for shape in shapes)
    parts = [first, *(like(first, shape) for shape in shapes[1:-1]), last]
    op = Op("CONCATENATION", list(range(len(parts))), [len(parts)], options)
    return one(op, *parts, like(first, tuple(made)))


def joined(random: Random, dtype: str, shapes: Sequence[Shape], axis: int) -> bytes:
    """CONCATENATION of tensors of several scales and zero points; the last is a constant."""
    options = schema.ConcatenationOptionsT()
    options.axis = axis
    made = list(shapes[0])
    made[axis] = sum(shape[axis] for shape in shapes)
    parts = [tensor(random, shape, dtype) for shape in shapes[:-1]]
    parts.append(constant(random, shapes[-1], dtype))
    op = Op("CONCATENATION", list(range(len(parts))), [len(parts)], options)
    return one(op, *parts, tensor(random, tuple(made), dtype))


def transpose(random: Random, dtype: str, shape: Shape, axes: Sequence[int]) -> bytes:
    given = tensor(random, shape, dtype)
    made = like(given, tuple(shape[axis] for axis in axes))
    op = Op("TRANSPOSE", [0, 1], [2], schema.TransposeOptionsT())
    return one(op, given, integers(*axes), made)


def strided_slice(
    random: Random,
    dtype: str,
    begin: Sequence[int],
    end: Sequence[int],
    step: Sequence[int],
    shrink: int,
) -> bytes:
    """Of (1, 6, 7, 4); `shrink` is a dimension to drop, or 0."""
    options = schema.StridedSliceOptionsT()
    options.shrinkAxisMask = 1 << shrink if shrink else 0
    given = tensor(random, (1, 6, 7, 4), dtype)
    slices = zip(begin, end, step, given.shape, strict=True)
    sizes = [len(range(*slice(b, e, s).indices(n))) for b, e, s, n in slices]
    made = tuple(n for axis, n in enumerate(sizes) if axis != shrink or not shrink)
    op = Op("STRIDED_SLICE", [0, 1, 2, 3], [4], options)
    return one(op, given, integers(*begin), integers(*end), integers(*step), like(given, made))


MASKS: tuple[tuple[dict[str, int], tuple[int, ...], Shape], ...] = (
    ({"newAxisMask": 0b100, "shrinkAxisMask": 0b10}, (0, 2, 0, 1), (1, 1, 6, 4)),
    ({"ellipsisMask": 0b10, "shrinkAxisMask": 0b100}, (0, 0, 3), (1, 6, 7)),
    ({"ellipsisMask": 0b1}, (0, 1), (1, 6, 7, 3)),
    ({"beginMask": 0b10, "endMask": 0b1111}, (0, 3, 2, 1), (1, 6, 5, 3)),
)
"""Masks, begins, and the output of (1, 6, 7, 4)."""


def masked_slice(
    random: Random, dtype: str, masks: dict[str, int], begin: Sequence[int], made: Shape
) -> bytes:
    options = schema.StridedSliceOptionsT()
    for name, mask in masks.items():
        setattr(options, name, mask)
    given = tensor(random, (1, 6, 7, 4), dtype)
    ends = [begin[0] + 1, *(100 for _ in begin[1:])]
    ends = [first + 1 if masks.get("shrinkAxisMask", 0) >> at & 1 else end
            for at, (first, end) in enumerate(zip(begin, ends, strict=True))]  # fmt: skip
    op = Op("STRIDED_SLICE", [0, 1, 2, 3], [4], options)
    steps = integers(*(1 for _ in begin))
    return one(op, given, integers(*begin), integers(*ends), steps, like(given, made))


def split_sizes(random: Random, dtype: str, axis: int) -> bytes:
    """SPLIT_V of (1, 6, 4, 8) into a part of 1, the rest, and a part of 2."""
    given, options = tensor(random, (1, 6, 4, 8), dtype), schema.SplitVOptionsT()
    options.numSplits = 3
    parts = [1, given.shape[axis] - 3, 2]
    shapes = [tuple(n if at == axis else m for at, m in enumerate(given.shape)) for n in parts]
    return one(
        Op("SPLIT_V", [0, 1, 2], [3, 4, 5], options),
        given,
        integers(1, -1, 2),
        Tensor.constant(np.array(axis, np.int32)),
        *(like(given, shape) for shape in shapes),
    )


def split(random: Random, dtype: str, axis: int) -> bytes:
    """(1, 6, 4, 8) in two, joined again the other way round, then one part unpacked."""
    given = tensor(random, (1, 6, 4, 8), dtype)
    half = tuple(n // 2 if at == axis else n for at, n in enumerate(given.shape))
    options, joining, packing = (
        schema.SplitOptionsT(),
        schema.ConcatenationOptionsT(),
        schema.PackOptionsT(),
    )
    options.numSplits, joining.axis = 2, axis
    packing.axis, packing.valuesCount = 1, 2
    tensors = [
        given,
        Tensor.constant(np.array(axis, np.int32)),
        like(given, half),
        like(given, half),
        like(given, given.shape),
        like(given, (1, 2, *half[1:-1], half[-1])),
    ]
    ops = [
        Op("SPLIT", [1, 0], [2, 3], options),
        Op("CONCATENATION", [3, 2], [4], joining),
    ]
    return model(tensors, ops, [0], [4, 2])


REDUCERS = ("MEAN", "SUM", "REDUCE_MAX")


def reduction(
    random: Random, kind: str, dtype: str, shape: Shape, axes: Sequence[int], *, keep: bool
) -> bytes:
    options = schema.ReducerOptionsT()
    options.keepDims = keep
    given = tensor(random, shape, dtype)
    made = [1 if at in axes else n for at, n in enumerate(shape) if keep or at not in axes]
    output = tensor(random, tuple(made), dtype, 0.05 * (20 if kind == "SUM" else 1))
    if kind == "REDUCE_MAX":
        output = like(given, tuple(made))
    return one(Op(kind, [0, 1], [2], options), given, integers(*axes), output)


PLACES = {"ARG_MAX": schema.ArgMaxOptionsT, "ARG_MIN": schema.ArgMinOptionsT}


def place(
    random: Random, kind: str, dtype: str, shape: Shape, axis: int, made: str = "int32"
) -> bytes:
    """Of the greatest or least element along an axis, as int32 or int64."""
    options = PLACES[kind]()
    options.outputType = TYPES[made]
    output = Tensor(tuple(np.delete(shape, axis).tolist()), made)
    op = Op(kind, [0, 1], [2], options)
    return one(op, tensor(random, shape, dtype), integers(axis), output)


def per_tensor(random: Random, kind: str, dtype: str, *, wide: bool = True) -> bytes:
    """Weights of one scale; with uint8 tensors they have a zero point.

    The bias of int16 tensors has 64 bits, or else 32.
    """
    given = tensor(random, (1, 6, 5, 4), dtype, 0.03)
    zero = int(random.integers(90, 170)) if dtype == UINT8 else 0
    shapes = {
        "CONV_2D": (7, 3, 3, 4),
        "DEPTHWISE_CONV_2D": (1, 3, 3, 8),
        "FULLY_CONNECTED": (7, 120),
    }
    weights = constant(random, shapes[kind], INT8 if dtype == INT16 else dtype)
    weights.scales, weights.zero_points = [float(random.uniform(0.001, 0.02))], [zero]
    outputs = shapes[kind][3] if kind == "DEPTHWISE_CONV_2D" else 7
    bias = biases(random, outputs, dtype, wide=wide)
    options: Any = schema.FullyConnectedOptionsT()
    made: Shape = (1, 7)
    if kind != "FULLY_CONNECTED":
        options = schema.Conv2DOptionsT() if kind == "CONV_2D" else schema.DepthwiseConv2DOptionsT()
        options.strideH = options.strideW = 1
        options.dilationHFactor = options.dilationWFactor = 1
        options.padding = schema.Padding.SAME
        made = (1, 6, 5, outputs)
    if kind == "DEPTHWISE_CONV_2D":
        options.depthMultiplier = 2
    if not wide:
        options.quantizedBiasType = schema.TensorType.INT32
    options.fusedActivationFunction = fused("RELU6")
    return one(
        Op(kind, [0, 1, 2], [3], options),
        given,
        weights,
        Tensor.constant(bias, scales=[given.scales[0] * weights.scales[0]]),
        tensor(random, made, dtype, 0.1),
    )


CURVES = {"LOGISTIC": (1 / 256, 0), "TANH": (1 / 128, 128)}
"""The scale and the zero point of the output of each function, for uint8."""


def curve(random: Random, kind: str) -> bytes:
    """A function of uint8 elements."""
    scale, zero = CURVES[kind]
    made = Tensor((1, 300), UINT8, [scale], [zero])
    return one(Op(kind, [0], [1]), tensor(random, (1, 300), UINT8), made)


def sigmoid(random: Random, kind: str) -> bytes:
    """LOGISTIC or TANH of int16 elements."""
    made = Tensor((1, 300), INT16, [1 / 32768], [0])
    return one(Op(kind, [0], [1]), tensor(random, (1, 300), INT16), made)


def average_pool(random: Random, dtype: str) -> bytes:
    options = schema.Pool2DOptionsT()
    options.strideH = options.strideW = 2
    options.filterHeight, options.filterWidth = 3, 2
    options.padding = schema.Padding.SAME
    options.fusedActivationFunction = fused("NONE")
    given = tensor(random, (1, 7, 6, 5), dtype)
    return one(Op("AVERAGE_POOL_2D", [0], [1], options), given, like(given, (1, 4, 3, 5)))


def resize(
    random: Random, dtype: str, size: tuple[int, int], corners: str, *, bilinear: bool
) -> bytes:
    """Of an image (5, 7, 3); `corners` is "", "align" or "half"."""
    options: schema.ResizeBilinearOptionsT | schema.ResizeNearestNeighborOptionsT
    options = schema.ResizeNearestNeighborOptionsT()
    kind = "RESIZE_NEAREST_NEIGHBOR"
    if bilinear:
        kind, options = "RESIZE_BILINEAR", schema.ResizeBilinearOptionsT()
    options.alignCorners, options.halfPixelCenters = corners == "align", corners == "half"
    given = tensor(random, (1, 5, 7, 3), dtype)
    return one(Op(kind, [0, 1], [2], options), given, integers(*size), like(given, (1, *size, 3)))
