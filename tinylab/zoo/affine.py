"""A scale and an offset of any shape, appended to a network: `y = x * scale + offset`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from tinylab.errors import ModelFileError
from tinylab.zoo.builder import Builder
from tinylab.zoo.checks.validation import REMEDY
from tinylab.zoo.network import Shape
from tinylab.zoo.operations import BatchNorm
from tinylab.zoo.tensor_type import FloatArray

Numbers = float | npt.NDArray[Any]


def append(
    builder: Builder, name: str, source: str, scale: Numbers = 1.0, offset: Numbers = 0.0
) -> str:
    """Append `y = x * scale + offset` on the output of layer `source`; returns the result's name.

    Both are broadcast to the input with its batch of one. Those that differ between positions
    take a number for each element, and the layer works on the flattened input.
    Raises ModelFileError if they do not fit.
    """
    shape = builder.shapes[source]
    try:
        factors, terms = (_fitting(values, shape) for values in (scale, offset))
    except ModelFileError as error:
        raise builder.told(name, error) from error
    if _per_channel(factors) and _per_channel(terms):
        size: Shape = shape[-1:]
        return builder.add(name, _operation(factors, terms, size), source)
    flat = builder.reshape(f"{name}_flat", source, (math.prod(shape),))
    scaled = builder.add(f"{name}_scale", _operation(factors, terms, (1, *shape)), flat)
    return builder.reshape(name, scaled, shape)


def add_to_last(builder: Builder, source: str, offset: Numbers) -> bool:
    """Add `offset` to layer `source`, if that is the last one and has an offset per channel."""
    last = builder.layers[-1] if builder.layers else None
    terms = _fitting(offset, builder.shapes[source])
    if last is None or last.name != source or not _per_channel(terms):
        return False
    if not isinstance(last.operation, BatchNorm):
        return False
    operation = BatchNorm(last.operation.scale, last.operation.offset + terms)
    builder.change_last(operation)
    return True


def _operation(factors: FloatArray, terms: FloatArray, shape: Sequence[int]) -> BatchNorm:
    return BatchNorm(
        *(np.broadcast_to(values, shape).astype(np.float32).ravel() for values in (factors, terms))
    )


def _fitting(values: Numbers, shape: Shape) -> FloatArray:
    """`values` as float32, without leading dimensions of one, if they fit an input of `shape`."""
    with np.errstate(over="ignore"):  # what is not finite is refused with the weights
        array = np.asarray(values, np.float32)
    while array.ndim and array.shape[0] == 1:
        array = array[0]
    given = (1,) * (len(shape) - array.ndim) + array.shape
    fits = len(given) == len(shape) and all(
        size in (1, wanted) for size, wanted in zip(given, shape, strict=True)
    )
    if not fits:
        raise ModelFileError(
            f"has constants of the shape {np.shape(values)}, which do not fit its input of the "
            f"shape {shape}.",
            remedy=REMEDY,
        )
    return array


def _per_channel(array: FloatArray) -> bool:
    return array.ndim <= 1
