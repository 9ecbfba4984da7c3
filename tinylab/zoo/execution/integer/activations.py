"""Activations of quantised tensors in whole and fixed-point numbers.

Sources: activations.cc of tensorflow/lite/kernels, leaky_relu.h and hard_swish.h of its
internal/reference.
"""

from __future__ import annotations

import math

import numpy as np

from tinylab.zoo.execution.integer.fixed_point import (
    Integers,
    Multiplier,
    multiplied,
    rounded_shift,
)
from tinylab.zoo.operations import Activate, Clip, Function, Operation
from tinylab.zoo.tensor_type import Array, Number, TensorType, saturated

CLAMPS = {
    Function.LINEAR: (-math.inf, math.inf),
    Function.RELU: (0.0, math.inf),
    Function.RELU6: (0.0, 6.0),
}
"""The least and the greatest real number of activations that clamp."""
RELUISH_STEP = np.float32(3.0 / 32768.0)
"""Of the part of hard_swish that is between 0 and 1."""


def limits_of(operation: Operation) -> tuple[float, float] | None:
    """The least and the greatest real number of an operation that clamps; None for others."""
    if isinstance(operation, Clip):
        return operation.low, operation.high
    return CLAMPS.get(operation.function) if isinstance(operation, Activate) else None


def clamp(low: float, high: float, made: TensorType) -> tuple[int, int]:
    """The range of a clamping activation in a quantised type (CalculateActivationRange)."""
    least, greatest = made.number.range
    if not math.isinf(low):
        least = max(least, _steps(low, made))
    return least, greatest if math.isinf(high) else min(greatest, _steps(high, made))


def _steps(value: float, made: TensorType) -> int:
    ratio = float(np.float32(value) / np.float32(made.step))
    rounded = math.floor(abs(ratio) + 0.5)
    return made.zero_point + (rounded if ratio >= 0 else -rounded)


def clamped(operation: Operation, x: Array, made: TensorType) -> Array:
    """A clamping activation of a tensor of type `made`; the output has the same type."""
    limits = limits_of(operation)
    assert limits is not None
    return np.clip(x, *clamp(*limits, made))


def clipped(low: float, high: float, steps: Array, given: TensorType, made: TensorType) -> Array:
    """`steps` of `given` from its zero point, between two real numbers, as elements of `made`."""
    factor = Multiplier.of(float(np.float32(given.step) / np.float32(made.step)))
    moved = _times(steps, factor) + made.zero_point
    return np.clip(moved, *clamp(low, high, made)).astype(made.number.dtype)


def leaky(slope: float, steps: Array, given: TensorType, made: TensorType) -> Array:
    """Each part has a multiplier of its own."""
    above, sloped = slopes(slope, given, made)
    below = _times(steps if slope >= 0 else -steps, sloped)
    return saturated(
        np.where(steps >= 0, _times(steps, above), below) + made.zero_point, made.number
    )


def slopes(slope: float, given: TensorType, made: TensorType) -> tuple[Multiplier, Multiplier]:
    """What multiplies elements that are not negative, and the others' amounts."""
    scales = np.float32(given.step), np.float32(made.step)
    above = Multiplier.of(float(scales[0] / scales[1]))
    return above, Multiplier.of(abs(float(scales[0] * np.float32(slope) / scales[1])))


def absolute(steps: Array, given: TensorType, made: TensorType) -> Array:
    """Source: elementwise.cc; elements of one scale are not rounded."""
    moved = np.abs(steps)
    if given.step != made.step:
        moved = _times(moved, Multiplier.of(float(np.float32(given.step) / np.float32(made.step))))
    return saturated(moved + made.zero_point, made.number)


def hard_swish(steps: Array, given: TensorType, made: TensorType) -> Array:
    """`x * relu6(x + 3) / 6` in int16 fixed-point numbers."""
    raised_step = np.float32(1 / 128) * np.float32(given.step)
    scale, shift = _short(Multiplier.of(float(raised_step / np.float32(made.step))))
    reluish, bits = _short(Multiplier.of(float(raised_step / RELUISH_STEP)))
    raised = steps.astype(np.int64) * 128
    product = _doubled_high(raised, scale)
    part = _shifted(raised, max(bits - 1, 0))
    part = _shifted(_doubled_high(part, reluish), 1 if bits > 0 else 0)
    part = rounded_shift(part, np.int64(max(-bits, 0)))
    halved = (part + (1 << 15)) >> 1
    both = halved * product
    high = np.where(both >= 0, both >> 15, -(-both >> 15))
    return saturated(rounded_shift(high, np.int64(max(-shift, 0))) + made.zero_point, made.number)


def _times(steps: Array, factor: Multiplier) -> Integers:
    return multiplied(steps.astype(np.int64), np.int64(factor.mantissa), np.int64(factor.shift))


def _short(factor: Multiplier) -> tuple[int, int]:
    """The mantissa in 16 bits, and the shift."""
    return min((factor.mantissa + (1 << 15)) >> 16, Number.INT16.range[1]), factor.shift


def _doubled_high(values: Integers, factor: int) -> Integers:
    """The high 16 bits of `2 x values x factor`, rounded."""
    product = values * factor
    nudged = product + np.where(product >= 0, 1 << 14, 1 - (1 << 14))
    return np.where(nudged >= 0, nudged >> 15, -(-nudged >> 15))


def _shifted(values: Integers, bits: int) -> Integers:
    clipped: Integers = np.clip(values << bits, *Number.INT16.range)
    return clipped
