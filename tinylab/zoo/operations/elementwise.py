"""Operations that compute each element of the output from the elements at its place."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Function(StrEnum):
    """Functions of one number; softmax and log_softmax: of a row."""

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
    LOG = "log"
    LOG_SOFTMAX = "log_softmax"
    ABS = "abs"
    SIGN = "sign"
    SQUARE = "square"
    SQRT = "sqrt"
    RSQRT = "rsqrt"
    """One divided by the square root."""
    RECIPROCAL = "reciprocal"
    SIN = "sin"
    COS = "cos"
    ERF = "erf"
    FLOOR = "floor"
    CEIL = "ceil"
    ROUND = "round"
    """To the nearest whole number, halves to the even one."""
    TRUNCATE = "truncate"


@dataclass(frozen=True)
class Activate:
    """A function, element by element (softmax and log_softmax: over the last axis).

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
    DIVIDE = "divide"
    POWER = "power"
    SQUARED_DIFFERENCE = "squared_difference"
    LESS = "less"
    """1 where it is true, else 0; so are the other comparisons."""
    LESS_EQUAL = "less_equal"
    EQUAL = "equal"
    NOT_EQUAL = "not_equal"
    WHERE = "where"
    """The second where the first is not 0, else 0."""
    UNLESS = "unless"
    """The second where the first is 0, else 0."""


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
