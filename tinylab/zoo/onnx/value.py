"""In which order the elements of an ONNX tensor are in memory.

ONNX has channels before positions; this package has them last. A tensor of ONNX is therefore a
view of a layer's output: transposing and reshaping change the view, and cost nothing on the board.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from tinylab.errors import ModelFileError
from tinylab.zoo.damage import REMEDY_MEMORY
from tinylab.zoo.network import Shape
from tinylab.zoo.tensor_type import Array

Axes = tuple[int, ...]
Positions = npt.NDArray[np.int32]
MAX_ELEMENTS = 2**24
"""Of a computed tensor: 64 MiB of floats."""


@dataclass(frozen=True, eq=False)
class Turned:
    """How a scattered tensor looks if the tensor that was reshaped is first put in ONNX' order.

    That one had the shape `full`, and the order `axes` in memory; then it is the value `then`.
    """

    full: Shape
    axes: Axes
    then: Value


@dataclass(frozen=True, eq=False)
class Value:
    """The output of layer `name`, as ONNX sees it: with the shape `full`.

    `axes` are all axes of `full` in the order in which they are in memory. Where no order of axes
    says it, as after flattening an image, `scattered` has each element's position in memory,
    in the shape `full`. Axes of size 1 may be anywhere.
    """

    name: str
    full: Shape
    axes: Axes = ()
    scattered: Positions | None = None
    integer: bool = False
    """Whether the file has the stored integers here, not the numbers that they represent."""
    turned: Turned | None = None
    """Of a scattered tensor; None if no transposition puts it in order."""

    @property
    def rank(self) -> int:
        return len(self.full)

    @cached_property
    def positions(self) -> Positions:
        """Each element's position in memory, of the shape `full`."""
        if self.scattered is not None:
            return self.scattered
        count = math.prod(self.full)
        if count > MAX_ELEMENTS:
            raise ModelFileError(f"makes a tensor of {count:,} numbers.", remedy=REMEDY_MEMORY)
        stored = np.arange(count, dtype=np.int32).reshape([self.full[axis] for axis in self.axes])
        return stored.transpose(np.argsort(self.axes))

    def is_stored_as(self, axes: Axes) -> bool:
        """Whether the elements are in memory with the `axes` in this order."""
        if self.scattered is None:
            return self._long(self.axes) == self._long(axes)
        flat = self.scattered.transpose(axes).ravel()
        return bool((flat == np.arange(flat.size)).all())

    def _long(self, axes: Axes) -> Axes:
        return tuple(axis for axis in axes if self.full[axis] > 1)

    def alike(self, other: Value) -> bool:
        """Whether both have the same shape, and the same order in memory."""
        if self.full != other.full:
            return False
        if self.scattered is None and other.scattered is None:
            return self._long(self.axes) == other._long(other.axes)
        return bool((self.positions == other.positions).all())

    def transposed(self, order: Axes) -> Value:
        """With axis `order[i]` at the place i."""
        if sorted(order) != list(range(self.rank)):
            raise ValueError(f"a tensor of {self.rank} dimensions is transposed by {order}")
        full = tuple(self.full[axis] for axis in order)
        if self.scattered is not None:
            before = self.turned
            turned = before and replace(before, then=before.then.transposed(order))
            scattered = self.scattered.transpose(order)
            return _simplest(replace(self, full=full, scattered=scattered, turned=turned))
        return replace(self, full=full, axes=tuple(order.index(axis) for axis in self.axes))

    def reshaped(self, full: Shape) -> Value:
        """The same elements, in ONNX' order, in the shape `full`."""
        plain = tuple(range(len(full)))
        if self.is_stored_as(tuple(range(self.rank))):
            return replace(self, full=full, axes=plain, scattered=None, turned=None)
        before = self.turned
        if self.scattered is None:
            before = Turned(self.full, self.axes, Value("", self.full, tuple(range(self.rank))))
        turned = before and replace(before, then=before.then.reshaped(full))
        scattered = self.positions.reshape(full)
        return _simplest(replace(self, full=full, axes=(), scattered=scattered, turned=turned))

    def scattered_as(self, positions: Positions) -> Value:
        """The same layer's output, with each element at one of the `positions` in memory."""
        return replace(self, axes=(), scattered=positions)

    def in_memory_order(self, numbers: Array, stored: Shape) -> Array:
        """`numbers`, which broadcast to `full`, in an array that broadcasts to `stored`.

        `stored` is the layer's output shape. An array with one dimension has a number for each
        channel.
        """
        numbers = np.asarray(numbers)
        if numbers.size == 1:
            return numbers.reshape(())
        numbers = numbers.reshape((1,) * (self.rank - numbers.ndim) + numbers.shape)
        if self.scattered is None and numbers.ndim == self.rank:
            ordered = numbers.transpose(self.axes)
            if self._long_sizes == tuple(size for size in stored if size > 1):
                return _like(np.asarray(ordered), stored, self._stored_full)
        wide = np.broadcast_to(numbers, self.full)
        made = np.empty(math.prod(self.full), numbers.dtype)
        made[self.positions.ravel()] = wide.ravel()
        return made.reshape(stored)

    @property
    def _stored_full(self) -> Shape:
        return tuple(self.full[axis] for axis in self.axes)

    @property
    def _long_sizes(self) -> Shape:
        return tuple(size for size in self._stored_full if size > 1)


def channels_last(rank: int) -> Axes:
    """The order of ONNX' axes in memory: batch, positions, channels."""
    return (0, *range(2, rank), 1) if rank > 1 else tuple(range(rank))


def _simplest(value: Value) -> Value:
    """The same view, by an order of axes if there is one."""
    for axes in (tuple(range(value.rank)), channels_last(value.rank)):
        if value.is_stored_as(axes):
            return replace(value, axes=axes, scattered=None, turned=None)
    return value


def _like(numbers: Array, stored: Shape, full: Shape) -> Array:
    """`numbers`, which broadcast to `full`, without or with other axes of size 1."""
    sizes = [size for size, whole in zip(numbers.shape, full, strict=True) if whole > 1]
    left = iter(sizes)
    return numbers.reshape([next(left) if size > 1 else 1 for size in stored])
