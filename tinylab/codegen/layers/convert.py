"""Conversions between floats, int8 and int16, to another scale, and between uint8 and int8 of the
same numbers."""

from __future__ import annotations

from dataclasses import dataclass

from tinylab.codegen.layers.activate import LookupKernel
from tinylab.codegen.layers.kernel import Call, Kernel, Order, Request, element_by_element
from tinylab.zoo.execution.integer.conversion import joined_table
from tinylab.zoo.execution.integer.fixed_point import Multiplier
from tinylab.zoo.operations import Convert
from tinylab.zoo.tensor_type import Number, TensorType

NAMES = {Number.FLOAT32: "f32", Number.INT8: "s8", Number.INT16: "s16"}
SIGNS = {Number.INT8, Number.UINT8}


@dataclass(frozen=True)
class ConvertKernel(Kernel):
    count: int
    given: TensorType
    made: TensorType

    def order(self) -> Order | None:
        return element_by_element(self.count)

    def call(self) -> Call:
        if self.given.is_whole:
            kind = "f32" if self.made.is_float else "s64"
            return Call(f"tl_convert_s32_{kind}", numbers=(self.count,))
        if Number.UINT8 in (self.given.number, self.made.number):
            return Call("tl_convert_sign", numbers=(self.count,))
        name = f"tl_convert_{NAMES[self.given.number]}_{NAMES[self.made.number]}"
        return Call(name, numbers=(self.count, *self._numbers()))

    def _numbers(self) -> tuple[int | float, ...]:
        if self.made.is_float:
            return self.given.step, self.given.zero_point
        if self.given.is_float:
            return self.made.step, self.made.zero_point
        factor = Multiplier.of(self.given.step / self.made.step)
        return self.given.zero_point, factor.mantissa, factor.shift, self.made.zero_point


def kernel(request: Request) -> Kernel | None:
    layer = request.operation
    assert isinstance(layer, Convert)
    given, made = request.inputs[0].type, request.output.type
    if layer.as_joined:
        return LookupKernel(request.output.elements, joined_table(given, made))
    known = given.number in NAMES and made.number in NAMES and not request.is_float
    if not known and not given.is_whole and {given.number, made.number} != SIGNS:
        return None
    return ConvertKernel(request.output.elements, given, made)
