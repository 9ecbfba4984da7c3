"""Quantised layers with weights: sums of products, multiplied to the scale of the output.

Dense layers round that product once, convolutions twice; with a bias of 64 bits, which int16
tensors have, once with a mantissa of 16 bits.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from tinylab.zoo.execution.integer.fixed_point import (
    Integers,
    multiplied,
    multiplied_long,
    multiplied_once,
    multiplied_wide,
)
from tinylab.zoo.execution.integer.requantization import requantization
from tinylab.zoo.execution.windows import grouped, image, padded, spread, windows
from tinylab.zoo.operations import Conv, Dense, DepthwiseConv, TransposeConv
from tinylab.zoo.tensor_type import Array, Number, TensorType, saturated


def dense(operation: Dense, x: Array, given: TensorType, made: TensorType) -> Array:
    """(N, ..., units) for (N, ..., inputs)."""
    assert operation.quantization is not None
    weights = operation.weights.astype(np.int64) - operation.quantization.zero_points
    sums = (x.astype(np.int64) - given.zero_point) @ weights + operation.bias
    return from_sums(operation, sums, given, made)


def conv(operation: Conv, x: Array, given: TensorType, made: TensorType) -> Array:
    """(N, rows, columns, outputs) for (N, height, width, channels) or (N, length, channels)."""
    seen = _windows(operation, x, given)
    sums = grouped(seen, _kernel(operation), operation.groups) + operation.bias
    return from_sums(operation, sums, given, made)


def depthwise(operation: DepthwiseConv, x: Array, given: TensorType, made: TensorType) -> Array:
    """(N, rows, columns, channels x multiplier) for (N, height, width, channels)."""
    assert operation.quantization is not None
    height, width, channels, multiplier = operation.kernel.shape
    flat = operation.kernel.reshape(height, width, channels * multiplier).astype(np.int64)
    kernel = (flat - operation.quantization.zero_points).reshape(operation.kernel.shape)
    sums = np.einsum("nrcihw,hwim->nrcim", _windows(operation, x, given), kernel)
    return from_sums(operation, sums.reshape(*sums.shape[:3], -1) + operation.bias, given, made)


def transposed(operation: TransposeConv, x: Array, given: TensorType, made: TensorType) -> Array:
    """(N, *size, outputs) for (N, height, width, channels)."""
    centred = image(x).astype(np.int64) - given.zero_point
    kernel, size = _kernel(operation), operation.size
    sums = spread(centred, kernel, operation.stride, operation.cut, size) + operation.bias
    return from_sums(operation, sums, given, made)


def _kernel(operation: Conv | TransposeConv) -> Integers:
    """The kernel less its zero points."""
    assert operation.quantization is not None
    return operation.kernel.astype(np.int64) - operation.quantization.zero_points


def _windows(operation: Conv | DepthwiseConv, x: Array, given: TensorType) -> Array:
    """Windows over the input less its zero point, padded with zeros."""
    around = padded(image(x).astype(np.int64) - given.zero_point, operation.padding, 0)
    return windows(around, operation.kernel.shape[:2], operation.stride, operation.dilation)


def from_sums(
    operation: Dense | Conv | DepthwiseConv | TransposeConv,
    sums: Integers,
    given: TensorType,
    made: TensorType,
) -> Array:
    """Outputs for sums of products and bias, both (..., outputs); a greater sum's is no less."""
    assert operation.quantization is not None
    factors = requantization(operation.quantization, sums.shape[-1], given, made)
    steps = _times(operation, made)(_in_range(sums, operation.bias), *factors)
    return saturated(steps + made.zero_point, made.number)


def _times(
    operation: Dense | Conv | DepthwiseConv | TransposeConv, made: TensorType
) -> Callable[..., Integers]:
    """How the layer multiplies sums."""
    if isinstance(operation, Dense):
        return multiplied_long if made.number is Number.INT16 else multiplied_once
    return multiplied_wide if is_wide(operation.bias) else multiplied


def _in_range(sums: Integers, bias: Array) -> Integers:
    """Sums that begin with a bias of 32 bits saturate there."""
    return sums if is_wide(bias) else np.clip(sums, *Number.INT32.range)


def is_wide(bias: Array) -> bool:
    """Whether sums that begin with this bias are of 64 bits."""
    return bias.dtype.itemsize == 8
