"""Fixed-point arithmetic of quantised layers, as TensorFlow Lite's reference kernels do it.

Source: tensorflow/lite/kernels/internal (common.h, quantization_util.cc) and gemmlowp's
fixedpoint.h. Some operators round a product once, others twice: the published packages of LiteRT
2.3 and TensorFlow 2.20 were compared with both forms.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Integers = npt.NDArray[np.int64]
Whole = Integers | np.int64
"""An array, or one number for all."""

SMALLEST_SHIFT = -31


@dataclass(frozen=True)
class Multiplier:
    """A positive real number as `mantissa x 2**(shift - 31)`; the mantissa is an int32."""

    mantissa: int
    shift: int

    @staticmethod
    def of(real: float) -> Multiplier:
        """The nearest one (QuantizeMultiplier); 0 for 0 and for what is below 2**-32."""
        if real == 0.0:
            return Multiplier(0, 0)
        fraction, shift = math.frexp(real)
        mantissa = math.floor(fraction * 2.0**31 + 0.5)
        if mantissa == 1 << 31:
            mantissa, shift = mantissa // 2, shift + 1
        if shift < SMALLEST_SHIFT:
            return Multiplier(0, 0)
        return Multiplier(mantissa, shift)


def multiplied_once(values: Integers, mantissa: Whole, shift: Whole) -> Integers:
    """`values x mantissa x 2**(shift - 31)`, rounded once, halves up; all broadcast.

    `shift` is at most 30. What exceeds an int32 wraps around.
    """
    exponent = 31 - shift
    product: Integers = (values * mantissa + (np.int64(1) << (exponent - 1))) >> exponent
    return wrapped(product)


def wrapped(values: Integers) -> Integers:
    """As int32 numbers."""
    return (values + (1 << 31)) % (1 << 32) - (1 << 31)


def multiplied_long(values: Integers, mantissa: Whole, shift: Whole) -> Integers:
    """The same without wrapping, for values of at most 47 bits and a shift of at most 15."""
    exponent = 31 - shift
    half = np.int64(1) << (exponent - 1)
    low = (values & ((1 << 16) - 1)) * mantissa + half
    product: Integers = ((values >> 16) * mantissa + (low >> 16)) >> (exponent - 16)
    return product


def multiplied(values: Integers, mantissa: Whole, shift: Whole) -> Integers:
    """`values x mantissa x 2**(shift - 31)`, rounded twice (MultiplyByQuantizedMultiplier).

    All broadcast. `values` are int32 numbers in int64 arrays.
    """
    left = np.maximum(shift, 0)
    right = np.maximum(-shift, 0)
    return rounded_shift(doubled_high_product(wrapped(values << left), mantissa), right)


def multiplied_wide(values: Integers, mantissa: Whole, shift: Whole) -> Integers:
    """The same with the high 16 bits of the mantissa."""
    exponent = 15 - shift
    half = np.int64(1) << (exponent - 1)
    product: Integers = (values * high_half(mantissa) + half) >> exponent
    return product


def high_half(mantissa: Whole) -> Whole:
    """A mantissa in 16 bits, rounded."""
    return np.minimum((mantissa + (1 << 15)) >> 16, (1 << 15) - 1)


def doubled_high_product(a: Whole, b: Whole) -> Integers:
    """The high 32 bits of `2 x a x b`, rounded (SaturatingRoundingDoublingHighMul)."""
    product = a * b
    nudged = product + np.where(product >= 0, 1 << 30, 1 - (1 << 30))
    high = np.where(nudged >= 0, nudged >> 31, -(-nudged >> 31))
    return np.minimum(high, (1 << 31) - 1)


def rounded_shift(values: Integers, exponent: Whole) -> Integers:
    """`values / 2**exponent`, rounded to nearest, halves away from zero (RoundingDivideByPOT)."""
    mask = (np.int64(1) << exponent) - 1
    remainder = values & mask
    threshold = (mask >> 1) + (values < 0)
    shifted: Integers = (values >> exponent) + (remainder > threshold)
    return shifted
