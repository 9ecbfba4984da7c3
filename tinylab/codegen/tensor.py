"""A network's inputs and outputs as bytes and as numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tinylab.zoo.network import FloatArray

DTYPES = {"float32": "<f4", "int8": "i1", "uint8": "u1", "int16": "<i2", "uint16": "<u2"}
ALIGNMENT = 8
"""In a block of several tensors, each begins at a multiple of this."""


@dataclass(frozen=True)
class Tensor:
    """One input or output: `kind` is a key of `DTYPES`.

    A quantised value q represents scale x (q - zero_point); `scale` is None if the kind is
    float32 or the scale is unknown.
    """

    kind: str
    elements: int
    scale: float | None = None
    zero_point: int = 0

    @property
    def is_float(self) -> bool:
        return self.kind == "float32"

    @property
    def size(self) -> int:
        """In bytes."""
        return np.dtype(DTYPES[self.kind]).itemsize * self.elements

    @property
    def range(self) -> tuple[int, int]:
        """The least and the greatest value of an integer kind."""
        limits = np.iinfo(np.dtype(DTYPES[self.kind]))
        return int(limits.min), int(limits.max)

    def encode(self, values: FloatArray) -> bytes:
        """The tensor's bytes for real values, shape (elements,); those out of range saturate."""
        if self.is_float:
            return bytes(values.astype("<f4").tobytes())
        steps = np.rint(values.astype(np.float64) / (self.scale or 1.0)) + self.zero_point
        return bytes(np.clip(steps, *self.range).astype(DTYPES[self.kind]).tobytes())

    def decode(self, data: bytes) -> FloatArray:
        """The real values that the bytes represent, shape (elements,)."""
        raw = np.frombuffer(data, DTYPES[self.kind]).astype(np.float64)
        if not self.is_float:
            raw = (raw - self.zero_point) * (self.scale or 1.0)
        return raw.astype(np.float32)

    def random(self, generator: np.random.Generator) -> bytes:
        """Bytes of random values: 0 to 1 for floats, the whole range for integers."""
        if self.is_float:
            return generator.random(self.elements, dtype=np.float32).astype("<f4").tobytes()
        low, high = self.range
        values = generator.integers(low, high, self.elements, endpoint=True)
        return values.astype(DTYPES[self.kind]).tobytes()


def number_type(*tensors: Sequence[Tensor]) -> str | None:
    """The kind of all these inputs and outputs; None where they differ."""
    kinds = {tensor.kind for several in tensors for tensor in several}
    return kinds.pop() if len(kinds) == 1 else None


def offsets(tensors: Sequence[Tensor]) -> tuple[int, ...]:
    """The offset of each tensor in a block of all of them, then the block's size."""
    places = [0]
    for tensor in tensors:
        end = places[-1] + tensor.size
        places.append(-(-end // ALIGNMENT) * ALIGNMENT)
    return tuple(places)


def joined(tensors: Sequence[Tensor], parts: Sequence[bytes]) -> bytes:
    """The block with `parts`, one for each tensor, up to the end of the last one."""
    places = offsets(tensors)
    block = b"".join(
        part.ljust(end - begin, b"\0")
        for part, begin, end in zip(parts, places[:-1], places[1:], strict=True)
    )
    return block[: places[-2] + len(parts[-1])]


def split(tensors: Sequence[Tensor], block: bytes) -> list[bytes]:
    """The parts of a block made by `joined`."""
    places = offsets(tensors)
    return [
        block[begin : begin + tensor.size] for tensor, begin in zip(tensors, places, strict=False)
    ]
