"""What quantised layers share: from an accumulator of products to an output element.

An output channel's accumulator is multiplied by input scale x weight scale / output scale, as a
32-bit mantissa and a shift (`tinylab.zoo.integer.fixed_point`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from tinylab.codegen.layers.kernel import Parameter, Request, Value
from tinylab.zoo.integer.activations import CLAMPS, clamp
from tinylab.zoo.integer.requantization import requantization
from tinylab.zoo.network import Activate, Operation, WeightQuantization
from tinylab.zoo.tensor_type import Array, Number, TensorType


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
    if not isinstance(operation, Activate) or operation.function not in CLAMPS:
        return None
    low, high = clamp(operation.function, made)
    return min(max(limits[0], low), high), max(min(limits[1], high), low)


def is_int8(request: Request) -> bool:
    """Whether all tensors are int8."""
    return all(one.type.number is Number.INT8 for one in (*request.inputs, request.output))


def is_symmetric(weights: WeightQuantization | None) -> bool:
    """Whether weights are quantised, with zero points of 0."""
    return weights is not None and not weights.zero_points.any()
