"""Recurrent layers of floats."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from tinylab.zoo.tensor_type import FloatArray


class CellFunction(StrEnum):
    """Activation functions inside recurrent layers."""

    LINEAR = "linear"
    RELU = "relu"
    TANH = "tanh"
    SIGMOID = "sigmoid"
    UNIT = "unit"
    """Limits of 0 and 1. With a scale and an offset in the weights, it is hard_sigmoid."""


@dataclass(frozen=True, eq=False)
class SimpleRNN:
    """`h = activation(x @ kernel + h @ recurrent + bias)` for every row x of the input.

    The state h begins with zeros. The output is its last value, or with `sequences` that of every
    row. With `backwards`, the rows are taken from the last to the first.
    Kernel (inputs, units), recurrent (units, units), bias (units).
    """

    kernel: FloatArray
    recurrent: FloatArray
    bias: FloatArray
    activation: CellFunction
    sequences: bool
    backwards: bool


@dataclass(frozen=True, eq=False)
class GRU:
    """As SimpleRNN, with the gates z and r: `h = z * h + (1 - z) * activation(candidate)`.

    All arrays have z, r and the candidate one after another: kernel (inputs, 3 x units), recurrent
    (units, 3 x units), bias and recurrent_bias (3 x units). With `reset_after`, r is multiplied by
    the state's part of the candidate, otherwise by the state before that.
    """

    kernel: FloatArray
    recurrent: FloatArray
    bias: FloatArray
    recurrent_bias: FloatArray
    activation: CellFunction
    gate: CellFunction
    reset_after: bool
    sequences: bool
    backwards: bool


@dataclass(frozen=True, eq=False)
class LSTM:
    """As SimpleRNN, with a memory c and gates i, f and o.

    `c = f * c + i * activation(candidate)`; `h = o * activation(c)`.
    All arrays have i, f, the candidate and o one after another: kernel (inputs, 4 x units),
    recurrent (units, 4 x units), bias (4 x units).
    """

    kernel: FloatArray
    recurrent: FloatArray
    bias: FloatArray
    activation: CellFunction
    gate: CellFunction
    sequences: bool
    backwards: bool


Recurrent = SimpleRNN | GRU | LSTM
