"""Dense layers with weights of 4 bits, through tables of products of pairs of inputs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tinylab.codegen.compress import Codebook
from tinylab.codegen.layers.dense import FloatDense
from tinylab.codegen.layers.fast.fast_kernel import Unsuited
from tinylab.codegen.layers.kernel import (
    Call,
    Kernel,
    Parameter,
    Request,
)
from tinylab.codegen.target import Goal
from tinylab.zoo.network import elements
from tinylab.zoo.operations import Dense

PAIRS = 8
TABLE_BYTES = 4 * 256 * PAIRS
LEAST_OUTPUTS = 96
"""With fewer, a table takes longer than it saves."""


@dataclass(frozen=True)
class PairFunctions:
    """The functions of a core."""

    multiply: str
    add: str
    outputs: int = 1
    """That they compute at a time."""


@dataclass(frozen=True, eq=False)
class DensePairsKernel(FloatDense):
    codebook: Codebook
    functions: PairFunctions

    def parameters(self) -> tuple[Parameter, ...]:
        inputs, outputs = self.codebook.codes.shape
        codes = np.pad(self.codebook.codes, ((0, -inputs % (2 * PAIRS)), (0, 0)))
        both = codes[0::2] | codes[1::2] << 4
        stored = both.reshape(-1, PAIRS, outputs).transpose(0, 2, 1)
        return (
            Parameter.of("table", self.codebook.table),
            Parameter.of("codes", stored, "u1"),
            Parameter.of("bias", self.layer.bias),
        )

    def scratch(self) -> int:
        return TABLE_BYTES

    def call(self) -> Call:
        functions = {"multiply": self.functions.multiply, "add": self.functions.add}
        return Call("tl_dense_pairs_f32", "tl_dense_pairs_t", {"layer": self.fields, **functions})


def kernel(request: Request, functions: PairFunctions) -> Kernel | Unsuited:
    """For weights compressed eight times, and many outputs."""
    layer, book = request.operation, request.codebook
    assert isinstance(layer, Dense)
    if not request.is_float or book is None or book.bits != 4:
        return Unsuited("has weights that are compressed eight times")
    if request.target.goal is Goal.RAM:
        return Unsuited(f"needs {TABLE_BYTES} bytes for tables")
    if layer.bias.size % functions.outputs:
        return Unsuited(f"computes {functions.outputs} outputs at a time")
    if layer.bias.size < LEAST_OUTPUTS:
        return Unsuited(f"computes {LEAST_OUTPUTS} outputs or more")
    return DensePairsKernel(elements(request.inputs[0].shape[:-1]), layer, book, functions)
