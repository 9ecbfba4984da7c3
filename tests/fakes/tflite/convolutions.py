"""Convolutions of .tflite files with dilation, with groups, and transposed ones."""

from __future__ import annotations

from dataclasses import dataclass

from ai_edge_litert import schema_py_generated as schema

from tests.fakes.tflite.files import Op, Tensor
from tests.fakes.tflite.int8 import Random, fused
from tests.fakes.tflite.operators import (
    FINER,
    FLOAT,
    INT8,
    INT16,
    UINT8,
    Shape,
    biases,
    constant,
    integers,
    one,
    tensor,
)

Pair = tuple[int, int]


@dataclass(frozen=True)
class Weighted:
    """A kernel with its bias; one scale for uint8, one per channel for int8."""

    kernel: Tensor
    bias: Tensor


def _weights(random: Random, shape: Shape, axis: int, dtype: str, *, wide: bool = True) -> Weighted:
    outputs = shape[axis]
    if dtype == FLOAT:
        return Weighted(constant(random, shape, dtype), constant(random, (outputs,), dtype))
    kernel = constant(random, shape, INT8 if dtype == INT16 else dtype)
    count = 1 if dtype == UINT8 else outputs
    kernel.scales = random.uniform(0.001, 0.02, count).tolist()
    kernel.zero_points = [int(random.integers(90, 170))] if dtype == UINT8 else [0] * count
    kernel.axis = axis
    step = 0.03 / FINER if dtype == INT16 else 0.03
    values = biases(random, outputs, dtype, wide=wide)
    return Weighted(kernel, Tensor.constant(values, scales=[step * one for one in kernel.scales]))


def dilated(random: Random, kind: str, dtype: str, dilation: Pair, *, same: bool) -> bytes:
    """CONV_2D or DEPTHWISE_CONV_2D over (1, 11, 9, 4)."""
    depthwise = kind == "DEPTHWISE_CONV_2D"
    options = schema.DepthwiseConv2DOptionsT() if depthwise else schema.Conv2DOptionsT()
    options.strideH = options.strideW = 1
    options.dilationHFactor, options.dilationWFactor = dilation
    options.padding = schema.Padding.SAME if same else schema.Padding.VALID
    options.fusedActivationFunction = fused("RELU")
    shape, axis = ((1, 3, 2, 8), 3) if depthwise else ((6, 3, 2, 4), 0)
    if depthwise:
        options.depthMultiplier = 2
    weights = _weights(random, shape, axis, dtype)
    size = (11, 9) if same else (11 - 2 * dilation[0], 9 - dilation[1])
    return one(
        Op(kind, [0, 1, 2], [3], options),
        tensor(random, (1, 11, 9, 4), dtype, 0.03),
        weights.kernel,
        weights.bias,
        tensor(random, (1, *size, shape[axis]), dtype, 0.2),
    )


def grouped(random: Random, dtype: str, groups: int) -> bytes:
    """CONV_2D of 8 channels to 12."""
    options = schema.Conv2DOptionsT()
    options.strideH = options.strideW = 2
    options.dilationHFactor = options.dilationWFactor = 1
    options.padding = schema.Padding.SAME
    options.fusedActivationFunction = fused("NONE")
    weights = _weights(random, (12, 3, 3, 8 // groups), 0, dtype)
    return one(
        Op("CONV_2D", [0, 1, 2], [3], options),
        tensor(random, (1, 7, 6, 8), dtype, 0.03),
        weights.kernel,
        weights.bias,
        tensor(random, (1, 4, 3, 12), dtype, 0.2),
    )


def transposed(
    random: Random,
    dtype: str,
    stride: Pair,
    *,
    same: bool,
    kernel: Pair = (3, 2),
    wide: bool = True,
) -> bytes:
    """TRANSPOSE_CONV of (1, 4, 5, 3) to 6 channels."""
    options = schema.TransposeConvOptionsT()
    options.strideH, options.strideW = stride
    options.padding = schema.Padding.SAME if same else schema.Padding.VALID
    options.fusedActivationFunction = fused("NONE")
    if not wide:
        options.quantizedBiasType = schema.TensorType.INT32
    weights = _weights(random, (6, *kernel, 3), 0, dtype, wide=wide)
    size = tuple(
        n * s if same else (n - 1) * s + k for n, s, k in zip((4, 5), stride, kernel, strict=True)
    )
    return one(
        Op("TRANSPOSE_CONV", [0, 1, 2, 3], [4], options),
        integers(1, *size, 6),
        weights.kernel,
        tensor(random, (1, 4, 5, 3), dtype, 0.03),
        weights.bias,
        tensor(random, (1, *size, 6), dtype, 0.2),
    )
