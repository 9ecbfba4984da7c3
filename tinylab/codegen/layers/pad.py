"""Padding that could not be folded into a convolution, and copies."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tinylab.codegen.layers.kernel import Call, Kernel, Order, Request
from tinylab.codegen.layers.requantize import width
from tinylab.zoo.network import spatial
from tinylab.zoo.operations import Pad, Padding


@dataclass(frozen=True)
class PadKernel(Kernel):
    shape: tuple[int, int, int]
    """Of the input: (height, width, channels)."""
    padding: Padding
    function: str
    value: int | float

    @property
    def _output(self) -> tuple[int, int, int]:
        (top, bottom), (left, right) = self.padding
        height, width, channels = self.shape
        return top + height + bottom, left + width + right, channels

    def order(self) -> Order | None:
        height, width, _ = self.shape
        (top, _), (left, _) = self.padding
        ticks = np.arange(np.prod(self._output), dtype=np.int64)
        inside = ticks.reshape(self._output)[top : top + height, left : left + width]
        return Order(inside.reshape(-1), ticks)

    def call(self) -> Call:
        shape = {
            "in_height": self.shape[0],
            "in_width": self.shape[1],
            "channels": self.shape[2],
            "out_height": self._output[0],
            "out_width": self._output[1],
            "pad_top": self.padding[0][0],
            "pad_left": self.padding[1][0],
        }
        return Call(self.function, "tl_pad_t", shape, (self.value,))


@dataclass(frozen=True)
class CopyKernel(Kernel):
    bytes: int

    def order(self) -> Order | None:
        return None

    def call(self) -> Call:
        return Call("tl_copy", numbers=(self.bytes,))


def kernel(request: Request) -> Kernel | None:
    """For floats, and for int8 or int16 tensors of one type."""
    layer, given, made = request.operation, request.inputs[0], request.output.type
    assert isinstance(layer, Pad)
    if request.is_float:
        return PadKernel(spatial(given.shape), layer.padding, "tl_pad_f32", layer.value)
    kind = width(request)
    if kind is None or given.type != made:
        return None
    value = int(made.encode(np.array(layer.value, np.float32)))
    return PadKernel(spatial(given.shape), layer.padding, f"tl_pad_{kind}", value)


def copy(request: Request) -> Kernel:
    """The same bytes; of any type."""
    return CopyKernel(request.output.bytes)
