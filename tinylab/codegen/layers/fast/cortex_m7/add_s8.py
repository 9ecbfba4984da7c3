"""Sums of two int8 tensors on the Cortex-M7."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from tinylab.boards.board import Core
from tinylab.codegen.layers.arithmetic import QuantisedAddKernel, quantised_sum
from tinylab.codegen.layers.fast.fast_kernel import FastKernel, Unsuited
from tinylab.codegen.layers.fast.int8_packing import Integers
from tinylab.codegen.layers.fast.paired_weights import LARGEST, LARGEST_ROUNDED, words
from tinylab.codegen.layers.kernel import Call, Kernel, Order, Parameter, Request, Value
from tinylab.codegen.target import Goal
from tinylab.zoo.execution.integer.fixed_point import Multiplier, multiplied
from tinylab.zoo.network import Shape
from tinylab.zoo.operations import Operation
from tinylab.zoo.tensor_type import TensorType

FEWEST = 1024
"""Elements that are worth tables of as many bytes twice."""


@dataclass(frozen=True, eq=False)
class TabledAddKernel(Kernel):
    plain: QuantisedAddKernel
    terms: Integers
    """(2, 256): what each element from -128 adds."""

    def parameters(self) -> tuple[Parameter, ...]:
        return (Parameter.of("terms", words(2 * self.terms), "<u4"),)

    def order(self) -> Order | None:
        four = np.arange(self.plain.count, dtype=np.int64) // 4
        return Order(four, four)

    def call(self) -> Call:
        output = self.plain.scaling.output
        shape: dict[str, Value] = {
            "count": self.plain.count,
            "rounding": _rounding(output, self.plain.types.made),
            "mantissa": output.mantissa,
            "right": -output.shift,
            **self.plain.types.range_fields,
        }
        return Call("tl_add_tables_m7_s8", "tl_add_tables_s8_t", shape)

    def absorb(self, operation: Operation, shape: Shape) -> Kernel | None:
        absorbed = self.plain.absorb(operation, shape)
        if not isinstance(absorbed, QuantisedAddKernel):
            return None
        return replace(self, plain=absorbed)


def _rounding(output: Multiplier, made: TensorType) -> int:
    """What is added before the sum is shifted to the right."""
    right = -output.shift
    return int((1 << (right - 1)) + (made.zero_point << right))


def kernel(request: Request) -> Kernel | Unsuited:
    """For sums of tensors of one shape, if flash may be spent on tables."""
    made = quantised_sum(request)
    if not isinstance(made, QuantisedAddKernel):
        return Unsuited("adds int8 tensors of one shape")
    if made.count < FEWEST or request.target.goal is Goal.RAM:
        return Unsuited(f"has 2 KB of tables, for {FEWEST} elements or more")
    terms = np.stack(
        [
            _terms(one, multiplier, made.scaling.raised)
            for one, multiplier in (
                (made.types.given, made.scaling.first),
                (made.second, made.scaling.second),
            )
        ]
    )
    output = made.scaling.output
    largest = int(np.abs(terms).max(1).sum())
    if output.shift > -1 or largest >= LARGEST:
        return Unsuited("rounds smaller sums")
    if largest + abs(_rounding(output, made.types.made)) >= LARGEST_ROUNDED:
        return Unsuited("rounds smaller sums")
    return TabledAddKernel(made, terms)


def _terms(given: TensorType, multiplier: Multiplier, raised: int) -> Integers:
    """What each element from -128 adds."""
    steps = np.arange(-128, 128, dtype=np.int64) - given.zero_point
    return multiplied(steps << raised, np.int64(multiplier.mantissa), np.int64(multiplier.shift))


FAST_ADD = FastKernel("tl_add_tables_m7_s8", frozenset({Core.CORTEX_M7}), kernel)
