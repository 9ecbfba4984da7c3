"""What quantised layers share: from an accumulator of products to an output element.

An output channel's accumulator is multiplied by input scale x weight scale / output scale, as a
32-bit mantissa and a shift (`tinylab.zoo.execution.integer.fixed_point`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from tinylab.codegen.layers.kernel import Parameter, Request, Value
from tinylab.zoo.execution.integer.activations import clamp, limits_of
from tinylab.zoo.execution.integer.fixed_point import Multiplier
from tinylab.zoo.execution.integer.requantization import requantization
from tinylab.zoo.operations import Operation, WeightQuantization
from tinylab.zoo.tensor_type import Array, Number, TensorType

WIDTHS = {Number.INT8: "s8", Number.INT16: "s16"}


@dataclass(frozen=True)
class Quantised:
    """The types of a quantised layer's input and output, and the range of its outputs."""

    given: TensorType
    made: TensorType
    limits: tuple[int, int]

    @staticmethod
    def of(request: Request) -> Quantised:
        made = request.output.type
        return Quantised(request.inputs[0].type, made, made.number.range)

    @property
    def fields(self) -> Mapping[str, Value]:
        """The C structure's fields."""
        return {
            "input_zero": self.given.zero_point,
            "output_zero": self.made.zero_point,
            **self.range_fields,
        }

    @property
    def width(self) -> str:
        """The part of kernels' names for these tensors."""
        return WIDTHS[self.made.number]

    @property
    def range_fields(self) -> Mapping[str, Value]:
        return {"low": self.limits[0], "high": self.limits[1]}

    def then(self, operation: Operation) -> Quantised | None:
        """Followed by a clamping activation of the same type; None for other operations."""
        limits = limited(self.limits, operation, self.made)
        return replace(self, limits=limits) if limits else None

    def parameters(
        self, bias: Array, weights: WeightQuantization | None
    ) -> tuple[Parameter, Parameter, Parameter]:
        """The bias, mantissas and shifts of all output channels."""
        assert weights is not None
        mantissas, shifts = requantization(weights, bias.size, self.given, self.made)
        return (
            Parameter.of("bias", bias, "<i4"),
            Parameter.of("mantissas", mantissas, "<i4"),
            Parameter.of("shifts", shifts, "<i4"),
        )


def limited(
    limits: tuple[int, int], operation: Operation, made: TensorType
) -> tuple[int, int] | None:
    """The range of outputs within `limits` and a clamping activation; None for others."""
    real = limits_of(operation)
    if real is None:
        return None
    low, high = clamp(*real, made)
    return min(max(limits[0], low), high), max(min(limits[1], high), low)


def factor(name: str, multiplier: Multiplier) -> Mapping[str, Value]:
    """The C structure's fields of a multiplier."""
    return {f"{name}_mantissa": multiplier.mantissa, f"{name}_shift": multiplier.shift}


def width(request: Request) -> str | None:
    """The part of kernels' names for these tensors: s8 or s16; None unless all have one number."""
    numbers = {one.type.number for one in (*request.inputs, request.output)}
    return WIDTHS.get(numbers.pop()) if len(numbers) == 1 else None


def is_int8(request: Request) -> bool:
    """Whether all tensors are int8."""
    return all(one.type.number is Number.INT8 for one in (*request.inputs, request.output))


def weight_zero(weights: WeightQuantization | None) -> int | None:
    """The zero point of all quantised weights; None if they are not quantised, or have several."""
    if weights is None or np.unique(weights.zero_points).size != 1:
        return None
    return int(weights.zero_points.flat[0])


def variant(function: str, zero: int) -> str:
    """The name of a kernel for weights with that zero point."""
    return f"{function}_s8" if zero == 0 else f"{function}_asymmetric_s8"
