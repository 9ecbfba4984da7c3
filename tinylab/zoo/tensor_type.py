"""How the elements of a tensor are stored: floats, or quantised integers.

A quantised element q represents the real number `scale x (q - zero_point)`
(TensorFlow Lite 8-bit quantisation specification).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
"""Elements as they are stored: their dtype is their tensor type's."""
FloatArray = npt.NDArray[np.float32]


class Number(StrEnum):
    """Types of numbers, by the names of TensorFlow Lite and numpy."""

    FLOAT32 = "float32"
    INT8 = "int8"
    UINT8 = "uint8"
    INT16 = "int16"
    UINT16 = "uint16"
    INT32 = "int32"
    INT64 = "int64"

    @property
    def dtype(self) -> np.dtype[Any]:
        """Little-endian, as on the boards."""
        return np.dtype(self.value).newbyteorder("<")

    @property
    def bytes(self) -> int:
        """Of one element."""
        return self.dtype.itemsize

    @property
    def range(self) -> tuple[int, int]:
        """The least and the greatest value of an integer type."""
        limits = np.iinfo(np.dtype(self.value))
        return int(limits.min), int(limits.max)


@dataclass(frozen=True)
class TensorType:
    """The type of a tensor; `scale` is None for floats, whole numbers, and where it is unknown."""

    number: Number = Number.FLOAT32
    scale: float | None = None
    zero_point: int = 0

    @property
    def is_float(self) -> bool:
        return self.number is Number.FLOAT32

    @property
    def is_whole(self) -> bool:
        """Whether elements are whole numbers that are not quantised, such as those of classes."""
        return self.number in (Number.INT32, Number.INT64) and self.scale is None

    @property
    def step(self) -> float:
        """The scale, of a quantised type."""
        assert self.scale is not None, "floats have no scale"
        return self.scale

    def encode(self, values: npt.NDArray[np.float32]) -> Array:
        """Real values as they are stored, same shape; those out of range saturate."""
        if self.is_float:
            return values.astype(self.number.dtype)
        steps = np.rint(values.astype(np.float64) / (self.scale or 1.0)) + self.zero_point
        return saturated(steps, self.number)

    def decode(self, stored: Array) -> npt.NDArray[np.float32]:
        """The real values that stored elements represent, same shape."""
        if self.is_float:
            return stored.astype(np.float32)
        steps = stored.astype(np.float64) - self.zero_point
        return (steps * (self.scale or 1.0)).astype(np.float32)

    def random(
        self, generator: np.random.Generator, shape: tuple[int, ...]
    ) -> npt.NDArray[np.float32]:
        """Real values: 0 to 1 for floats, the whole range for integers."""
        if self.is_float:
            return generator.random(shape, dtype=np.float32)
        return self.decode(generator.integers(*self.number.range, shape, endpoint=True))


FLOAT = TensorType()
WHOLE = TensorType(Number.INT32)
"""Whole numbers inside a network."""


def saturated(steps: Array, number: Number) -> Array:
    """Whole numbers in the range of the integer type `number`, as its dtype."""
    clipped: Array = np.clip(steps, *number.range).astype(number.dtype)
    return clipped
