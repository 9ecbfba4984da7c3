"""Resizing on the host; images are (N, height, width, channels)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tinylab.zoo.floats.operations import Floats, Interpolation, Resize
from tinylab.zoo.tensor_type import Array

Places = npt.NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Axis:
    """Between which input positions each output position lies, and how far from the first."""

    lower: Places
    upper: Places
    fraction: Floats


def axis_of(operation: Resize, given: int, made: int) -> Axis:
    """Along an axis of `given` input and `made` output positions.

    Source: resize_bilinear.h and resize_nearest_neighbor.h of TensorFlow Lite's reference kernels,
    which compute in float32.
    """
    scale = np.float32(given) / np.float32(made)
    if operation.align_corners and made > 1:
        scale = np.float32(given - 1) / np.float32(made - 1)
    half = np.float32(0.5 if operation.half_pixel else 0.0)
    places = np.arange(made, dtype=np.float32) + half
    if operation.interpolation is Interpolation.NEAREST:
        at = np.floor(places * scale + np.float32(0.5 if operation.align_corners else 0.0))
        near = np.clip(at, 0, given - 1).astype(np.int32)
        return Axis(near, near, np.zeros(made, np.float32))
    at = places * scale - half
    lower = np.clip(np.floor(at), 0, given - 1)
    upper = np.clip(np.ceil(at), 0, given - 1)
    fraction = np.where(upper > lower, at - lower, 0).astype(np.float32)
    return Axis(lower.astype(np.int32), upper.astype(np.int32), fraction)


def resize(operation: Resize, x: Array) -> Array:
    rows = axis_of(operation, x.shape[1], operation.size[0])
    columns = axis_of(operation, x.shape[2], operation.size[1])
    if operation.interpolation is Interpolation.NEAREST:
        nearest: Array = x[:, rows.lower][:, :, columns.lower]
        return nearest
    down, right = rows.fraction[:, None, None], columns.fraction[:, None]

    def between(line: Array) -> Array:
        first, second = line[:, :, columns.lower], line[:, :, columns.upper]
        return np.asarray(first + (second - first) * right)

    upper, lower = between(x[:, rows.lower]), between(x[:, rows.upper])
    return np.asarray(upper + (lower - upper) * down, np.float32)
