"""Dense layers of int8 tensors on the Cortex-M7."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from tinylab.boards.board import Core
from tinylab.codegen.layers.dense import QuantisedDenseKernel, quantised
from tinylab.codegen.layers.fast.fast_kernel import FastKernel, Unsuited
from tinylab.codegen.layers.fast.paired_weights import Sums, crossed, words
from tinylab.codegen.layers.kernel import Call, Kernel, Order, Parameter, Request, Value
from tinylab.zoo.execution.integer.fixed_point import multiplied_once
from tinylab.zoo.network import Shape
from tinylab.zoo.operations import Operation

WIDTH = 6
"""Outputs of a block; the last one is filled up."""
FEWEST = WIDTH // 2
FOUR = 4
"""Inputs of two steps."""


@dataclass(frozen=True, eq=False)
class TiledDenseKernel(Kernel):
    plain: QuantisedDenseKernel
    sums: Sums

    @property
    def _steps(self) -> int:
        """Of two inputs each."""
        return -(-int(self.sums.weights.shape[1]) // FOUR) * 2

    def parameters(self) -> tuple[Parameter, ...]:
        return (Parameter.of("weights", np.concatenate(list(self._stream())), "<u4"),)

    def _stream(self) -> Iterator[npt.NDArray[np.uint32]]:
        """For each block: the sums of no products, then the weights, then constants."""
        outputs, inputs = self.sums.weights.shape
        missing = ((0, -outputs % WIDTH), (0, 0))
        filled = replace(
            self.sums,
            weights=np.pad(self.sums.weights, missing),
            bias=np.pad(self.sums.bias, missing[0]),
        )
        pairs = np.pad(crossed(filled.pairs()), ((0, 0), (0, 2 * self._steps - inputs)))
        starts, constants = filled.starts(), np.pad(self.sums.constants_once(), missing)
        for pair in range(0, len(pairs), WIDTH // 2):
            block = slice(pair, pair + WIDTH // 2)
            yield words(starts[block])
            by_step = pairs[block].reshape(WIDTH // 2, self._steps, 2).swapaxes(0, 1)
            yield words((by_step[..., 0] & 0xFFFF) + (by_step[..., 1] << 16))
            yield words(constants[2 * pair : 2 * pair + WIDTH])

    def scratch(self) -> int:
        return 4 * (self._steps + 1)

    def order(self) -> Order | None:
        return None

    def call(self) -> Call:
        shape: dict[str, Value] = {
            "dense": self.plain.call().shape,
            "steps": self._steps,
            "block_words": WIDTH // 2 * self._steps + WIDTH + 3 * WIDTH,
        }
        return Call("tl_dense_tiles_m7_s8", "tl_dense_tiles_s8_t", shape)

    def absorb(self, operation: Operation, shape: Shape) -> Kernel | None:
        absorbed = self.plain.absorb(operation, shape)
        if not isinstance(absorbed, QuantisedDenseKernel):
            return None
        return replace(self, plain=absorbed)


def kernel(request: Request) -> Kernel | Unsuited:
    """For int8 tensors, symmetric weights, and at least four outputs."""
    made = quantised(request)
    if not isinstance(made, QuantisedDenseKernel) or made.weight_zero != 0:
        return Unsuited("computes int8 elements with symmetric weights")
    layer = made.layer
    if layer.bias.size < FEWEST:
        return Unsuited(f"computes {FEWEST} outputs or more")
    weights = layer.weights.T, layer.bias, layer.quantization
    sums = Sums.of(*weights, made.types, multiplied_once)
    if sums.rights.min() < 2:
        return Unsuited("multiplies sums by less than a quarter")
    return sums.unsuited or sums.unpaired or TiledDenseKernel(made, sums)


FAST_DENSE = FastKernel("tl_dense_tiles_m7_s8", frozenset({Core.CORTEX_M7}), kernel)
