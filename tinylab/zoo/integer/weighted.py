"""Quantised layers with weights: sums of products, multiplied to the scale of the output.

Dense layers round that product once, convolutions twice.
"""

from __future__ import annotations

import numpy as np

from tinylab.zoo.integer.fixed_point import Integers, multiplied, multiplied_once
from tinylab.zoo.integer.requantization import requantization
from tinylab.zoo.network import Conv, Dense, DepthwiseConv
from tinylab.zoo.tensor_type import Array, TensorType, saturated
from tinylab.zoo.windows import image, padded, windows


def dense(operation: Dense, x: Array, given: TensorType, made: TensorType) -> Array:
    """(N, ..., units) for (N, ..., inputs)."""
    assert operation.quantization is not None
    weights = operation.weights.astype(np.int64) - operation.quantization.zero_points
    sums = (x.astype(np.int64) - given.zero_point) @ weights + operation.bias
    outputs = operation.weights.shape[1]
    mantissas, shifts = requantization(operation.quantization, outputs, given, made)
    steps = multiplied_once(sums, mantissas, shifts) + made.zero_point
    return saturated(steps, made.number)


def conv(operation: Conv, x: Array, given: TensorType, made: TensorType) -> Array:
    """(N, rows, columns, outputs) for (N, height, width, channels) or (N, length, channels)."""
    assert operation.quantization is not None
    height, width, channels, outputs = operation.kernel.shape
    around, size = _centred(operation, x, given), (height, width)
    seen = windows(around, size, operation.stride, operation.dilation)
    packed = operation.kernel.astype(np.int64) - operation.quantization.zero_points
    kernel = packed.transpose(2, 0, 1, 3).reshape(channels * height * width, outputs)
    parts = zip(
        np.split(seen, operation.groups, 3), np.split(kernel, operation.groups, 1), strict=True
    )
    sums = [part.reshape(*part.shape[:3], -1) @ own for part, own in parts]
    return _twice(operation, np.concatenate(sums, -1) + operation.bias, given, made)


def depthwise(operation: DepthwiseConv, x: Array, given: TensorType, made: TensorType) -> Array:
    """(N, rows, columns, channels x multiplier) for (N, height, width, channels)."""
    assert operation.quantization is not None
    height, width, channels, multiplier = operation.kernel.shape
    around, size = _centred(operation, x, given), (height, width)
    seen = windows(around, size, operation.stride, operation.dilation)
    flat = operation.kernel.reshape(height, width, channels * multiplier).astype(np.int64)
    kernel = (flat - operation.quantization.zero_points).reshape(operation.kernel.shape)
    sums = np.einsum("nrcihw,hwim->nrcim", seen, kernel)
    return _twice(operation, sums.reshape(*sums.shape[:3], -1) + operation.bias, given, made)


def _centred(operation: Conv | DepthwiseConv, x: Array, given: TensorType) -> Integers:
    """The input less its zero point, padded with zeros."""
    return padded(image(x).astype(np.int64) - given.zero_point, operation.padding, 0)


def _twice(
    operation: Conv | DepthwiseConv, sums: Integers, given: TensorType, made: TensorType
) -> Array:
    assert operation.quantization is not None
    factors = requantization(operation.quantization, sums.shape[-1], given, made)
    return saturated(multiplied(sums, *factors) + made.zero_point, made.number)
