"""A network's inputs and outputs as bytes and as numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tinylab.zoo.network import Shape, elements
from tinylab.zoo.tensor_type import FloatArray, Number, TensorType

ALIGNMENT = 8
"""In a block of several tensors, each begins at a multiple of this."""


@dataclass(frozen=True)
class Tensor:
    """One input or output: `kind` is a `Number`; for the other fields see `TensorType`."""

    kind: str
    elements: int
    scale: float | None = None
    zero_point: int = 0

    @staticmethod
    def of(shape: Shape, type: TensorType) -> Tensor:
        return Tensor(type.number, elements(shape), type.scale, type.zero_point)

    @property
    def type(self) -> TensorType:
        return TensorType(Number(self.kind), self.scale, self.zero_point)

    @property
    def is_float(self) -> bool:
        return self.type.is_float

    @property
    def size(self) -> int:
        """In bytes."""
        return self.type.number.bytes * self.elements

    def encode(self, values: FloatArray) -> bytes:
        """The tensor's bytes for real values, shape (elements,); those out of range saturate."""
        return self.type.encode(values).tobytes()

    def decode(self, data: bytes) -> FloatArray:
        """The real values that the bytes represent, shape (elements,)."""
        return self.type.decode(np.frombuffer(data, self.type.number.dtype))

    def random(self, generator: np.random.Generator) -> bytes:
        """Bytes of random values: 0 to 1 for floats, the whole range for integers."""
        return self.encode(self.type.random(generator, (self.elements,)))


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
