"""Conversions between types: QUANTIZE and DEQUANTIZE."""

from __future__ import annotations

import numpy as np

from tinylab.zoo.execution.integer.fixed_point import Multiplier, multiplied
from tinylab.zoo.tensor_type import Array, TensorType, saturated

BEYOND = np.float32(2**30)
"""More steps than any quantised type has."""


def convert(x: Array, given: TensorType, made: TensorType) -> Array:
    """The same real numbers, as far as the type `made` has them; out of range saturates."""
    if made.is_float:
        return given.decode(x)
    if given.is_float:
        ratio = x.astype(np.float32) / np.float32(made.step)
        ratio = np.clip(ratio, -BEYOND, BEYOND)
        rounded = np.copysign(np.floor(np.abs(ratio) + np.float32(0.5)), ratio).astype(np.int64)
        return saturated(rounded + made.zero_point, made.number)
    factor = Multiplier.of(float(np.float32(given.step)) / float(np.float32(made.step)))
    centred = x.astype(np.int64) - given.zero_point
    steps = multiplied(centred, np.array(factor.mantissa), np.array(factor.shift))
    return saturated(steps + made.zero_point, made.number)
