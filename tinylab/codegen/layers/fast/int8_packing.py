"""Streams of int8 weights for kernels that multiply two pairs of halfwords at once.

Sums of products with elements as they are stored equal those with centred elements if what the
input's zero point adds is part of the bias. A halfword w[0] + 256 * w[1] has the weights of two
outputs: the sum of its products has both of their sums, as long as the second has 24 bits at most.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tinylab.codegen.layers.fast.fast_kernel import Unsuited
from tinylab.codegen.layers.kernel import Request
from tinylab.codegen.layers.requantize import Quantised, is_int8, weight_zero
from tinylab.zoo.execution.integer.fixed_point import multiplied
from tinylab.zoo.execution.integer.requantization import requantization
from tinylab.zoo.operations import Conv, Dense, DepthwiseConv, WeightQuantization
from tinylab.zoo.tensor_type import Array

Integers = npt.NDArray[np.int64]

PAIRS_OF_FOUR = (0, 2, 1, 3)
"""SXTB16 takes the even bytes of a word, then its odd ones."""
MOST_SHIFTED = 22
"""Places by which the sum, half a step and the output's zero have space in 32 bits."""


@dataclass(frozen=True, eq=False)
class Filters:
    """Filters of int8 as one row of weights for each output."""

    weights: Integers
    """(outputs, elements of a window)."""
    bias: Integers
    mantissas: Integers
    exponents: Integers
    """Places by which products are shifted right; negative: left."""
    output_zero: int

    @staticmethod
    def of(
        weights: Array,
        bias: Array,
        quantization: WeightQuantization | None,
        types: Quantised,
        rounded: Callable[..., Integers] = multiplied,
    ) -> Filters:
        """From (outputs, elements) weights; what the input's zero point adds goes to the bias.

        `rounded`: how the layer multiplies sums, once or twice rounded.
        """
        assert quantization is not None
        mantissas, shifts = requantization(quantization, bias.size, types.given, types.made)
        rows = weights.astype(np.int64)
        folded = bias.astype(np.int64) - types.given.zero_point * rows.sum(axis=1)
        wide = np.asarray(mantissas, np.int64)
        exponents = -np.asarray(shifts, np.int64)
        return Filters(rows, folded, wide, exponents, types.made.zero_point)._simpler(
            types, rounded
        )

    @property
    def reach(self) -> tuple[Integers, Integers]:
        """The least and the greatest sum of each output, for any input."""
        ends = np.stack([self.weights * -128, self.weights * 127])
        return self.bias + ends.min(axis=0).sum(axis=1), self.bias + ends.max(axis=0).sum(axis=1)

    def _simpler(self, types: Quantised, rounded: Callable[..., Integers]) -> Filters:
        """Outputs that no input changes have neither weights nor large biases and exponents.

        Such are channels that training has switched off, or that always saturate.
        """
        limits = types.made.number.range
        low, high = self.reach
        ends = [
            np.clip(rounded(sums, self.mantissas, -self.exponents) + self.output_zero, *limits)
            for sums in (low, high)
        ]
        known = (low >= -(1 << 31)) & (high < 1 << 31) & (self.exponents >= 0)
        still = known & (ends[0] == ends[1])
        return Filters(
            np.where(still[:, None], 0, self.weights),
            np.where(still, 8 * (ends[0] - self.output_zero), self.bias),
            np.where(still, 1 << 30, self.mantissas),  # with the exponent: 1 / 8
            np.where(still, 2, self.exponents),
            self.output_zero,
        )

    def why_not(self, least: int, most: int = MOST_SHIFTED) -> Unsuited | None:
        """Why two outputs have no place in one sum; `least` and `most`: the exponents."""
        if self.weights.min(initial=0) < -127:
            return Unsuited("has weights from -127 to 127")
        low, high = self.reach
        if (low[1::2] < -(1 << 23)).any() or (high[1::2] >= 1 << 23).any():
            return Unsuited("has sums of 24 bits")
        if (low < -(1 << 30)).any() or (high >= 1 << 30).any():
            return Unsuited("has sums of 31 bits")
        if self.exponents.min(initial=most) < least or self.exponents.max(initial=least) > most:
            return Unsuited(f"divides sums by 2^{least} to 2^{most}")
        return None

    def padded(self, outputs: int, elements: int) -> Filters:
        """With outputs and elements of zeros up to a multiple of these."""
        more = -self.bias.size % outputs
        deeper = -self.weights.shape[1] % elements
        bias, mantissas = (np.pad(one, (0, more)) for one in (self.bias, self.mantissas))
        exponents = np.pad(self.exponents, (0, more), constant_values=2)
        weights = np.pad(self.weights, ((0, more), (0, deeper)))
        return Filters(weights, bias, mantissas, exponents, self.output_zero)

    def twice_rounded(self) -> Integers:
        """(outputs, 3): mantissa, exponent, and half a step plus the output's zero."""
        half = np.where(self.exponents > 0, 1 << np.maximum(self.exponents - 1, 0), 0)
        offset = half + (self.output_zero << self.exponents)
        return np.stack([self.mantissas, self.exponents, offset], axis=1)

    def once_rounded(self) -> Integers:
        """The same for the high words of products; exponents are 2 at least."""
        exponents = self.exponents - 1
        offset = (1 << (exponents - 1)) + (self.output_zero << exponents)
        return np.stack([self.mantissas, exponents, offset], axis=1)

    def blocks(self, width: int, factors: Integers) -> bytes:
        """The stream of blocks of `width` outputs; see tl_conv_pairs_m4_s8.S.

        Outputs are a multiple of `width`, elements a multiple of 4.
        """
        outputs, elements = self.weights.shape
        order = np.arange(elements).reshape(-1, 4)[:, PAIRS_OF_FOUR].reshape(-1)
        low, high = self.weights[0::2], self.weights[1::2]
        halves = (low + 256 * high)[:, order].reshape(outputs // width, width // 2, -1, 2)
        pairs = words(halves[..., 0], halves[..., 1])  # (blocks, pairs, steps)
        sums = np.stack([self.bias[0::2], self.bias[0::2] + 256 * self.bias[1::2]], axis=1)
        parts = (sums.reshape(-1, width), pairs.transpose(0, 2, 1), factors)
        rows = [part.reshape(outputs // width, -1) for part in parts]
        return stored(np.concatenate(rows, axis=1))

    @staticmethod
    def lines(weights: Integers, bias: Integers, factors: Integers) -> bytes:
        """For each output of a 3 x 3 depthwise convolution; see tl_depthwise_rows_m4_s8.S.

        Requantisation takes doubled or multiplied sums, so weights and bias are.
        """
        rows = weights.reshape(-1, 3, 3)
        pairs = words(rows[..., :2], rows[..., 1:])
        return stored(np.concatenate((pairs.reshape(-1, 6), bias[:, None], factors), axis=1))


def quantised_layer(request: Request) -> Quantised | Unsuited:
    """The types of a layer of int8 tensors, and of weights whose zero point is 0."""
    layer = request.operation
    assert isinstance(layer, Conv | DepthwiseConv | Dense)
    if not is_int8(request):
        return Unsuited("computes int8")
    if weight_zero(layer.quantization) != 0:
        return Unsuited("has weights whose zero point is 0")
    return Quantised.of(request)


def saturates(types: Quantised) -> bool:
    """Whether results below the output's zero become the least output."""
    return types.limits[0] >= types.made.zero_point


def words(low: Integers, high: Integers) -> Integers:
    """Of two halfwords each."""
    return (high & 0xFFFF) << 16 | low & 0xFFFF


def stored(values: Integers) -> bytes:
    """As words, of which the lower 32 bits count."""
    return (values & 0xFFFF_FFFF).astype("<u4").tobytes()
