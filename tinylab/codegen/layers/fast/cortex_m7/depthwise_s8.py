"""Depthwise convolutions of int8 tensors on the Cortex-M7."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from tinylab.boards.board import Core
from tinylab.codegen.layers.conv_s8 import QuantisedDepthwiseConvKernel
from tinylab.codegen.layers.conv_s8 import kernel as plain
from tinylab.codegen.layers.fast.fast_kernel import FastKernel, Unsuited
from tinylab.codegen.layers.fast.int8_packing import Integers
from tinylab.codegen.layers.fast.paired_weights import Sums, words
from tinylab.codegen.layers.kernel import Call, Kernel, Order, Parameter, Request, Times, Value
from tinylab.codegen.layers.window import Window
from tinylab.codegen.target import Goal
from tinylab.zoo.network import Shape
from tinylab.zoo.operations import Operation

LANES = 4
"""Channels whose planes are in scratch memory."""
SIZE = (3, 3)
FUNCTIONS: Mapping[int, str] = {
    1: "tl_depthwise_tile_m7_s8",
    2: "tl_depthwise_strided_tile_m7_s8",
}
"""By the stride in a row."""
ROW_CYCLES, LANES_CYCLES, REST_CYCLES = 15, 46, (0, 28, 34, 42)
"""Of a row, four outputs of it, and fewer ones."""
SCRATCH: Mapping[Goal, int] = {Goal.RAM: 2048, Goal.BALANCED: 6144, Goal.SPEED: 24576}
"""Bytes for the planes of a band of rows, if it may have several."""


@dataclass(frozen=True, eq=False)
class TiledDepthwiseKernel(Kernel):
    """`rows` of outputs are in a band. If `transposed`, columns are taken as rows, and there is one
    band."""

    plain: QuantisedDepthwiseConvKernel
    sums: Sums
    rows: int
    transposed: bool = False

    @property
    def _window(self) -> Window:
        window = self.plain.window
        return transposed(window) if self.transposed else window

    def parameters(self) -> tuple[Parameter, ...]:
        three = self.sums.weights.reshape(-1, *SIZE) * 2
        if self.transposed:
            three = three.swapaxes(1, 2)
        first, second = ((three[..., at] & 0xFFFF) + (three[..., at + 1] << 16) for at in range(2))
        filters = np.stack([first, second], -1).reshape(len(three), -1)
        start = 2 * self.sums.bias[:, None]
        stream = np.concatenate([filters, start, self.sums.constants(offset=0)], 1)
        return (Parameter.of("weights", words(stream), "<u4"),)

    def scratch(self) -> int:
        return 4 * LANES * self._plane_words

    @property
    def _plane_words(self) -> int:
        window = self._window
        return ((self.rows - 1) * window.stride[0] + SIZE[0]) * row_words(window)

    def order(self) -> Order | None:
        window, channels = self.plain.window, self.sums.bias.size
        groups = np.arange(channels, dtype=np.int64) // LANES
        width, in_width = window.output[1], window.input[1]
        bands = np.arange(window.output[0], dtype=np.int64) // self._band
        last = np.repeat(self._last_bands(), in_width)
        reads = np.where(last[:, None] < 0, -1, last[:, None] * channels + groups)
        writes = np.repeat(bands, width)[:, None] * channels + groups
        return Order(reads.reshape(-1), writes.reshape(-1))

    @property
    def _band(self) -> int:
        """Rows of the output itself in a band."""
        return self.plain.window.output[0] if self.transposed else self.rows

    def _last_bands(self) -> Times:
        """For each row of the input, the last band whose planes it is in; -1 if none."""
        window = self.plain.window
        last = np.full(window.input[0], -1, np.int64)
        for y in range(window.output[0]):
            top = y * window.stride[0] - window.before[0]
            last[max(top, 0) : max(top + SIZE[0], 0)] = y // self._band
        return last

    def call(self) -> Call:
        window, plain, channels = self._window, self.plain.window, self.sums.bias.size
        given = channels, plain.input[1] * channels
        made = channels, plain.output[1] * channels
        if self.transposed:
            given, made = given[::-1], made[::-1]
        shape: dict[str, Value] = {
            "compute": FUNCTIONS[window.stride[1]],
            "conv": {**self.plain.call().shape, **window.fields("kernel")},
            "in_bytes": given[0],
            "in_row_bytes": given[1],
            "out_bytes": made[0],
            "out_row_bytes": made[1],
            "rows": self.rows,
            "row_words": row_words(window),
            "plane_words": self._plane_words,
        }
        return Call("tl_depthwise_tiles_m7_s8", "tl_depthwise_tiles_s8_t", shape)

    def absorb(self, operation: Operation, shape: Shape) -> Kernel | None:
        absorbed = self.plain.absorb(operation, shape)
        if not isinstance(absorbed, QuantisedDepthwiseConvKernel):
            return None
        return replace(self, plain=absorbed)


def transposed(window: Window) -> Window:
    """Its columns as rows."""
    pairs = (window.input, window.output, window.size, window.stride, window.before)
    return Window(*((second, first) for first, second in pairs))


def row_words(window: Window) -> int:
    """Of a plane: what a row of outputs needs, in pairs of elements."""
    return -(-((window.output[1] - 1) * window.stride[1] + SIZE[1]) // 2)


def kernel(request: Request) -> Kernel | Unsuited:
    """For int8 tensors, symmetric filters of 3 x 3, and a multiple of four channels."""
    made = plain(request)
    if not isinstance(made, QuantisedDepthwiseConvKernel):
        return Unsuited("computes int8 elements without dilation")
    channels, multiplier = made.layer.kernel.shape[2:]
    if made.weight_zero != 0 or channels % LANES or multiplier != 1:
        return Unsuited("computes multiples of four channels with symmetric weights, one for each")
    if made.window.size != SIZE or made.window.stride[1] not in FUNCTIONS:
        return Unsuited("has filters of 3 x 3 with a stride of 1 or 2")
    if made.window.before[1] > 1:
        return Unsuited("has one column of padding at most")
    weights: Integers = np.moveaxis(made.layer.kernel.reshape(*SIZE, channels), -1, 0)
    sums = Sums.of(
        weights.reshape(channels, -1), made.layer.bias, made.layer.quantization, made.types
    )
    if sums.unsuited:
        return sums.unsuited
    turned = transposed(made.window)
    if _is_narrow(made.window) and _rows(turned, request) == turned.output[0]:
        return TiledDepthwiseKernel(made, sums, turned.output[0], transposed=True)
    return TiledDepthwiseKernel(made, sums, _rows(made.window, request))


def _is_narrow(window: Window) -> bool:
    """Whether columns taken as rows are faster."""
    fits = window.stride[0] in FUNCTIONS and window.before[0] <= 1
    return fits and _cycles(transposed(window)) < _cycles(window)


def _cycles(window: Window) -> int:
    """Of all rows of a plane, about."""
    fours, rest = divmod(window.output[1], LANES)
    return window.output[0] * (ROW_CYCLES + LANES_CYCLES * fours + REST_CYCLES[rest])


def _rows(window: Window, request: Request) -> int:
    """How many rows of outputs a band has; bands of about one size."""
    most = SCRATCH[request.target.goal] // (4 * LANES * row_words(window))
    fitting = max(1, (most - SIZE[0]) // window.stride[0] + 1)
    bands = -(-window.output[0] // fitting)
    return -(-window.output[0] // bands)


FAST_DEPTHWISE = FastKernel("tl_depthwise_tiles_m7_s8", frozenset({Core.CORTEX_M7}), kernel)
