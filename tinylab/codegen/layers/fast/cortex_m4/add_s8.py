"""Sums of int8 tensors on the Cortex-M4 and M33: four elements at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from tinylab.codegen.layers import arithmetic
from tinylab.codegen.layers.arithmetic import QuantisedAddKernel
from tinylab.codegen.layers.fast.cortex_m4.cores import CORES
from tinylab.codegen.layers.fast.fast_kernel import FastKernel, Unsuited
from tinylab.codegen.layers.fast.int8_packing import MOST_SHIFTED
from tinylab.codegen.layers.kernel import Call, Kernel, Order, Request, Value
from tinylab.zoo.execution.integer.fixed_point import Multiplier
from tinylab.zoo.execution.integer.sums import SumScaling
from tinylab.zoo.network import Shape
from tinylab.zoo.operations import Operation

NAME = "tl_add_halves_s8"
HALF = Multiplier(1 << 30, 0)


@dataclass(frozen=True)
class AddHalvesKernel(Kernel):
    plain: QuantisedAddKernel
    """With the term first whose factor is 1 / 2."""
    swapped: bool

    def order(self) -> Order | None:
        return self.plain.order()

    def call(self) -> Call:
        shape: Mapping[str, Value] = {"add": self.plain.call().shape, "swapped": int(self.swapped)}
        return Call(NAME, "tl_add_halves_s8_t", shape)

    def absorb(self, operation: Operation, shape: Shape) -> Kernel | None:
        types = self.plain.types.then(operation)
        return replace(self, plain=replace(self.plain, types=types)) if types else None


def kernel(request: Request) -> Kernel | Unsuited:
    plain = arithmetic.quantised_sum(request)
    if not isinstance(plain, QuantisedAddKernel):
        return Unsuited("adds int8 tensors of one shape")
    if not 1 <= -plain.scaling.output.shift <= MOST_SHIFTED:
        return Unsuited(f"divides sums by 2^1 to 2^{MOST_SHIFTED}")
    swapped = plain.scaling.first != HALF
    if swapped:
        scaling = plain.scaling
        turned = SumScaling(scaling.second, scaling.first, scaling.output, scaling.raised)
        types = replace(plain.types, given=plain.second)
        plain = replace(plain, scaling=turned, types=types, second=plain.types.given)
    second = plain.scaling.second
    if plain.scaling.first != HALF or not (second == HALF or 1 <= -second.shift <= MOST_SHIFTED):
        return Unsuited("has a term whose factor is 1 / 2")
    return AddHalvesKernel(plain, swapped)


FAST_ADD = FastKernel(NAME, CORES, kernel)
