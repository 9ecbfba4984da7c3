"""Dense layers of floats with 4-bit codes on the Cortex-M4 and M33, by tables of pairs."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from tinylab.codegen.compress import Codebook
from tinylab.codegen.layers.dense import DenseKernel
from tinylab.codegen.layers.fast.cortex_m4.cores import CORES
from tinylab.codegen.layers.fast.fast_kernel import FastKernel, Unsuited
from tinylab.codegen.layers.kernel import Call, Kernel, Order, Parameter, Request
from tinylab.codegen.target import Goal
from tinylab.zoo.network import Shape, elements
from tinylab.zoo.operations import Dense, Operation

PAIRS, PAIR_BITS = 8, 8
SCRATCH_BYTES = 4 * PAIRS << PAIR_BITS
OUTPUTS = 96
"""Fewer do not outweigh the time to make the tables."""


@dataclass(frozen=True, eq=False)
class DensePairsKernel(Kernel):
    """For 16 inputs at a time, tables of all sums of products of two; then each output takes its
    eight."""

    dense: DenseKernel
    codebook: Codebook

    def parameters(self) -> tuple[Parameter, ...]:
        inputs, outputs = self.codebook.codes.shape
        codes = np.pad(self.codebook.codes, ((0, -inputs % (2 * PAIRS)), (0, 0)))
        first, second = codes[0::2], codes[1::2]
        pairs = (first | second << 4).astype(np.uint8).reshape(-1, PAIRS, outputs)
        return (
            Parameter.of("table", self.codebook.table),
            Parameter("codes", pairs.transpose(0, 2, 1).tobytes()),
            Parameter.of("bias", self.dense.layer.bias),
        )

    def scratch(self) -> int:
        return SCRATCH_BYTES

    def order(self) -> Order | None:
        return None  # the last output depends on the first input

    def call(self) -> Call:
        return Call("tl_dense_pairs_m4_f32", "tl_dense_t", self.dense.call().shape)

    def absorb(self, operation: Operation, shape: Shape) -> Kernel | None:
        dense = self.dense.absorb(operation, shape)
        return replace(self, dense=dense) if isinstance(dense, DenseKernel) else None


def kernel(request: Request) -> Kernel | Unsuited:
    """For float tensors, weights as 4-bit codes and many outputs."""
    layer, codebook = request.operation, request.codebook
    assert isinstance(layer, Dense)
    if not request.is_float:
        return Unsuited("computes floats")
    if codebook is None or codebook.bits != PAIR_BITS // 2:
        return Unsuited("has weights as 4-bit codes")
    if layer.bias.size < OUTPUTS:
        return Unsuited(f"computes {OUTPUTS} outputs or more")
    if request.target.goal is Goal.RAM:
        return Unsuited(f"requires {SCRATCH_BYTES:,} bytes of scratch memory")
    rows = elements(request.inputs[0].shape[:-1])
    return DensePairsKernel(DenseKernel(rows, layer, codebook), codebook)


FAST_DENSE_PAIRS = FastKernel("tl_dense_pairs_m4_f32", CORES, kernel)
