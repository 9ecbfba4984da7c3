"""Images of another size: the pixels to read are tables in the weights file."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tinylab.codegen.layers.kernel import Call, Kernel, Order, Parameter, Request
from tinylab.codegen.layers.requantize import WIDTHS, width
from tinylab.zoo.execution.resizing import Between, in_floats, in_integers, nearest, places
from tinylab.zoo.network import Shape
from tinylab.zoo.operations import Resize
from tinylab.zoo.tensor_type import Number


@dataclass(frozen=True)
class ResizeKernel(Kernel):
    layer: Resize
    shape: Shape
    """Of the input."""
    number: Number

    @property
    def _is_float(self) -> bool:
        return self.number is Number.FLOAT32

    def parameters(self) -> tuple[Parameter, ...]:
        if not self.layer.bilinear:
            rows, columns = places(nearest, self.layer, self.shape)
            return Parameter.of("rows", rows, "<i4"), Parameter.of("columns", columns, "<i4")
        along = in_floats if self._is_float else in_integers
        down, right = places(along, self.layer, self.shape)
        return (*self._axis("rows", down), *self._axis("columns", right))

    def _axis(self, name: str, between: Between) -> tuple[Parameter, Parameter]:
        """Pairs of places, and fractions."""
        pairs = np.stack([between.first, between.second], 1)
        kind = "<f4" if self._is_float else "<i4"
        fractions = Parameter.of(f"{name}_fractions", between.fraction, kind)
        return Parameter.of(name, pairs, "<i4"), fractions

    def order(self) -> Order | None:
        return None

    def call(self) -> Call:
        width, channels = self.shape[1:]
        shape = {
            "in_width": width,
            "channels": channels,
            "out_height": self.layer.size[0],
            "out_width": self.layer.size[1],
        }
        if self.layer.bilinear:
            return Call(f"tl_bilinear_{WIDTHS.get(self.number, 'f32')}", "tl_resize_t", shape)
        return Call("tl_nearest", "tl_resize_t", shape, (self.number.bytes,))


def kernel(request: Request) -> Kernel | None:
    """For floats, and for int8 or int16 tensors of one type."""
    layer = request.operation
    assert isinstance(layer, Resize)
    if not (request.is_float or width(request)):
        return None
    return ResizeKernel(layer, request.inputs[0].shape, request.output.type.number)
