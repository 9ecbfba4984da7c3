"""Constants for sums of two channels in one, whose results are in the upper half of a word.

As `scaled_sums`, but weights stay bytes, so that sums are shifted. The odd channel's sum has been
multiplied by 256. That is why its exponent must be EXPONENT or less: where it is more, a smaller
mantissa may make the same elements.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from tinylab.codegen.layers.fast.int8_packing import Filters, Integers

PLACES = 16
OFFSET = 128
"""Elements are made as uint8, that much more."""
EXPONENT = 9
LEAST, MOST = 2, 15
"""Places to shift by, for which the first rounding is a constant, and sums have space."""


def packed(filters: Filters) -> Integers | None:
    """(outputs, 3): shift, mantissa, offset; None if registers do not hold what is computed."""
    found = _suitable(filters)
    if found is None:
        return None
    shifts = PLACES + 1 - found.exponents
    offsets = _offsets(filters)
    low, high = filters.reach
    largest = np.maximum(np.abs(low), np.abs(high)) << np.clip(shifts, 0, None)
    products = (largest * (found.mantissas >> 16) >> 16) + 1 + np.abs(offsets)
    fits = shifts.min() >= LEAST and shifts.max() <= MOST
    if not fits or max(largest.max(), products.max()) >= 1 << 31:
        return None
    shifts[1::2] -= 8
    return np.stack([shifts, found.mantissas, offsets], axis=1)


def _offsets(filters: Filters) -> Integers:
    """With the first rounding, which is of the original mantissa's product."""
    first = np.int64(1) << np.clip(PLACES - 1 - filters.exponents, 0, None)
    return first + (1 << PLACES - 1) + (filters.output_zero + OFFSET << PLACES)


def _suitable(filters: Filters) -> Filters | None:
    """With exponents of odd channels that are EXPONENT at most."""
    exponents, mantissas = filters.exponents.copy(), filters.mantissas.copy()
    for channel in map(int, np.flatnonzero(exponents > EXPONENT)):
        if channel % 2 == 0:
            continue
        less = int(exponents[channel]) - EXPONENT
        known = _thresholds(filters, channel, int(mantissas[channel]), 0)
        nearest = int(mantissas[channel]) >> less
        for mantissa in (nearest, nearest + 1):
            made = _thresholds(filters, channel, mantissa, less)
            if np.array_equal(known, made):
                mantissas[channel], exponents[channel] = mantissa, EXPONENT
                break
        else:
            return None
    return replace(filters, exponents=exponents, mantissas=mantissas)


def _thresholds(filters: Filters, channel: int, mantissa: int, less: int) -> list[int]:
    """The least sums, of those that occur, for which each element above the zero is made.

    `mantissa` is for products and constants that are divided by 2^less.
    """
    low, high = (int(one[channel]) for one in filters.reach)
    exponent = int(filters.exponents[channel])
    constant = (1 << 31) + (1 << exponent + 31)
    elements = range(1, 128 - filters.output_zero)
    above = [(q << 32 + exponent) - constant >> less for q in elements]
    sums = [-(-one // (2 * mantissa)) for one in above]
    return [min(max(one, low), high + 1) for one in sums]
