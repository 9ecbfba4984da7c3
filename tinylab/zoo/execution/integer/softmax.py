"""Softmax of int8 tensors, over the last axis."""

from __future__ import annotations

import math

import numpy as np

from tinylab.zoo.execution.integer.fixed_point import (
    Integers,
    Multiplier,
    doubled_high_product,
    rounded_shift,
)
from tinylab.zoo.execution.integer.gemmlowp import exponential, reciprocal_of_one_plus, shifted
from tinylab.zoo.tensor_type import Array, TensorType, saturated

DIFFERENCE_BITS = 5
"""Integer bits of x - max(x)."""
SUM_BITS = 12
"""Integer bits of the sum of exponentials."""


def scaling(beta: float, given: TensorType) -> tuple[Multiplier, int]:
    """What multiplies x - max(x), and the least difference that counts.

    Source: PreprocessSoftmaxScaling, CalculateInputRadius.
    """
    real = min(
        float(beta) * float(np.float32(given.step)) * (1 << (31 - DIFFERENCE_BITS)), 2.0**31 - 1
    )
    factor = Multiplier.of(real)
    greatest = ((1 << DIFFERENCE_BITS) - 1) * (1 << (31 - DIFFERENCE_BITS)) / (1 << factor.shift)
    return factor, -math.floor(greatest)


def softmax(x: Array, given: TensorType, made: TensorType, beta: float = 1.0) -> Array:
    """(N, ..., classes) for the same shape; `made` has the scale 1/256 and the least zero point."""
    factor, least = scaling(beta, given)
    wide = x.astype(np.int64)
    difference = wide - wide.max(-1, keepdims=True)
    counts = difference >= least
    rescaled = doubled_high_product(
        np.where(counts, difference, 0) << factor.shift, np.int64(factor.mantissa)
    )
    powers = exponential(rescaled, DIFFERENCE_BITS)
    total = np.where(counts, shifted(powers, -SUM_BITS), 0).sum(-1, keepdims=True)
    inverse, over = _reciprocal(total)
    exponent = over + 31 - 8 * made.number.bytes
    steps = rounded_shift(doubled_high_product(inverse, powers), exponent)
    low = made.number.range[0]
    return saturated(np.where(counts, steps + low, low), made.number)


def _reciprocal(total: Integers) -> tuple[Integers, Integers]:
    """1 / total as a number from 1/2 to 1, and the bits by which that is too large."""
    headroom = 32 - np.floor(np.log2(total)).astype(np.int64) - 1
    raw = (total << headroom) - (np.int64(1) << 31)
    return reciprocal_of_one_plus(raw), SUM_BITS - headroom
