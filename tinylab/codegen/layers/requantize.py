"""What quantised layers share: from an accumulator of products to an output element.

An output channel's accumulator is multiplied by input scale x weight scale / output scale, as a
32-bit mantissa and a shift (`tinylab.zoo.fixed_point`).
"""

from __future__ import annotations

from tinylab.codegen.layers.kernel import Parameter, Request
from tinylab.zoo.integer_reference import CLAMPS, clamp, requantization
from tinylab.zoo.network import Activate, Operation, WeightQuantization
from tinylab.zoo.tensor_type import Number, TensorType


def parameters(
    weights: WeightQuantization, outputs: int, given: TensorType, made: TensorType
) -> tuple[Parameter, Parameter]:
    """The mantissas and the shifts of all output channels."""
    mantissas, shifts = requantization(weights, outputs, given, made)
    return Parameter.of("mantissas", mantissas, "<i4"), Parameter.of("shifts", shifts, "<i4")


def limited(
    limits: tuple[int, int], operation: Operation, made: TensorType
) -> tuple[int, int] | None:
    """The range of outputs within `limits` and a clamping activation; None for others."""
    if not isinstance(operation, Activate) or operation.function not in CLAMPS:
        return None
    low, high = clamp(operation.function, made)
    return min(max(limits[0], low), high), max(min(limits[1], high), low)


def is_int8(request: Request, weights: WeightQuantization | None) -> bool:
    """Whether all tensors are int8, and the weights symmetric."""
    tensors = (*request.inputs, request.output)
    return (
        weights is not None
        and not weights.zero_points.any()
        and all(one.type.number is Number.INT8 for one in tensors)
    )
