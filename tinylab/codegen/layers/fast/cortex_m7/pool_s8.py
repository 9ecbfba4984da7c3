"""Averages of int8 tensors over all positions on the Cortex-M7."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from tinylab.boards.board import Core
from tinylab.codegen.layers.fast.fast_kernel import FastKernel, Unsuited
from tinylab.codegen.layers.kernel import Call, Kernel, Order, Request
from tinylab.codegen.layers.pool import QuantisedPoolKernel, quantised
from tinylab.codegen.layers.requantize import is_int8
from tinylab.zoo.network import Shape
from tinylab.zoo.operations import Operation, PoolKind

FOUR = 4
"""Channels at once."""
MOST = 255
"""Elements whose sum fits in 16 bits."""


@dataclass(frozen=True)
class MeanKernel(Kernel):
    plain: QuantisedPoolKernel

    def order(self) -> Order | None:
        ticks = np.arange(self.plain.channels, dtype=np.int64) // FOUR
        positions = self.plain.window.input[0] * self.plain.window.input[1]
        return Order(np.tile(ticks, positions), ticks)

    def call(self) -> Call:
        return replace(self.plain.call(), function="tl_mean_four_m7_s8")

    def absorb(self, operation: Operation, shape: Shape) -> Kernel | None:
        absorbed = self.plain.absorb(operation, shape)
        return MeanKernel(absorbed) if isinstance(absorbed, QuantisedPoolKernel) else None


def kernel(request: Request) -> Kernel | Unsuited:
    """For int8 tensors, one window over the whole input, and a multiple of four channels."""
    made = quantised(request)
    if not isinstance(made, QuantisedPoolKernel) or not is_int8(request):
        return Unsuited("averages int8 elements")
    window = made.window
    if made.kind is not PoolKind.AVERAGE or made.halves_up:
        return Unsuited("averages, halves away from zero")
    if window.size != window.input or window.output != (1, 1) or window.before != (0, 0):
        return Unsuited("has one window, the whole input")
    if made.channels % FOUR or window.input[0] * window.input[1] > MOST:
        return Unsuited(f"averages at most {MOST} positions of multiples of four channels")
    return MeanKernel(made)


FAST_MEAN = FastKernel("tl_mean_four_m7_s8", frozenset({Core.CORTEX_M7}), kernel)
