"""Functions of 16-bit fixed-point numbers, as gemmlowp's fixedpoint.h computes them.

A number with b integer bits is an int16 `raw` that represents raw x 2**(b - 15). All arrays hold
int16 numbers in int64 elements. The steps are those of `gemmlowp`, with fewer bits.
"""

from __future__ import annotations

import numpy as np

from tinylab.zoo.execution.integer import gemmlowp
from tinylab.zoo.execution.integer.fixed_point import Integers, rounded_shift

LARGEST = (1 << 15) - 1
ONE_WITH_TWO_BITS = 1 << 13
CLAMPED_BITS = 5
"""With more integer bits, exp(x) is 0 below -32."""


def shortened(constant: int) -> np.int64:
    """A constant of 32 bits, as one of 16."""
    return np.int64(rounded_shift(np.array(constant, np.int64), np.int64(16)))


def saturated(raw: Integers) -> Integers:
    clipped: Integers = np.clip(raw, -LARGEST - 1, LARGEST)
    return clipped


def doubled_high_product(a: Integers | np.int64, b: Integers | np.int64) -> Integers:
    """The high 16 bits of `2 x a x b`, rounded."""
    product = a * b
    nudged = product + np.where(product >= 0, 1 << 14, 1 - (1 << 14))
    high = np.where(nudged >= 0, nudged >> 15, -(-nudged >> 15))
    return np.minimum(high, LARGEST)


def exponential(raw: Integers, bits: int) -> Integers:
    """exp(x) with 0 integer bits, for x <= 0 with `bits` integer bits, at most 7."""
    fraction = 15 - bits
    quarter = np.int64(1) << (fraction - 2)
    least = (raw & (quarter - 1)) - quarter
    result = _small_exponential(saturated(least << bits))
    remainder = least - raw
    for exponent, factor in gemmlowp.EXPONENTIALS.items():
        if bits > exponent:
            has = (remainder & (np.int64(1) << (fraction + exponent))) != 0
            result = np.where(has, doubled_high_product(result, shortened(factor)), result)
    if bits > CLAMPED_BITS:
        result = np.where(raw < -(1 << (20 - bits)), 0, result)
    return np.where(raw == 0, LARGEST, result)


def _small_exponential(raw: Integers) -> Integers:
    """exp(x) for -1/4 <= x < 0: a series around -1/8."""
    x = raw + (1 << 12)
    x2 = doubled_high_product(x, x)
    x3, x4 = doubled_high_product(x2, x), doubled_high_product(x2, x2)
    third, term = shortened(gemmlowp.ONE_THIRD), shortened(gemmlowp.EXP_OF_MINUS_EIGHTH)
    inner = doubled_high_product(rounded_shift(x4, np.int64(2)) + x3, third) + x2
    higher = rounded_shift(inner, np.int64(1))
    return saturated(term + doubled_high_product(term, x + higher))


def _twice_reciprocal(raw: Integers) -> Integers:
    """2 / (1 + x) with 2 integer bits, for 0 <= x < 1."""
    half = (raw + LARGEST + 1) // 2
    slope = shortened(-gemmlowp.RATIO_32_17)
    x = shortened(gemmlowp.RATIO_48_17) + doubled_high_product(half, slope)
    for _ in range(3):
        rest = ONE_WITH_TWO_BITS - doubled_high_product(half, x)
        x = x + saturated(doubled_high_product(x, rest) << 2)
    return x


def logistic(raw: Integers) -> Integers:
    """1 / (1 + exp(-x)) with 0 integer bits, for x with 3."""
    positive = saturated(_twice_reciprocal(exponential(-np.abs(raw), 3)) << 1)
    made = np.where(raw > 0, positive, LARGEST - positive)
    return np.where(raw == 0, 1 << 14, made)


def tanh(raw: Integers, bits: int) -> Integers:
    """With 0 integer bits, for x with `bits` integer bits, at most 6."""
    power = exponential(-np.abs(raw), bits + 1)
    made = saturated((_twice_reciprocal(power) - ONE_WITH_TWO_BITS) << 2)
    return np.where(raw == 0, 0, np.where(raw < 0, -made, made))
