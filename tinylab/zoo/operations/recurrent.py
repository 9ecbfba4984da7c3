"""Recurrent layers, most of them of floats alone."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

from tinylab.zoo.tensor_type import Array, FloatArray


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

    `c = f * c + i * activation(candidate)`, limited to -clip and clip; `h = o * activation(c)`.
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
    clip: float = math.inf


@dataclass(frozen=True, eq=False)
class IntegerLSTM:
    """An LSTM of int8 tensors with an int16 memory, whose output has a row for each of the input.

    Its states are h, int8, and c, int16 of a scale that is a power of two. Arrays as for LSTM, with
    a scale for each of the four gates; the scale of the bias is input scale x kernel scale.
    `hidden` has the scale and the zero point of h.
    """

    kernel: Array
    recurrent: Array
    bias: Array
    kernel_scales: tuple[float, ...]
    recurrent_scales: tuple[float, ...]
    hidden_scale: float
    hidden_zero: int
    clip: float = math.inf


@dataclass(frozen=True, eq=False)
class SVDF:
    """A dense layer over a memory of what filters made of the last inputs.

    `memory` (filters, length) is its state: it is shifted by one, and gets
    `features @ x`. Then `y[unit]` is the bias and the sum of `time * memory` over the filters of
    the unit, of which there are `rank`. Features (filters, inputs), time (filters, length), bias
    (units). With int8 tensors, the features are int8 too, memory and time int16 or int8; the scale
    of the bias is that of memory x time.
    """

    features: Array
    time: Array
    bias: Array
    rank: int
    feature_scale: float = 0.0
    time_scale: float = 0.0


Recurrent = SimpleRNN | GRU | LSTM
