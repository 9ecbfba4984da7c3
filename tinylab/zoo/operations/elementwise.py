"""Operations that compute each element of the output from the elements at its place."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Function(StrEnum):
    """Activation functions."""

    LINEAR = "linear"
    RELU = "relu"
    RELU6 = "relu6"
    SIGMOID = "sigmoid"
    TANH = "tanh"
    SOFTMAX = "softmax"
    LEAKY_RELU = "leaky_relu"
    ELU = "elu"
    GELU = "gelu"
    GELU_TANH = "gelu_tanh"
    """GELU by its approximation with tanh."""
    HARD_SWISH = "hard_swish"
    SELU = "selu"
    SWISH = "swish"
    SOFTPLUS = "softplus"
    EXP = "exp"


@dataclass(frozen=True)
class Activate:
    """An activation function, element by element (softmax: over the last axis).

    `factor` is the slope below zero of leaky_relu, the limit of elu there (negative), and what
    softmax multiplies its input by; the others have none.
    """

    function: Function
    factor: float = 1.0


@dataclass(frozen=True)
class Clip:
    """`y = min(max(x, low), high)`; a bound may be infinite."""

    low: float
    high: float


class ArithmeticKind(StrEnum):
    """What is computed of two elements."""

    ADD = "add"
    SUBTRACT = "subtract"
    MULTIPLY = "multiply"
    MAXIMUM = "maximum"
    MINIMUM = "minimum"
    PRELU = "prelu"
    """The first where it is not negative, else the product of both."""


@dataclass(frozen=True)
class Arithmetic:
    """Two inputs, element by element; dimensions of 1 broadcast.

    The shapes have the same number of dimensions.
    """

    kind: ArithmeticKind


@dataclass(frozen=True)
class Convert:
    """The same numbers in another type: quantises, dequantises, or changes the scale.

    With `as_joined`, int8 elements are multiplied as LiteRT does with uint8 ones that it joins: in
    single precision.
    """

    as_joined: bool = False


@dataclass(frozen=True)
class Dropout:
    """Does nothing at inference."""
