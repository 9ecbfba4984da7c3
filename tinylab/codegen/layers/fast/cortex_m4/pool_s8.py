"""Averages of int8 tensors on the Cortex-M4 and M33: four channels at a time."""

from __future__ import annotations

from dataclasses import dataclass, replace

from tinylab.codegen.layers import pool
from tinylab.codegen.layers.fast.cortex_m4.cores import CORES
from tinylab.codegen.layers.fast.fast_kernel import FastKernel, Unsuited
from tinylab.codegen.layers.kernel import Call, Kernel, Order, Request
from tinylab.codegen.layers.pool import QuantisedPoolKernel
from tinylab.codegen.layers.requantize import is_int8
from tinylab.codegen.layers.window import channel_by_channel
from tinylab.zoo.network import Shape
from tinylab.zoo.operations import Operation, PoolKind

NAME = "tl_average_pool_words_s8"
WIDTH = 4
MOST_ELEMENTS = 255
"""Of a window, whose sum has 16 bits."""


@dataclass(frozen=True)
class AveragePoolKernel(Kernel):
    plain: QuantisedPoolKernel

    def order(self) -> Order | None:
        reads, writes = channel_by_channel(self.plain.window, self.plain.channels // WIDTH)
        return Order(reads.repeat(WIDTH), writes.repeat(WIDTH))

    def call(self) -> Call:
        return replace(self.plain.call(), function=NAME)

    def absorb(self, operation: Operation, shape: Shape) -> Kernel | None:
        types = self.plain.types.then(operation)
        return replace(self, plain=replace(self.plain, types=types)) if types else None


def kernel(request: Request) -> Kernel | Unsuited:
    plain = pool.quantised(request)
    if not isinstance(plain, QuantisedPoolKernel) or not is_int8(request):
        return Unsuited("has int8 tensors of one type")
    if plain.kind is not PoolKind.AVERAGE or plain.halves_up:
        return Unsuited("computes averages, whose halves are rounded away from zero")
    height, width = plain.window.size
    if plain.channels % WIDTH or height * width > MOST_ELEMENTS:
        return Unsuited(f"has windows of at most {MOST_ELEMENTS} and a multiple of 4 channels")
    return AveragePoolKernel(plain)


FAST_POOL = FastKernel(NAME, CORES, kernel)
