"""Weights and sums of int8 layers whose output channels are computed in pairs.

A halfword holds the weights of two channels: 256 * the odd one's + the even one's. One
multiplication gives 256 * one sum + the other; the even one alone is made from the lower bytes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tinylab.codegen.layers.fast.fast_kernel import Unsuited
from tinylab.codegen.layers.fast.int8_packing import PAIRS_OF_FOUR, Filters, Integers
from tinylab.codegen.layers.requantize import Quantised
from tinylab.zoo.execution.integer.fixed_point import multiplied
from tinylab.zoo.operations import WeightQuantization
from tinylab.zoo.tensor_type import Array

LARGEST_ODD = 1 << 23
LARGEST = 1 << 30
LARGEST_ROUNDED = 1 << 31
OFFSET = 128
"""Elements are made as uint8, that much more."""


@dataclass(frozen=True, eq=False)
class Sums:
    """Products of weights (outputs, terms) with int8 elements, and what makes elements of them."""

    weights: Integers
    bias: Integers
    """With what the input's zero point adds."""
    bound: Integers
    """The largest magnitude of each sum."""
    mantissas: Integers
    rights: Integers
    """Each sum is multiplied by mantissa * 2^(-31 - right)."""
    zero: int

    @staticmethod
    def of(
        weights: Array,
        bias: Array,
        quantization: WeightQuantization | None,
        types: Quantised,
        rounded: Callable[..., Integers] = multiplied,
    ) -> Sums:
        """`weights`: (outputs, terms); `rounded` as for `Filters.of`."""
        filters = Filters.of(weights, bias, quantization, types, rounded)
        low, high = filters.reach
        bound = np.maximum(np.abs(low), np.abs(high))
        factors = filters.mantissas, filters.exponents
        return Sums(filters.weights, filters.bias, bound, *factors, filters.output_zero)

    @property
    def unsuited(self) -> Unsuited | None:
        """Why registers of 32 bits do not hold what is computed."""
        if self.weights.min() < -127:
            return Unsuited("has no weights of -128")
        if self.rights.min() < 1:
            return Unsuited("multiplies sums by less than a half")
        if self.bound.max() >= LARGEST or np.abs(self.rounded()).max() >= LARGEST_ROUNDED:
            return Unsuited("rounds smaller sums")
        return None

    @property
    def unpaired(self) -> Unsuited | None:
        """Why two sums do not fit a register."""
        if self.bound[1::2].max() >= LARGEST_ODD:
            return Unsuited("computes sums of less than 24 bits")
        return None

    def rounded(self) -> Integers:
        """A bound of what is shifted to the right."""
        products: Integers = (self.bound * self.mantissas >> 31) + 2
        return products + np.maximum(np.abs(self.rounding()), np.abs(self.rounding(0)))

    def rounding(self, offset: int = OFFSET) -> Integers:
        """What is added before a sum is shifted to the right."""
        half: Integers = np.int64(1) << (self.rights - 1)
        return half + (np.int64(self.zero + offset) << self.rights)

    def pairs(self) -> Integers:
        """Halfwords of weights: (outputs / 2, terms)."""
        return 256 * self.weights[1::2] + self.weights[0::2]

    def starts(self) -> Integers:
        """Of each pair of outputs, the even sum, and the combined one: (outputs / 2, 2)."""
        even, odd = self.bias[0::2], self.bias[1::2]
        return np.stack([even, even + 256 * odd], 1)

    def constants(self, offset: int = OFFSET) -> Integers:
        """Rounding, mantissa and shift of each output: (outputs, 3)."""
        return np.stack([self.rounding(offset), self.mantissas, self.rights], 1)

    def constants_once(self) -> Integers:
        """The same, for sums that are rounded once: the upper half of the product is shifted."""
        rights = self.rights - 1
        half: Integers = np.int64(1) << (rights - 1)
        return np.stack([half + (np.int64(self.zero) << rights), self.mantissas, rights], 1)


def crossed(terms: Array) -> Array:
    """Every four of the last axis in the order `PAIRS_OF_FOUR`; the rest in its own."""
    many = terms.shape[-1] // len(PAIRS_OF_FOUR) * len(PAIRS_OF_FOUR)
    four = terms[..., :many].reshape(*terms.shape[:-1], -1, len(PAIRS_OF_FOUR))[..., PAIRS_OF_FOUR]
    return np.concatenate([four.reshape(*terms.shape[:-1], many), terms[..., many:]], -1)


def words(values: Integers) -> npt.NDArray[np.uint32]:
    """The lower 32 bits."""
    return (values & 0xFFFFFFFF).astype(np.uint32).reshape(-1)
