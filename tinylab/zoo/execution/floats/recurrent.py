"""Recurrent layers on the host: one step after another, all samples at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from tinylab.zoo.execution.curves import FUNCTIONS
from tinylab.zoo.operations import (
    GRU,
    LSTM,
    SVDF,
    CellFunction,
    Function,
    Recurrent,
    SimpleRNN,
)
from tinylab.zoo.tensor_type import FloatArray

Curve = Callable[[FloatArray], FloatArray]
State = tuple[FloatArray, ...]
"""What a step passes to the next: the output first."""


def _unit(x: FloatArray) -> FloatArray:
    return np.clip(x, np.float32(0), np.float32(1))


CURVES: Mapping[CellFunction, Curve] = {
    CellFunction.UNIT: _unit,
    **{one: FUNCTIONS[Function(one)] for one in CellFunction if one is not CellFunction.UNIT},
}


def run(
    operation: Recurrent, x: FloatArray, before: Sequence[FloatArray] = ()
) -> tuple[FloatArray, State]:
    """(N, units) or (N, steps, units) from (N, steps, inputs), and the states after the last step.

    `before` has those to begin with, (N, units) each; zeros if it is empty.
    """
    units, steps = operation.recurrent.shape[0], x.shape[1]
    zeros = np.zeros((len(x), units), np.float32)
    state: State = tuple(before) or (zeros, zeros)
    made = np.zeros((len(x), steps, units), np.float32)
    order = range(steps)
    for step in reversed(order) if operation.backwards else order:
        state = _step(operation, x[:, step], state)
        made[:, step] = state[0]
    return (made if operation.sequences else state[0]), state


def svdf(cell: SVDF, x: FloatArray, before: FloatArray) -> tuple[FloatArray, State]:
    """(N, units) from (N, inputs), and the memory (N, filters, length) afterwards."""
    newest = (x @ cell.features.T)[..., None]
    after = np.concatenate([before[..., 1:], newest], -1)
    sums = (after * cell.time).sum(-1)
    return sums.reshape(len(x), -1, cell.rank).sum(-1) + cell.bias, (after,)


def _step(operation: Recurrent, x: FloatArray, state: State) -> State:
    match operation:
        case SimpleRNN():
            return _simple(operation, x, state)
        case GRU():
            return _gru(operation, x, state)
        case LSTM():
            return _lstm(operation, x, state)


def _simple(cell: SimpleRNN, x: FloatArray, state: State) -> State:
    return (CURVES[cell.activation](x @ cell.kernel + state[0] @ cell.recurrent + cell.bias),)


def _gru(cell: GRU, x: FloatArray, state: State) -> State:
    h, units = state[0], cell.recurrent.shape[0]
    gate = CURVES[cell.gate]
    given = x @ cell.kernel + cell.bias
    kept = h @ cell.recurrent[:, : 2 * units] + cell.recurrent_bias[: 2 * units]
    z, r = (gate(one) for one in np.split(given[:, : 2 * units] + kept, 2, axis=1))
    last, offset = cell.recurrent[:, 2 * units :], cell.recurrent_bias[2 * units :]
    own = r * (h @ last + offset) if cell.reset_after else (r * h) @ last + offset
    candidate = CURVES[cell.activation](given[:, 2 * units :] + own)
    return (z * h + (np.float32(1) - z) * candidate,)


def _lstm(cell: LSTM, x: FloatArray, state: State) -> State:
    h, c = state
    gate, curve = CURVES[cell.gate], CURVES[cell.activation]
    i, f, candidate, o = np.split(x @ cell.kernel + h @ cell.recurrent + cell.bias, 4, axis=1)
    clip = np.float32(cell.clip)
    c = np.clip(gate(f) * c + gate(i) * curve(candidate), -clip, clip)
    return gate(o) * curve(c), c
