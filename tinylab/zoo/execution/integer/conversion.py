"""Conversions between types: QUANTIZE, DEQUANTIZE, and those of CONCATENATION."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

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
        steps = quantised(x, np.float32(made.step))
        return saturated(steps + made.zero_point, made.number)
    factor = Multiplier.of(float(np.float32(given.step)) / float(np.float32(made.step)))
    centred = x.astype(np.int64) - given.zero_point
    steps = multiplied(centred, np.array(factor.mantissa), np.array(factor.shift))
    return saturated(steps + made.zero_point, made.number)


def quantised(x: Array, step: npt.NDArray[np.float32] | np.float32) -> npt.NDArray[np.int64]:
    """x / step in float32, rounded to nearest, halves away from zero.

    The sum with 0.5 is a double: in float32, what is next below 0.5 would become 1.
    """
    ratio = np.clip((x.astype(np.float32) / step).astype(np.float64), -BEYOND, BEYOND)
    return np.copysign(np.floor(np.abs(ratio) + 0.5), ratio).astype(np.int64)


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
