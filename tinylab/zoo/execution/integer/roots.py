"""Inverse square roots of whole numbers, in fixed-point numbers.

Sources: RsqrtEvalQuantized of tensorflow/lite/kernels/elementwise.cc, and
GetInvSqrtQuantizedMultiplierExp of its internal/common.h.
"""

from __future__ import annotations

import numpy as np

from tinylab.zoo.execution.integer.fixed_point import (
    Multiplier,
    doubled_high_product,
    multiplied,
)
from tinylab.zoo.execution.integer.gemmlowp import shifted
from tinylab.zoo.tensor_type import Array, TensorType, saturated

RAISED = 20
"""Bits by which an inverse root is raised."""
STEPS = 5
"""Of Newton's method."""
ONE, THREE_HALVES = 1 << 28, (1 << 28) + (1 << 27)
"""With three bits before the point."""
HALF_ROOT_OF_TWO = 1518500250
"""With no bit before the point."""
LIMIT = (1 << 31) - 1


def inverse_roots(steps: Array, given: TensorType, made: TensorType) -> Array:
    """`1 / sqrt(x)` of `steps` from the zero point; the greatest number where x is not positive."""
    scale = np.sqrt(np.float32(given.step)) * np.float32(made.step)
    factor = Multiplier.of(1.0 / float(scale))
    rooted = [_raised_inverse(int(one)) for one in np.maximum(steps, 1)]
    scaled = multiplied(
        np.array(rooted, np.int64), np.int64(factor.mantissa), np.int64(factor.shift - RAISED)
    )
    greatest = made.number.range[1]
    return saturated(np.where(steps > 0, scaled + made.zero_point, greatest), made.number)


def _raised_inverse(value: int) -> int:
    """`2**RAISED / sqrt(value)`."""
    mantissa, shift = (LIMIT, 0) if value <= 1 else _newton(value)
    return int(multiplied(np.array([1], np.int64), np.int64(mantissa), np.int64(shift + RAISED))[0])


def _newton(value: int) -> tuple[int, int]:
    """Mantissa and shift of the inverse root of a number between 2 and 2**29."""
    pairs = (31 - value.bit_length()) // 2 - 1
    given = value << 2 * pairs >> 1
    half = (given + 1) // 2
    x = ONE
    for _ in range(STEPS):
        cubed = _rescaled(_product(_product(x, x), x), 6)
        x = _rescaled(_product(THREE_HALVES, x) - _product(half, cubed), 3)
    x, shift = _product(x, HALF_ROOT_OF_TWO), 11 - pairs
    return (x << -shift, 0) if shift < 0 else (x, -shift)


def _product(a: int, b: int) -> int:
    return int(doubled_high_product(np.int64(a), np.int64(b)))


def _rescaled(value: int, bits: int) -> int:
    return int(shifted(np.array(value, np.int64), bits))
