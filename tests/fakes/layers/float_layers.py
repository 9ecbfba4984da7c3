"""Float layers in double precision, from their definitions: one position and step at a time."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tinylab.zoo.operations import (
    GRU,
    LSTM,
    CellFunction,
    LayerNorm,
    Recurrent,
    SimpleRNN,
)

Doubles = npt.NDArray[np.float64]


def normalised(operation: LayerNorm, x: Doubles) -> Doubles:
    runs = x.reshape(-1, operation.scale.size)
    centred = runs - runs.mean(1, keepdims=True)
    deviation = np.sqrt(runs.var(1, keepdims=True) + operation.epsilon)
    return centred / deviation * operation.scale + operation.offset


CURVES = {
    CellFunction.LINEAR: lambda x: x,
    CellFunction.RELU: lambda x: np.maximum(x, 0),
    CellFunction.TANH: np.tanh,
    CellFunction.SIGMOID: lambda x: 1 / (1 + np.exp(-x)),
    CellFunction.UNIT: lambda x: np.clip(x, 0, 1),
}


def recurrent(operation: Recurrent, x: Doubles) -> Doubles:
    units = operation.recurrent.shape[0]
    h, c = np.zeros(units), np.zeros(units)
    made = np.zeros((len(x), units))
    order = range(len(x))
    for step in order[::-1] if operation.backwards else order:
        h, c = _step(operation, x[step], h, c)
        made[step] = h
    return made if operation.sequences else h


def _step(cell: Recurrent, x: Doubles, h: Doubles, c: Doubles) -> tuple[Doubles, Doubles]:
    curve = CURVES[cell.activation]
    if isinstance(cell, SimpleRNN):
        return curve(x @ cell.kernel + h @ cell.recurrent + cell.bias), c
    gate = CURVES[cell.gate]
    if isinstance(cell, LSTM):
        i, f, new, o = np.split(x @ cell.kernel + h @ cell.recurrent + cell.bias, 4)
        c = gate(f) * c + gate(i) * curve(new)
        return gate(o) * curve(c), c
    return _gru(cell, x, h), c


def _gru(cell: GRU, x: Doubles, h: Doubles) -> Doubles:
    gate = CURVES[cell.gate]
    (kz, kr, kh), (uz, ur, uh) = np.split(cell.kernel, 3, 1), np.split(cell.recurrent, 3, 1)
    (bz, br, bh), (az, ar, ah) = np.split(cell.bias, 3), np.split(cell.recurrent_bias, 3)
    z = gate(x @ kz + bz + h @ uz + az)
    r = gate(x @ kr + br + h @ ur + ar)
    own = r * (h @ uh + ah) if cell.reset_after else (r * h) @ uh + ah
    return z * h + (1 - z) * CURVES[cell.activation](x @ kh + bh + own)
