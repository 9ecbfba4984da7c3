"""Arithmetic of two float tensors, element by element; both broadcast."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from tinylab.zoo.operations import ArithmeticKind
from tinylab.zoo.tensor_type import Array, FloatArray

NOTHING = np.float32(0)


def combined(kind: ArithmeticKind, a: Array, b: Array) -> FloatArray:
    """The result; of comparisons 1 or 0."""
    return np.asarray(KINDS[kind](a, b), np.float32)


KINDS: Mapping[ArithmeticKind, Callable[[Array, Array], Array]] = {
    ArithmeticKind.ADD: lambda a, b: a + b,
    ArithmeticKind.SUBTRACT: lambda a, b: a - b,
    ArithmeticKind.MULTIPLY: lambda a, b: a * b,
    ArithmeticKind.MAXIMUM: np.maximum,
    ArithmeticKind.MINIMUM: np.minimum,
    ArithmeticKind.PRELU: lambda a, b: np.where(a >= 0, a, a * b),
    ArithmeticKind.DIVIDE: lambda a, b: a / b,
    ArithmeticKind.POWER: np.power,
    ArithmeticKind.SQUARED_DIFFERENCE: lambda a, b: np.square(a - b),
    ArithmeticKind.LESS: np.less,
    ArithmeticKind.LESS_EQUAL: np.less_equal,
    ArithmeticKind.EQUAL: np.equal,
    ArithmeticKind.NOT_EQUAL: np.not_equal,
    ArithmeticKind.WHERE: lambda a, b: np.where(a != 0, b, NOTHING),
    ArithmeticKind.UNLESS: lambda a, b: np.where(a == 0, b, NOTHING),
}
