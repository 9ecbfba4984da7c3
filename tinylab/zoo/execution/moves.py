"""Operations that move or compare elements of any type; arrays are (N, *shape)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tinylab.zoo.execution.windows import image, padded
from tinylab.zoo.operations import ArgMax, Concat, Pad, Repeat, Reshape, Slice, Transpose
from tinylab.zoo.tensor_type import WHOLE, Array, TensorType

Move = Concat | Pad | Repeat | Reshape | Slice | Transpose


def moved(operation: Move, inputs: Sequence[Array], made: TensorType) -> Array:
    """The output, whose shape the caller sets. All tensors have the type `made`."""
    x = inputs[0]
    match operation:
        case Concat(axis=axis):
            return np.concatenate(list(inputs), axis + 1)
        case Transpose(axes=axes):
            return x.transpose(0, *(axis + 1 for axis in axes))
        case Slice():
            return x[(slice(None), *slices(operation))]
        case Repeat(shape=shape):
            return np.broadcast_to(x, (len(x), *shape))
        case Pad(padding=padding, value=value):
            return padded(image(x), padding, made.encode(np.array(value, np.float32)).item())
        case Reshape():
            return x


def place_of_best(operation: ArgMax, x: Array) -> Array:
    """(N, ...) whole numbers for (N, ..., count): the first place of the greatest or least."""
    places: Array = x.argmin(-1) if operation.least else x.argmax(-1)
    return places.astype(WHOLE.number.dtype)


def slices(operation: Slice) -> tuple[slice, ...]:
    """What a slice takes of each dimension, as Python slices it."""
    made = []
    for begin, size, step in zip(operation.begin, operation.size, operation.step, strict=True):
        end = begin + size * step
        made.append(slice(begin, None if end < 0 else end, step))
    return tuple(made)
