"""Images of another size, by their nearest pixels or between four, as TensorFlow Lite does it.

Sources: resize_nearest_neighbor.h and resize_bilinear.h of tensorflow/lite/kernels/internal/
reference. Along each axis, an output is between two inputs, at a fraction of their distance.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from tinylab.zoo.network import Shape
from tinylab.zoo.operations import Corners, Resize
from tinylab.zoo.tensor_type import Array

Places = npt.NDArray[np.int64]
T = TypeVar("T")
ONE = 1 << 10
"""The distance of two pixels in whole numbers."""


@dataclass(frozen=True, eq=False)
class Between:
    """For each output along one axis: two inputs, and how far from the first to the second."""

    first: Places
    second: Places
    fraction: npt.NDArray[Any]
    """float32; or int64 in parts of `ONE`."""


def nearest(corners: Corners, given: int, made: int) -> Places:
    """The input for each output along one axis of these lengths (GetNearestNeighbor)."""
    offset = np.float32(0.5 if corners is Corners.CENTRED else 0.0)
    exact = (np.arange(made, dtype=np.float32) + offset) * _scale(corners, given, made)
    aligned = corners is Corners.ALIGNED
    found = np.floor(exact + np.float32(0.5)) if aligned else np.floor(exact)
    clipped: Places = np.clip(found.astype(np.int64), 0, given - 1)
    return clipped


def in_floats(corners: Corners, given: int, made: int) -> Between:
    """ComputeInterpolationValues."""
    scale, at = _scale(corners, given, made), np.arange(made, dtype=np.float32)
    half = np.float32(0.5)
    exact = (at + half) * scale - half if corners is Corners.CENTRED else at * scale
    first = np.maximum(np.floor(exact), 0).astype(np.int64)
    second = np.minimum(np.ceil(exact), given - 1).astype(np.int64)
    return Between(first, second, exact - first.astype(np.float32))


def in_integers(corners: Corners, given: int, made: int) -> Between:
    """ComputeInterpolationValuesInteger."""
    top, bottom = given, made
    if corners is Corners.ALIGNED and made > 1:
        top, bottom = given - 1, made - 1
    scale = (ONE * top + bottom // 2) // bottom
    exact = np.arange(made, dtype=np.int64) * scale
    if corners is Corners.CENTRED:
        exact = exact + scale // 2 - ONE // 2
    first = np.maximum(exact // ONE, 0)
    second = np.minimum(np.maximum((exact + ONE - 1) // ONE, 0), given - 1)
    return Between(first, second, exact - first * ONE)


def _scale(corners: Corners, given: int, made: int) -> np.float32:
    if corners is Corners.ALIGNED and made > 1:
        return np.float32(given - 1) / np.float32(made - 1)
    return np.float32(given) / np.float32(made)


def resized(operation: Resize, x: Array) -> Array:
    """(N, *size, channels) for images (N, height, width, channels) of floats or int8."""
    shape = x.shape[1:]
    if not operation.bilinear:
        rows, columns = places(nearest, operation, shape)
        taken: Array = x[:, rows][:, :, columns]
        return taken
    if x.dtype == np.float32:
        return _interpolated(x, *places(in_floats, operation, shape), np.float32(1))
    total = _interpolated(x.astype(np.int64), *places(in_integers, operation, shape), ONE)
    half = np.where(total > 0, ONE * ONE // 2, -ONE * ONE // 2)
    rounded: Array = np.abs(total + half) // (ONE * ONE) * np.sign(total + half)
    return rounded.astype(x.dtype)


def places(along: Callable[[Corners, int, int], T], operation: Resize, shape: Shape) -> tuple[T, T]:
    """Of rows and of columns."""
    rows, columns = (
        along(operation.corners, given, made)
        for given, made in zip(shape[:2], operation.size, strict=True)
    )
    return rows, columns


def _interpolated(x: Array, rows: Between, columns: Between, one: Any) -> Array:
    down, right = rows.fraction[:, None, None], columns.fraction[:, None]
    total: Array = (
        x[:, rows.first][:, :, columns.first] * (one - down) * (one - right)
        + x[:, rows.second][:, :, columns.first] * down * (one - right)
        + x[:, rows.first][:, :, columns.second] * (one - down) * right
        + x[:, rows.second][:, :, columns.second] * down * right
    )
    return total
