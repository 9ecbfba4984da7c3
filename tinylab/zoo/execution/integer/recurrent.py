"""Layers of int8 tensors that keep states, as TensorFlow Lite's reference kernels compute them.

All arrays hold integers in int64 elements.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tinylab.zoo.execution.integer import gemmlowp16
from tinylab.zoo.execution.integer.fixed_point import (
    Integers,
    Multiplier,
    multiplied,
    rounded_shift,
)
from tinylab.zoo.operations import SVDF, IntegerLSTM
from tinylab.zoo.tensor_type import Array, Number, TensorType, saturated

GATE_SCALE = 2.0**-12
"""Of the gates' sums: they have 3 integer bits."""
GATES = 4
INT16 = Number.INT16.range


@dataclass(frozen=True)
class LSTMNumbers:
    """What an LSTM multiplies by: for each gate, and for its output."""

    kernel: tuple[Multiplier, ...]
    recurrent: tuple[Multiplier, ...]
    hidden: Multiplier
    memory_exponent: int
    """The memory's scale is 2 to its power."""
    clip: int
    """Of the memory, in its steps; 0 for none."""

    @staticmethod
    def of(cell: IntegerLSTM, given: TensorType, states: Sequence[TensorType]) -> LSTMNumbers:
        """`states` are the types of h and of the memory."""
        state, memory = states
        hidden = 2.0**-15 / float(np.float32(cell.hidden_scale)) * 2.0**-15
        return LSTMNumbers(
            tuple(_gate(scale, given.step) for scale in cell.kernel_scales),
            tuple(_gate(scale, state.step) for scale in cell.recurrent_scales),
            Multiplier.of(float(np.float32(hidden))),
            exponent_of(memory.step),
            _clip(cell.clip, memory.step),
        )


def _gate(weight: float, given: float) -> Multiplier:
    product = np.float32(weight) * np.float32(given) / np.float32(GATE_SCALE)
    return Multiplier.of(float(product))


def _clip(limit: float, scale: float) -> int:
    if math.isinf(limit):
        return 0
    return int(min(float(np.float32(limit) / np.float32(scale)), INT16[1]))


def exponent_of(scale: float) -> int:
    """The power of two that `scale` is."""
    return round(math.log2(scale))


def effective_bias(
    cell: IntegerLSTM, given: TensorType, state: TensorType
) -> tuple[Integers, Integers]:
    """What begins the sums over the input and over the state, (4 x units) each."""
    kernel, recurrent = cell.kernel.astype(np.int64), cell.recurrent.astype(np.int64)
    own = cell.bias.astype(np.int64) - given.zero_point * kernel.sum(0)
    return own, -state.zero_point * recurrent.sum(0)


def lstm(
    cell: IntegerLSTM,
    x: Array,
    given: TensorType,
    before: Sequence[Array],
    states: Sequence[TensorType],
) -> tuple[Array, tuple[Array, Array]]:
    """(N, steps, units) int8 from (N, steps, inputs), and the states after the last step."""
    numbers = LSTMNumbers.of(cell, given, states)
    own, kept = effective_bias(cell, given, states[0])
    h, c = (one.astype(np.int64) for one in before)
    made = []
    for step in range(x.shape[1]):
        sums = x[:, step].astype(np.int64) @ cell.kernel.astype(np.int64) + own
        state = h @ cell.recurrent.astype(np.int64) + kept
        i, f, candidate, o = _gates(numbers, sums, state)
        c = _memory(numbers, i, f, candidate, c)
        product = o * gemmlowp16.tanh(c, 15 + numbers.memory_exponent)
        h = _times(product, numbers.hidden) + cell.hidden_zero
        h = saturated(h, Number.INT8).astype(np.int64)
        made.append(h)
    return np.stack(made, 1).astype(np.int8), (h.astype(np.int8), c.astype(np.int16))


def _gates(numbers: LSTMNumbers, sums: Integers, state: Integers) -> list[Integers]:
    """i, f, the candidate and o, with 0 integer bits."""
    made = []
    for index, (own, kept) in enumerate(
        zip(np.split(sums, GATES, 1), np.split(state, GATES, 1), strict=True)
    ):
        first = np.clip(_times(own, numbers.kernel[index]), *INT16)
        total = np.clip(_times(kept, numbers.recurrent[index]) + first, *INT16)
        curve = gemmlowp16.tanh(total, 3) if index == 2 else gemmlowp16.logistic(total)
        made.append(curve)
    return made


def _memory(
    numbers: LSTMNumbers, i: Integers, f: Integers, candidate: Integers, c: Integers
) -> Integers:
    kept = rounded_shift(f * c, np.int64(15))
    new = rounded_shift(i * candidate, np.int64(30 + numbers.memory_exponent))
    total: Integers = np.clip(kept + new, *INT16)
    return np.clip(total, -numbers.clip, numbers.clip) if numbers.clip else total


def _times(values: Integers, multiplier: Multiplier) -> Integers:
    return multiplied(values, np.int64(multiplier.mantissa), np.int64(multiplier.shift))


def svdf_multipliers(
    cell: SVDF, given: TensorType, memory: TensorType, made: TensorType
) -> tuple[Multiplier, Multiplier]:
    """Of the filters' sums, and of the output's."""
    first = np.float32(given.step) * np.float32(cell.feature_scale) / np.float32(memory.step)
    second = np.float32(memory.step) * np.float32(cell.time_scale) / np.float32(made.step)
    return Multiplier.of(float(first)), Multiplier.of(float(second))


def svdf(
    cell: SVDF,
    x: Array,
    before: Array,
    types: tuple[TensorType, TensorType, TensorType],
) -> tuple[Array, Array]:
    """(N, units) int8 from (N, inputs), and the memory (N, filters, length) afterwards.

    `types` are those of the input, the memory and the output.
    """
    given, memory, made = types
    first, second = svdf_multipliers(cell, given, memory, made)
    centred = x.astype(np.int64) - given.zero_point
    filters = np.clip(
        _times(centred @ cell.features.T.astype(np.int64), first), *memory.number.range
    )
    newest = (filters + memory.zero_point).astype(memory.number.dtype)
    after = np.concatenate([before[..., 1:], newest[..., None]], -1)
    sums = ((after.astype(np.int64) - memory.zero_point) * cell.time.astype(np.int64)).sum(-1)
    total = sums.reshape(len(x), -1, cell.rank).sum(-1) + cell.bias
    wrapped = (total + (1 << 31)) % (1 << 32) - (1 << 31)
    return saturated(_times(wrapped, second) + made.zero_point, made.number), after
