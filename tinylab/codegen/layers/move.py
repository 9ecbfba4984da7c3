"""Moves elements of any type: transposes, slices, joins."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from tinylab.codegen.layers.grid import broadcast, grid, strides
from tinylab.codegen.layers.kernel import Call, Kernel, Order, Parameter, Request, Value
from tinylab.zoo.network import Shape, elements
from tinylab.zoo.operations import Concat, Repeat, Slice, Transpose


@dataclass(frozen=True)
class MoveKernel(Kernel):
    """Writes in order what it reads at a start and by steps."""

    bytes: int
    """Of one element."""
    start: int
    sizes: Shape
    steps: tuple[int, ...]

    def order(self) -> Order | None:
        return None

    def call(self) -> Call:
        fields: Mapping[str, Value] = {
            "bytes": self.bytes,
            "start": self.start,
            **grid(self.sizes, {"": self.steps}),
        }
        return Call("tl_move", "tl_move_t", fields)


@dataclass(frozen=True)
class ConcatKernel(Kernel):
    rows: int
    parts: tuple[int, ...]
    """Bytes of a row of each input."""

    def parameters(self) -> tuple[Parameter, ...]:
        return (Parameter.of("parts", np.array(self.parts), "<i4"),)

    def order(self) -> Order | None:
        return None

    def call(self) -> Call:
        return Call("tl_concat", numbers=(self.rows, len(self.parts)), inputs_as_array=True)


def kernel(request: Request) -> Kernel:
    """For a transpose, a slice or a repetition."""
    layer, given = request.operation, request.inputs[0]
    width, along = given.type.number.bytes, strides(given.shape)
    if isinstance(layer, Transpose):
        steps = tuple(along[axis] for axis in layer.axes)
        return MoveKernel(width, 0, request.output.shape, steps)
    if isinstance(layer, Repeat):
        return MoveKernel(width, 0, layer.shape, broadcast(given.shape, layer.shape))
    assert isinstance(layer, Slice)
    start = sum(begin * stride for begin, stride in zip(layer.begin, along, strict=True))
    steps = tuple(step * stride for step, stride in zip(layer.step, along, strict=True))
    return MoveKernel(width, start, layer.size, steps)


def concat(request: Request) -> Kernel:
    layer = request.operation
    assert isinstance(layer, Concat)
    width = request.output.type.number.bytes
    parts = tuple(width * elements(one.shape[layer.axis :]) for one in request.inputs)
    return ConcatKernel(elements(request.output.shape[: layer.axis]), parts)
