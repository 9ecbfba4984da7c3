"""Activation functions that are not part of another kernel."""

from __future__ import annotations

from dataclasses import dataclass, replace

from tinylab.codegen.layers.kernel import (
    UNCLAMPED,
    Call,
    Clamp,
    ClampedKernel,
    Kernel,
    Order,
    Parameter,
    Request,
    element_by_element,
)
from tinylab.codegen.layers.requantize import Quantised, width
from tinylab.zoo.execution.integer.curves import table
from tinylab.zoo.execution.integer.fixed_point import Multiplier
from tinylab.zoo.execution.integer.softmax import scaling
from tinylab.zoo.network import Shape, elements
from tinylab.zoo.operations import Activate, Clip, Function, Operation
from tinylab.zoo.tensor_type import Array, Number

WITH_FACTOR = frozenset({Function.LEAKY_RELU, Function.ELU})


@dataclass(frozen=True)
class ClampKernel(ClampedKernel):
    count: int

    def order(self) -> Order | None:
        return element_by_element(self.count)

    def call(self) -> Call:
        return Call("tl_clamp_f32", numbers=(self.count, self.clamp.low, self.clamp.high))


@dataclass(frozen=True)
class CurveKernel(Kernel):
    """Functions of single elements; some have a factor."""

    function: Function
    count: int
    factors: tuple[float, ...] = ()

    def order(self) -> Order | None:
        return element_by_element(self.count)

    def call(self) -> Call:
        return Call(f"tl_{self.function}_f32", numbers=(self.count, *self.factors))


@dataclass(frozen=True)
class SoftmaxKernel(Kernel):
    """softmax or log_softmax."""

    function: Function
    rows: int
    count: int

    def order(self) -> Order | None:
        # Each row is first searched for its maximum; nothing is written before that.
        return element_by_element(self.rows * self.count)

    def call(self) -> Call:
        return Call(f"tl_{self.function}_f32", numbers=(self.rows, self.count))


@dataclass(frozen=True)
class QuantisedSoftmaxKernel(Kernel):
    rows: int
    count: int
    factor: Multiplier
    least: int

    def order(self) -> Order | None:
        # The row is searched and summed first; then each element is read, and written.
        return element_by_element(self.rows * self.count)

    def call(self) -> Call:
        numbers = (self.rows, self.count, self.factor.mantissa, self.factor.shift, self.least)
        return Call("tl_softmax_s8", numbers=numbers)


@dataclass(frozen=True, eq=False)
class LookupKernel(Kernel):
    """Any function of single int8 elements."""

    count: int
    table: Array

    def parameters(self) -> tuple[Parameter, ...]:
        return (Parameter.of("table", self.table, "i1"),)

    def order(self) -> Order | None:
        return element_by_element(self.count)

    def call(self) -> Call:
        return Call("tl_lookup_s8", numbers=(self.count,))


@dataclass(frozen=True)
class QuantisedClampKernel(Kernel):
    count: int
    types: Quantised

    def order(self) -> Order | None:
        return element_by_element(self.count)

    def call(self) -> Call:
        return Call(f"tl_clamp_{self.types.width}", numbers=(self.count, *self.types.limits))

    def absorb(self, operation: Operation, shape: Shape) -> Kernel | None:
        types = self.types.then(operation)
        return replace(self, types=types) if types else None


def quantised(request: Request) -> Kernel | None:
    """For int8 and int16 tensors: clamps that keep the type; for int8 functions by table, and
    softmax. Those of int16 are in `int16.curves`."""
    layer, shape = request.operation, request.output.shape
    given, made = request.inputs[0].type, request.output.type
    assert isinstance(layer, Activate | Clip)
    if width(request) is None:
        return None
    is_softmax = isinstance(layer, Activate) and layer.function is Function.SOFTMAX
    types = Quantised.of(request).then(layer) if given == made and not is_softmax else None
    if types:
        return QuantisedClampKernel(elements(shape), types)
    if made.number is Number.INT16:
        return None
    if not is_softmax:
        return LookupKernel(elements(shape), table(layer, given, made))
    assert isinstance(layer, Activate)
    times, least = scaling(layer.factor, given)
    return QuantisedSoftmaxKernel(elements(shape[:-1]), shape[-1], times, least)


def kernel(request: Request) -> Kernel:
    """For floats; softmax with a factor of 1, which readers take care of."""
    layer, shape = request.operation, request.output.shape
    assert isinstance(layer, Activate | Clip)
    clamp = Clamp.of(layer)
    if clamp or isinstance(layer, Clip):
        return ClampKernel(elements(shape), clamp=clamp or UNCLAMPED)
    if layer.function in (Function.SOFTMAX, Function.LOG_SOFTMAX):
        return SoftmaxKernel(layer.function, elements(shape[:-1]), shape[-1])
    factors = (layer.factor,) if layer.function in WITH_FACTOR else ()
    return CurveKernel(layer.function, elements(shape), factors)
