"""Functions of fixed-point numbers, as gemmlowp's fixedpoint.h computes them.

A number with b integer bits is an int32 `raw` that represents raw x 2**(b - 31). All arrays hold
int32 numbers in int64 elements.
"""

from __future__ import annotations

import numpy as np

from tinylab.zoo.execution.integer.fixed_point import Integers, doubled_high_product, rounded_shift

LARGEST = (1 << 31) - 1
EXP_OF_MINUS_EIGHTH = 1_895_147_668
ONE_THIRD = 715_827_883
EXPONENTIALS = {
    -2: 1_672_461_947,
    -1: 1_302_514_674,
    0: 790_015_084,
    1: 290_630_308,
    2: 39_332_535,
    3: 720_401,
    4: 242,
}
"""exp(-2**exponent) with 0 integer bits."""
RATIO_48_17, RATIO_32_17 = 1_515_870_810, 1_010_580_540
"""48 / 17 and 32 / 17 with 2 integer bits: Newton's first guess for a reciprocal."""


def shifted(raw: Integers, exponent: int) -> Integers:
    """`raw x 2**exponent`: to the left it saturates, to the right it is rounded."""
    if exponent < 0:
        return rounded_shift(raw, np.int64(-exponent))
    clipped: Integers = np.clip(raw << exponent, -LARGEST - 1, LARGEST)
    return clipped


def exponential(raw: Integers, bits: int) -> Integers:
    """exp(x) with 0 integer bits, for x <= 0 with `bits` integer bits, at most 5."""
    fraction = 31 - bits
    quarter = np.int64(1) << (fraction - 2)
    least = (raw & (quarter - 1)) - quarter
    result = _small_exponential(shifted(least, bits))
    remainder = least - raw
    for exponent, factor in EXPONENTIALS.items():
        if bits > exponent:
            has = (remainder & (np.int64(1) << (fraction + exponent))) != 0
            result = np.where(has, doubled_high_product(result, np.int64(factor)), result)
    return np.where(raw == 0, LARGEST, result)


def _small_exponential(raw: Integers) -> Integers:
    """exp(x) for -1/4 <= x < 0: a series around -1/8."""
    x = raw + (1 << 28)
    x2 = doubled_high_product(x, x)
    x3, x4 = doubled_high_product(x2, x), doubled_high_product(x2, x2)
    higher = shifted(doubled_high_product(shifted(x4, -2) + x3, np.int64(ONE_THIRD)) + x2, -1)
    term = np.int64(EXP_OF_MINUS_EIGHTH)
    return term + doubled_high_product(term, x + higher)


def reciprocal_of_one_plus(raw: Integers) -> Integers:
    """1 / (1 + x) with 0 integer bits, for 0 <= x < 1."""
    half = (raw + LARGEST + 1) // 2
    x = RATIO_48_17 + doubled_high_product(half, np.int64(-RATIO_32_17))
    for _ in range(3):
        rest = (1 << 29) - doubled_high_product(half, x)
        x = x + shifted(doubled_high_product(x, rest), 2)
    return shifted(x, 1)
