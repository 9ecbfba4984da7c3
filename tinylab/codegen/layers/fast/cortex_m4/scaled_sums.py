"""Filters whose weights and biases are multiplied, so that rounding twice is adding a constant.

An element is mantissa * sum * 2^(-31 - exponent), rounded there and by 2^exponent. With sums
times 2^t, where t = places + 1 - exponent, the upper half of their product with the mantissa is the
element times 2^places.
Both roundings are to nearest, halves up, and so add constants to the product: nested divisions that
round down are one. (Halves of results below zero go the other way: those must be saturated.)
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tinylab.codegen.layers.fast.fast_kernel import Unsuited
from tinylab.codegen.layers.fast.int8_packing import Filters, Integers

MOST_PLACES = 7
"""By which weights of 8 bits are shifted, with the doubling of the product one more."""


@dataclass(frozen=True, eq=False)
class ScaledSums:
    """`filters` with results times 2^places."""

    filters: Filters
    places: int

    @staticmethod
    def of(filters: Filters, places: int) -> ScaledSums:
        """Channels that no input changes get an exponent that is suitable."""
        still = ~filters.weights.any(axis=1) & (filters.exponents < places - 1)
        more = np.where(still, places - 1 - filters.exponents, 0)
        moved = Filters(
            filters.weights,
            filters.bias << more,
            filters.mantissas,
            filters.exponents + more,
            filters.output_zero,
        )
        return ScaledSums(moved, places)

    @property
    def shifts(self) -> Integers:
        return self.places + 1 - self.filters.exponents

    @property
    def weights(self) -> Integers:
        return self.filters.weights << self.shifts[:, None]

    @property
    def bias(self) -> Integers:
        return self.filters.bias << self.shifts

    def offsets(self, zero: int) -> Integers:
        """What is added to the upper half of products, for results from `zero` on."""
        first = np.int64(1) << (self.shifts - 2)
        return first + (1 << self.places - 1) + (zero << self.places)

    def why_not(self, zero: int, bits: int = 32) -> Unsuited | None:
        """Why registers do not hold what is computed; `bits`: of the upper half of products."""
        least, most = self.places - MOST_PLACES, self.places - 1
        exponents = self.filters.exponents
        if exponents.min() < least or exponents.max() > most:
            return Unsuited(f"divides sums by 2^{least} to 2^{most}")
        if self.filters.weights.min() < -127:
            return Unsuited("has weights from -127 to 127")
        low, high = self.filters.reach
        largest = np.maximum(np.abs(low), np.abs(high)) << self.shifts
        products = (largest * (self.filters.mantissas >> 16) >> 16) + 1
        if largest.max() >= 1 << 31:
            return Unsuited("has smaller sums")
        if (products + np.abs(self.offsets(zero))).max() >= 1 << bits - 1:
            return Unsuited("has smaller results")
        return None
