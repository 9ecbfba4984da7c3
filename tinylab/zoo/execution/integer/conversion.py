"""Conversions between types: QUANTIZE, DEQUANTIZE, and those of CONCATENATION."""

from __future__ import annotations

import numpy as np

from tinylab.zoo.execution.integer.fixed_point import Multiplier, multiplied
from tinylab.zoo.tensor_type import Array, Number, TensorType, saturated

LEAST = Number.INT8.range[0]

BEYOND = np.float32(2**30)
"""More steps than any quantised type has."""


def convert(x: Array, given: TensorType, made: TensorType) -> Array:
    """The same real numbers, as far as the type `made` has them; out of range saturates."""
    if made.is_float:
        return given.decode(x)
    if given.is_whole:
        return x.astype(made.number.dtype)
    if given.is_float:
        ratio = x.astype(np.float32) / np.float32(made.step)
        ratio = np.clip(ratio, -BEYOND, BEYOND)
        rounded = np.copysign(np.floor(np.abs(ratio) + np.float32(0.5)), ratio).astype(np.int64)
        return saturated(rounded + made.zero_point, made.number)
    factor = Multiplier.of(float(np.float32(given.step)) / float(np.float32(made.step)))
    centred = x.astype(np.int64) - given.zero_point
    steps = multiplied(centred, np.array(factor.mantissa), np.array(factor.shift))
    return saturated(steps + made.zero_point, made.number)


def joined_table(given: TensorType, made: TensorType) -> Array:
    """For each int8 element of `given` from the least, that of `made` in a join; shape (256,).

    Source: ConcatenationWithScaling of tensorflow/lite/kernels/internal/reference. It counts from
    the least element, as uint8 does.
    """
    scale = np.float32(given.step) * (np.float32(1) / np.float32(made.step))
    offset = np.float32(LEAST - given.zero_point) * scale
    steps = np.arange(256, dtype=np.float32) * scale + offset
    rounded = np.copysign(np.floor(np.abs(steps) + np.float32(0.5)), steps).astype(np.int64)
    return saturated(rounded + made.zero_point, made.number)


def as_joined(x: Array, given: TensorType, made: TensorType) -> Array:
    """The elements that a join has for those of one of its inputs."""
    found: Array = joined_table(given, made)[x.astype(np.int64) - LEAST]
    return found
