"""Sums and means of int8 tensors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from tinylab.codegen.layers.kernel import Call, Kernel, Order, Request, Value, element_by_element
from tinylab.codegen.layers.requantize import Quantised, is_int8
from tinylab.zoo.integer.fixed_point import Multiplier
from tinylab.zoo.integer.sums import SumScaling, mean_scaling
from tinylab.zoo.network import GlobalPool, Operation, PoolKind, Shape
from tinylab.zoo.tensor_type import TensorType


@dataclass(frozen=True)
class QuantisedAddKernel(Kernel):
    count: int
    second: TensorType
    types: Quantised
    """Of the first term and of the sum."""

    def order(self) -> Order | None:
        return element_by_element(self.count)

    def call(self) -> Call:
        types = self.types
        scaling = SumScaling.of(types.given, self.second, types.made)
        shape: Mapping[str, Value] = {
            "count": self.count,
            "a_zero": types.given.zero_point,
            **_factor("a", scaling.first),
            "b_zero": self.second.zero_point,
            **_factor("b", scaling.second),
            "output_zero": types.made.zero_point,
            **_factor("output", scaling.output),
            **types.range_fields,
        }
        return Call("tl_add_s8", "tl_add_s8_t", shape)

    def absorb(self, operation: Operation, shape: Shape) -> Kernel | None:
        types = self.types.then(operation)
        return replace(self, types=types) if types else None


@dataclass(frozen=True)
class QuantisedMeanKernel(Kernel):
    positions: int
    channels: int
    given: TensorType
    made: TensorType

    def order(self) -> Order | None:
        ticks = np.arange(self.channels, dtype=np.int64)
        return Order(np.tile(ticks, self.positions), ticks)

    def call(self) -> Call:
        factor = mean_scaling(self.positions, self.given, self.made)
        shape = {
            "positions": self.positions,
            "channels": self.channels,
            "input_zero": self.given.zero_point,
            "output_zero": self.made.zero_point,
            "mantissa": factor.mantissa,
            "shift": factor.shift,
        }
        return Call("tl_mean_s8", "tl_mean_s8_t", shape)


def _factor(name: str, factor: Multiplier) -> Mapping[str, Value]:
    return {f"{name}_mantissa": factor.mantissa, f"{name}_shift": factor.shift}


def add(request: Request) -> Kernel | None:
    """For int8 tensors of one shape."""
    if not is_int8(request):
        return None
    return QuantisedAddKernel(
        request.output.elements, request.inputs[1].type, Quantised.of(request)
    )


def mean(request: Request) -> Kernel | None:
    """For int8 tensors: the average over all positions."""
    layer, given = request.operation, request.inputs[0]
    assert isinstance(layer, GlobalPool)
    if not is_int8(request) or layer.kind is not PoolKind.AVERAGE:
        return None
    channels = given.shape[-1]
    return QuantisedMeanKernel(
        given.elements // channels, channels, given.type, request.output.type
    )
