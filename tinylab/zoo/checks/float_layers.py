"""Whether the arrays and settings of float operations fit each other and their input."""

from __future__ import annotations

import math

from tinylab.errors import ModelFileError
from tinylab.zoo.operations import (
    GRU,
    LSTM,
    CellFunction,
    Embedding,
    FloatOperation,
    LayerNorm,
    Recurrent,
    SimpleRNN,
)

Shape = tuple[int, ...]
GATES = {SimpleRNN: 1, GRU: 3, LSTM: 4}
"""Parts that the arrays of a recurrent layer have for each unit."""


def check_floats(operation: FloatOperation, given: Shape) -> None:
    """Raises ModelFileError, whose message lacks its subject, the layer."""
    match operation:
        case Embedding(weights=weights):
            _expect("weights", weights.shape, (*weights.shape[:1], *weights.shape[1:2]))
            if len(weights.shape) != 2 or not weights.size:
                raise ModelFileError(f"has weights of the shape {weights.shape}")
        case LayerNorm(scale=scale, offset=offset):
            _expect("an offset", offset.shape, scale.shape)
            if len(scale.shape) != 1 or not scale.size or math.prod(given) % scale.size:
                raise ModelFileError(f"normalises {scale.shape} numbers of {given}")
            if not 0 <= operation.epsilon < math.inf:
                raise ModelFileError(f"has the epsilon {operation.epsilon}")
        case _:
            _check_recurrent(operation, given)


def _check_recurrent(operation: Recurrent, given: Shape) -> None:
    if len(given) != 2:
        raise ModelFileError(f"gets an input of the shape {given}, not of rows")
    if len(operation.recurrent.shape) != 2 or not operation.recurrent.size:
        raise ModelFileError(f"has a recurrent kernel of the shape {operation.recurrent.shape}")
    units = operation.recurrent.shape[0]
    made = GATES[type(operation)] * units
    _expect("a recurrent kernel", operation.recurrent.shape, (units, made))
    _expect("a kernel", operation.kernel.shape, (given[1], made))
    _expect("a bias", operation.bias.shape, (made,))
    if isinstance(operation, GRU):
        _expect("a recurrent bias", operation.recurrent_bias.shape, (made,))
    CellFunction(operation.activation)
    if not isinstance(operation, SimpleRNN):
        CellFunction(operation.gate)
    if isinstance(operation, LSTM) and not operation.clip > 0:
        raise ModelFileError(f"limits its memory to {operation.clip}")


def _expect(name: str, shape: Shape, wanted: Shape) -> None:
    if shape != wanted:
        raise ModelFileError(f"has {name} of the shape {shape}, not {wanted}")
