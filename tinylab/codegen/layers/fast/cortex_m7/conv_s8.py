"""Convolutions of int8 tensors on the Cortex-M7."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from tinylab.boards.board import Core
from tinylab.codegen.layers.conv_s8 import QuantisedConvKernel
from tinylab.codegen.layers.conv_s8 import kernel as plain
from tinylab.codegen.layers.fast.fast_kernel import FastKernel, Unsuited
from tinylab.codegen.layers.fast.paired_weights import Sums, crossed, words
from tinylab.codegen.layers.kernel import Call, Kernel, Order, Parameter, Request, Value
from tinylab.codegen.target import Goal
from tinylab.zoo.network import Shape
from tinylab.zoo.operations import Operation

BLOCK = 4
"""Output channels of a block."""
CACHED = 8192
"""Bytes of weights that stay in the data cache from position to position."""
SCRATCH: Mapping[Goal, int] = {Goal.RAM: 0, Goal.BALANCED: 10240, Goal.SPEED: 20480}
"""Bytes for the windows of several positions, if the weights do not stay there."""
LESS_SCRATCH = 2048
"""Bytes for them if the weights do stay."""
GATHER = "tl_gather_m7_s8"
NINE = "tl_gather_nine_m7_s8"
"""For three rows of nine elements."""
MOST = 32
"""Positions at once."""


@dataclass(frozen=True, eq=False)
class TiledConvKernel(Kernel):
    """`positions`: of as many the windows are gathered at once."""

    plain: QuantisedConvKernel
    sums: Sums
    positions: int

    @property
    def row_steps(self) -> int:
        """Steps of two elements in a row of a window."""
        return -(-self._row // 2)

    @property
    def steps(self) -> int:
        return self.plain.window.size[0] * self.row_steps

    @property
    def _row(self) -> int:
        """Elements of a row of a window."""
        return self.plain.window.size[1] * int(self.plain.layer.kernel.shape[2])

    def parameters(self) -> tuple[Parameter, ...]:
        return (Parameter.of("weights", np.concatenate(list(self._stream())), "<u4"),)

    def _stream(self) -> Iterator[npt.NDArray[np.uint32]]:
        """For each block: the sums of no products, then the weights, then constants."""
        starts, constants = self.sums.starts(), self.sums.constants()
        rows = self.sums.pairs().reshape(len(starts), -1, self._row)
        pairs = np.pad(crossed(rows), ((0, 0), (0, 0), (0, self._row % 2)))
        for pair in range(0, len(pairs), BLOCK // 2):
            block = slice(pair, pair + BLOCK // 2)
            yield words(starts[block])
            by_step = pairs[block].reshape(BLOCK // 2, self.steps, 2).swapaxes(0, 1)
            yield words((by_step[..., 0] & 0xFFFF) + (by_step[..., 1] << 16))
            yield words(constants[2 * pair : 2 * pair + BLOCK])

    def scratch(self) -> int:
        return 4 * (self.steps * self.positions + 2) + self._row

    def order(self) -> Order | None:
        inputs, outputs = self.plain.layer.kernel.shape[2:]
        last = self.plain.window.last_position()
        reads = np.where(last < 0, -1, last // self.positions)
        writes = np.arange(self.plain.window.positions, dtype=np.int64) // self.positions
        return Order(np.repeat(reads, inputs), np.repeat(writes, outputs))

    def call(self) -> Call:
        shape: dict[str, Value] = {
            "gather": NINE if (self.plain.window.size[0], self._row) == (3, 9) else GATHER,
            "conv": self.plain.call().shape,
            "window": self._window(),
            "steps": self.steps,
            "row_steps": self.row_steps,
            "positions": self.positions,
            "pixels": int(self._has_pixels),
        }
        return Call("tl_conv_tiles_m7_s8", "tl_conv_tiles_s8_t", shape)

    def _window(self) -> Mapping[str, Value]:
        """Of windows that are inside the input."""
        eights, rest = divmod(self._row, 8)
        return {
            "rows": self.plain.window.size[0],
            "row_bytes": self.plain.window.input[1] * int(self.plain.layer.kernel.shape[2]),
            "eights": eights,
            "rest": rest,
        }

    @property
    def _has_pixels(self) -> bool:
        window = self.plain.window
        return window.size == window.stride == (1, 1) and self._row % 4 == 0

    def absorb(self, operation: Operation, shape: Shape) -> Kernel | None:
        absorbed = self.plain.absorb(operation, shape)
        if not isinstance(absorbed, QuantisedConvKernel):
            return None
        return replace(self, plain=absorbed)


def kernel(request: Request) -> Kernel | Unsuited:
    """For int8 tensors, symmetric weights, and a multiple of four output channels."""
    made = plain(request)
    if not isinstance(made, QuantisedConvKernel):
        return Unsuited("computes int8 elements without dilation or groups")
    outputs = made.layer.kernel.shape[3]
    if made.weight_zero != 0 or outputs % BLOCK:
        return Unsuited("computes multiples of four channels with symmetric weights")
    weights = np.moveaxis(made.layer.kernel, -1, 0).reshape(outputs, -1)
    sums = Sums.of(weights, made.layer.bias, made.layer.quantization, made.types)
    unsuited = sums.unsuited or sums.unpaired
    if unsuited:
        return unsuited
    return TiledConvKernel(made, sums, _positions(sums, made.window.positions, request))


def _positions(sums: Sums, most: int, request: Request) -> int:
    """How many windows are gathered at once; even."""
    goal = request.target.goal
    if goal is Goal.RAM:
        return 2
    terms = int(sums.weights.shape[1])
    cached = sums.weights.size <= CACHED
    fitting = (LESS_SCRATCH if cached else SCRATCH[goal]) // (2 * terms)
    return max(2, min(fitting, most + 1, MOST) // 2 * 2)


FAST_CONV = FastKernel("tl_conv_tiles_m7_s8", frozenset({Core.CORTEX_M7}), kernel)
