"""Functions of int16 tensors: sigmoids and others by lines between entries of tables, slopes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tinylab.codegen.layers.kernel import (
    Call,
    Kernel,
    Order,
    Parameter,
    Request,
    Value,
    element_by_element,
)
from tinylab.codegen.layers.requantize import Quantised, factor, limited, width
from tinylab.zoo.execution.integer.activations import slopes
from tinylab.zoo.execution.integer.fixed_point import Multiplier
from tinylab.zoo.execution.integer.interpolated import (
    SIGMOIDS,
    TABLES,
    SigmoidScaling,
    sigmoids,
    softmax_scaling,
    softmax_tables,
    table,
)
from tinylab.zoo.network import elements
from tinylab.zoo.operations import Activate, Clip, Function
from tinylab.zoo.tensor_type import Array, Number


@dataclass(frozen=True, eq=False)
class LineKernel(Kernel):
    """A function by a table of its own."""

    count: int
    table: Array

    def parameters(self) -> tuple[Parameter, ...]:
        return (Parameter.of("table", self.table, "<i2"),)

    def order(self) -> Order | None:
        return element_by_element(self.count)

    def call(self) -> Call:
        return Call("tl_interpolate_s16", numbers=(self.count,))


@dataclass(frozen=True)
class SigmoidKernel(Kernel):
    """The sigmoid or tanh."""

    function: Function
    count: int
    scaling: SigmoidScaling

    def parameters(self) -> tuple[Parameter, ...]:
        return (Parameter.of("table", sigmoids(), "<u2"),)

    def order(self) -> Order | None:
        return element_by_element(self.count)

    def call(self) -> Call:
        numbers = (self.count, self.scaling.factor, self.scaling.shift)
        return Call(f"tl_{self.function}_s16", numbers=numbers)


@dataclass(frozen=True)
class SlopesKernel(Kernel):
    """A factor for elements that are not negative, another for the others, then limits."""

    count: int
    factors: tuple[Multiplier, Multiplier]
    sign: int
    limits: tuple[int, int]

    def order(self) -> Order | None:
        return element_by_element(self.count)

    def call(self) -> Call:
        above, below = self.factors
        shape: Mapping[str, Value] = {
            "count": self.count,
            **factor("above", above),
            **factor("below", below),
            "below_sign": self.sign,
            "low": self.limits[0],
            "high": self.limits[1],
        }
        return Call("tl_slopes_s16", "tl_slopes_s16_t", shape)


@dataclass(frozen=True)
class Int16SoftmaxKernel(Kernel):
    rows: int
    count: int
    factor: Multiplier

    def parameters(self) -> tuple[Parameter, ...]:
        powers, inverses = softmax_tables()
        return Parameter.of("powers", powers, "<i2"), Parameter.of("inverses", inverses, "<i2")

    def order(self) -> Order | None:
        # The row is searched first; then each element is read, and written.
        return element_by_element(self.rows * self.count)

    def call(self) -> Call:
        numbers = (self.rows, self.count, self.factor.mantissa, self.factor.shift)
        return Call("tl_softmax_s16", numbers=numbers)


def kernel(request: Request) -> Kernel | None:
    """For int16 tensors."""
    layer, shape = request.operation, request.output.shape
    assert isinstance(layer, Activate | Clip)
    if width(request) is None or request.output.type.number is not Number.INT16:
        return None
    given, made, count = request.inputs[0].type, request.output.type, elements(shape)
    function = layer.function if isinstance(layer, Activate) else None
    if isinstance(layer, Activate) and function is Function.SOFTMAX:
        times = softmax_scaling(layer.factor, given)
        return Int16SoftmaxKernel(elements(shape[:-1]), shape[-1], times)
    if function in SIGMOIDS:
        return SigmoidKernel(function, count, SigmoidScaling.of(given))
    if function in TABLES:
        return LineKernel(count, table(function, given, made))
    slope = layer.factor if isinstance(layer, Activate) and function is Function.LEAKY_RELU else 1.0
    limits = limited(Quantised.of(request).limits, layer, made) or made.number.range
    return SlopesKernel(count, slopes(slope, given, made), 1 if slope >= 0 else -1, limits)
