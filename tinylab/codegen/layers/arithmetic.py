"""Arithmetic of two tensors, element by element."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from tinylab.codegen.layers.grid import broadcast, grid
from tinylab.codegen.layers.kernel import (
    Call,
    ClampedKernel,
    Kernel,
    Order,
    Request,
    Value,
    element_by_element,
)
from tinylab.codegen.layers.requantize import Quantised, factor, is_int8, width
from tinylab.zoo.execution.integer.fixed_point import Multiplier
from tinylab.zoo.execution.integer.sums import SumScaling, prelu_scaling, product_scaling
from tinylab.zoo.network import Shape, elements
from tinylab.zoo.operations import Arithmetic, ArithmeticKind, Operation
from tinylab.zoo.tensor_type import TensorType

SUMS = {ArithmeticKind.ADD: 1, ArithmeticKind.SUBTRACT: -1}
"""With the sign of the second term."""


@dataclass(frozen=True)
class AddKernel(ClampedKernel):
    """The sum of two float tensors of one shape."""

    count: int

    def order(self) -> Order | None:
        return element_by_element(self.count)

    def call(self) -> Call:
        return Call("tl_add_f32", numbers=(self.count, self.clamp.low, self.clamp.high))


@dataclass(frozen=True)
class PairKernel(ClampedKernel):
    """Float tensors that may broadcast."""

    kind: ArithmeticKind
    shapes: tuple[Shape, Shape, Shape]
    """Of both inputs and of the output."""

    def order(self) -> Order | None:
        return order_of(self.shapes)

    def call(self) -> Call:
        fields: Mapping[str, Value] = {"grid": fields_of(self.shapes), **self.clamp.fields}
        return Call(f"tl_pair_{self.kind}_f32", "tl_pair_f32_t", fields)


@dataclass(frozen=True)
class QuantisedPairKernel(Kernel):
    """Int8 or int16 tensors that may broadcast."""

    kind: ArithmeticKind
    shapes: tuple[Shape, Shape, Shape]
    """Of both inputs and of the output."""
    second: TensorType
    types: Quantised
    """Of the first input and of the output."""

    def order(self) -> Order | None:
        return order_of(self.shapes)

    def call(self) -> Call:
        shape: Mapping[str, Value] = {
            "grid": fields_of(self.shapes),
            "a_zero": self.types.given.zero_point,
            "b_zero": self.second.zero_point,
            **self._factors(),
            "sign": SUMS.get(self.kind, 1),
            "output_zero": self.types.made.zero_point,
            **self.types.range_fields,
        }
        name = "sum" if self.kind in SUMS else self.kind
        return Call(f"tl_pair_{name}_{self.types.width}", "tl_pair_s8_t", shape)

    def _factors(self) -> Mapping[str, Value]:
        """Of each input and of the output; those that a kernel does not use are left out."""
        given, made = self.types.given, self.types.made
        if self.kind in SUMS:
            scaling = SumScaling.of(given, self.second, made)
            return {
                **factor("a", scaling.first),
                **factor("b", scaling.second),
                **factor("output", scaling.output),
            }
        if self.kind is ArithmeticKind.SQUARED_DIFFERENCE:
            scaling = SumScaling.of_square(given, self.second, made)
            return {
                **factor("a", scaling.first),
                **factor("b", scaling.second),
                **factor("output", scaling.output),
            }
        if self.kind is ArithmeticKind.MULTIPLY:
            return factor("output", product_scaling(given, self.second, made))
        if self.kind is ArithmeticKind.PRELU:
            product = product_scaling(given, self.second, made)
            return {**factor("a", prelu_scaling(given, made)), **factor("output", product)}
        return {}

    def absorb(self, operation: Operation, shape: Shape) -> Kernel | None:
        types = self.types.then(operation)
        return replace(self, types=types) if types else None


@dataclass(frozen=True)
class QuantisedAddKernel(Kernel):
    """The sum of two int8 tensors of one shape, whose factors are below 1."""

    count: int
    scaling: SumScaling
    second: TensorType
    types: Quantised
    """Of the first input and of the output."""

    def order(self) -> Order | None:
        return element_by_element(self.count)

    def call(self) -> Call:
        shape: Mapping[str, Value] = {
            "count": self.count,
            "a_zero": self.types.given.zero_point,
            "b_zero": self.second.zero_point,
            **_fraction("a", self.scaling.first),
            **_fraction("b", self.scaling.second),
            **_fraction("output", self.scaling.output),
            "output_zero": self.types.made.zero_point,
            **self.types.range_fields,
        }
        return Call("tl_add_s8", "tl_add_s8_t", shape)

    def absorb(self, operation: Operation, shape: Shape) -> Kernel | None:
        types = self.types.then(operation)
        return replace(self, types=types) if types else None


def _fraction(name: str, multiplier: Multiplier) -> Mapping[str, Value]:
    return {f"{name}_mantissa": multiplier.mantissa, f"{name}_right": -multiplier.shift}


def order_of(shapes: tuple[Shape, Shape, Shape]) -> Order | None:
    """Elements are read in order where the first input is not repeated."""
    return element_by_element(elements(shapes[2])) if shapes[0] == shapes[2] else None


def fields_of(shapes: tuple[Shape, Shape, Shape]) -> Mapping[str, Value]:
    first, second, made = shapes
    return grid(made, {"a": broadcast(first, made), "b": broadcast(second, made)})


def kernel(request: Request) -> Kernel:
    """For float tensors."""
    kind, shapes = _of(request)
    if kind is ArithmeticKind.ADD and shapes[0] == shapes[1]:
        return AddKernel(request.output.elements)
    return PairKernel(kind, shapes)


def quantised_sum(request: Request) -> Kernel | None:
    """For sums of int8 tensors of one shape."""
    kind, shapes = _of(request)
    if kind is not ArithmeticKind.ADD or shapes[0] != shapes[1] or not is_int8(request):
        return None
    types, second = Quantised.of(request), request.inputs[1].type
    scaling = SumScaling.of(types.given, second, types.made)
    if max(one.shift for one in (scaling.first, scaling.second, scaling.output)) > 0:
        return None
    return QuantisedAddKernel(request.output.elements, scaling, second, types)


def quantised(request: Request) -> Kernel | None:
    """For int8 and int16 tensors."""
    kind, shapes = _of(request)
    if width(request) is None:
        return None
    return QuantisedPairKernel(kind, shapes, request.inputs[1].type, Quantised.of(request))


def _of(request: Request) -> tuple[ArithmeticKind, tuple[Shape, Shape, Shape]]:
    assert isinstance(request.operation, Arithmetic)
    first, second = request.inputs
    return request.operation.kind, (first.shape, second.shape, request.output.shape)
