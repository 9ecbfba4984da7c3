"""Sums and means of quantised tensors over all positions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tinylab.codegen.layers.kernel import Call, Kernel, Order, Request
from tinylab.codegen.layers.requantize import WIDTHS, width
from tinylab.zoo.execution.integer.sums import total_scaling
from tinylab.zoo.operations import GlobalPool, PoolKind
from tinylab.zoo.tensor_type import TensorType


@dataclass(frozen=True)
class QuantisedMeanKernel(Kernel):
    positions: int
    channels: int
    given: TensorType
    made: TensorType
    kind: PoolKind

    def order(self) -> Order | None:
        ticks = np.arange(self.channels, dtype=np.int64)
        return Order(np.tile(ticks, self.positions), ticks)

    def call(self) -> Call:
        factor = total_scaling(self.kind, self.positions, self.given, self.made)
        shape = {
            "positions": self.positions,
            "channels": self.channels,
            "input_zero": self.given.zero_point,
            "output_zero": self.made.zero_point,
            "mantissa": factor.mantissa,
            "shift": factor.shift,
        }
        return Call(f"tl_mean_{WIDTHS[self.made.number]}", "tl_mean_s8_t", shape)


def mean(request: Request) -> Kernel | None:
    """For int8 and int16 tensors: the average or the sum over all positions."""
    layer, given = request.operation, request.inputs[0]
    assert isinstance(layer, GlobalPool)
    if width(request) is None or layer.kind is PoolKind.MAX:
        return None
    channels = given.shape[-1]
    return QuantisedMeanKernel(
        given.elements // channels, channels, given.type, request.output.type, layer.kind
    )
