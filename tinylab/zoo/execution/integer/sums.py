"""Arithmetic of two quantised tensors, whose shapes broadcast, and sums over dimensions.

Sources: reference/integer_ops/add.h, mul.h and mean.h of tensorflow/lite/kernels/internal, and
`Prepare` of the operators in tensorflow/lite/kernels.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tinylab.zoo.execution.integer.fixed_point import Multiplier, multiplied
from tinylab.zoo.operations import ArithmeticKind, PoolKind
from tinylab.zoo.tensor_type import Array, Number, TensorType, saturated

SUM_SHIFTS = {Number.INT8: 20, Number.INT16: 15}
"""Bits by which the terms of a sum are raised, so that rounding them loses little."""
SQUARE_SHIFT = 7
"""The same for the terms of a squared difference, whose square has to fit in 32 bits."""


@dataclass(frozen=True)
class SumScaling:
    """What multiplies both raised terms, and their sum."""

    first: Multiplier
    second: Multiplier
    output: Multiplier
    raised: int
    """Bits by which the terms are raised."""

    @staticmethod
    def of(first: TensorType, second: TensorType, made: TensorType) -> SumScaling:
        steps = np.float32(first.step), np.float32(second.step)
        twice, raised = float(np.float32(2) * max(steps)), SUM_SHIFTS[made.number]
        return SumScaling(
            Multiplier.of(float(steps[0]) / twice),
            Multiplier.of(float(steps[1]) / twice),
            Multiplier.of(twice / ((1 << raised) * float(np.float32(made.step)))),
            raised,
        )

    @staticmethod
    def of_square(first: TensorType, second: TensorType, made: TensorType) -> SumScaling:
        """Of a squared difference, whose terms are raised by `SQUARE_SHIFT` bits."""
        sums = SumScaling.of(first, second, made)
        twice = 2 * max(float(np.float32(one.step)) for one in (first, second))
        whole = twice * twice / ((1 << 2 * SQUARE_SHIFT) * float(np.float32(made.step)))
        return SumScaling(sums.first, sums.second, Multiplier.of(whole), SQUARE_SHIFT)


def combined(
    kind: ArithmeticKind,
    a: Array,
    b: Array,
    first: TensorType,
    second: TensorType,
    made: TensorType,
) -> Array:
    """Two tensors, element by element."""
    match kind:
        case ArithmeticKind.ADD:
            return add(a, b, first, second, made)
        case ArithmeticKind.SUBTRACT:
            return add(a, b, first, second, made, sign=-1)
        case ArithmeticKind.MULTIPLY:
            return multiply(a, b, first, second, made)
        case ArithmeticKind.MAXIMUM:
            return np.maximum(a, b)
        case ArithmeticKind.MINIMUM:
            return np.minimum(a, b)
        case ArithmeticKind.PRELU:
            return prelu(a, b, first, second, made)
        case ArithmeticKind.SQUARED_DIFFERENCE:
            return squared_difference(a, b, first, second, made)
        case _:
            raise NotImplementedError(kind)


def add(
    a: Array, b: Array, first: TensorType, second: TensorType, made: TensorType, sign: int = 1
) -> Array:
    """`a + sign x b`; the shapes broadcast."""
    scaling = SumScaling.of(first, second, made)
    terms = (
        multiplied((x.astype(np.int64) - kind.zero_point) << scaling.raised, *_parts(factor))
        for x, kind, factor in ((a, first, scaling.first), (b, second, scaling.second))
    )
    left, right = terms
    steps = multiplied(left + sign * right, *_parts(scaling.output))
    return saturated(steps + made.zero_point, made.number)


def squared_difference(
    a: Array, b: Array, first: TensorType, second: TensorType, made: TensorType
) -> Array:
    """`(a - b) x (a - b)`; the shapes broadcast."""
    scaling = SumScaling.of_square(first, second, made)
    left, right = (
        multiplied((x.astype(np.int64) - kind.zero_point) << scaling.raised, *_parts(factor))
        for x, kind, factor in ((a, first, scaling.first), (b, second, scaling.second))
    )
    steps = multiplied((left - right) ** 2, *_parts(scaling.output))
    return saturated(steps + made.zero_point, made.number)


def product_scaling(first: TensorType, second: TensorType, made: TensorType) -> Multiplier:
    """What multiplies a product of two elements."""
    product = np.float32(first.step) * np.float32(second.step)
    return Multiplier.of(float(product / np.float32(made.step)))


def multiply(a: Array, b: Array, first: TensorType, second: TensorType, made: TensorType) -> Array:
    """`a x b`; the shapes broadcast."""
    product = (a.astype(np.int64) - first.zero_point) * (b.astype(np.int64) - second.zero_point)
    steps = multiplied(product, *_parts(product_scaling(first, second, made)))
    return saturated(steps + made.zero_point, made.number)


def prelu_scaling(given: TensorType, made: TensorType) -> Multiplier:
    """What multiplies elements that are not negative."""
    return Multiplier.of(float(np.float32(given.step) / np.float32(made.step)))


def prelu(a: Array, b: Array, first: TensorType, second: TensorType, made: TensorType) -> Array:
    """`a`, or `a x b` where `a` is negative."""
    x = a.astype(np.int64) - first.zero_point
    above = multiplied(x, *_parts(prelu_scaling(first, made)))
    product = x * (b.astype(np.int64) - second.zero_point)
    below = multiplied(product, *_parts(product_scaling(first, second, made)))
    return saturated(np.where(x >= 0, above, below) + made.zero_point, made.number)


def total_scaling(kind: PoolKind, count: int, given: TensorType, made: TensorType) -> Multiplier:
    """What multiplies the sum of `count` elements."""
    if kind is PoolKind.AVERAGE:
        return mean_scaling(count, given, made)
    return Multiplier.of(float(np.float32(given.step)) / float(np.float32(made.step)))


def mean_scaling(count: int, given: TensorType, made: TensorType) -> Multiplier:
    """What multiplies the sum of `count` elements: input scale / output scale / count."""
    whole = Multiplier.of(float(np.float32(given.step)) / float(np.float32(made.step)))
    raised = min(count.bit_length() - 1, 32, 31 + whole.shift)
    return Multiplier((whole.mantissa << raised) // count, whole.shift - raised)


def total(kind: PoolKind, x: Array, given: TensorType, made: TensorType) -> Array:
    """The sum or the mean over all dimensions but the first and the last."""
    axes = tuple(range(1, x.ndim - 1))
    count = int(np.prod([x.shape[axis] for axis in axes]))
    sums = x.astype(np.int64).sum(axes) - count * given.zero_point
    steps = multiplied(sums, *_parts(total_scaling(kind, count, given, made)))
    return saturated(steps + made.zero_point, made.number)


def _parts(factor: Multiplier) -> tuple[np.int64, np.int64]:
    return np.int64(factor.mantissa), np.int64(factor.shift)
