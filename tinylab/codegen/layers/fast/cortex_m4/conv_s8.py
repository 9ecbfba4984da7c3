"""Convolutions of int8 tensors on the Cortex-M4 and M33: two positions, four channels at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from tinylab.codegen.layers.fast.cortex_m4.cores import CORES
from tinylab.codegen.layers.fast.cortex_m4.packed_sums import packed
from tinylab.codegen.layers.fast.fast_kernel import FastKernel, Unsuited
from tinylab.codegen.layers.fast.int8_packing import (
    Filters,
    Integers,
    quantised_layer,
    saturates,
)
from tinylab.codegen.layers.kernel import Call, Kernel, Order, Parameter, Request, Value
from tinylab.codegen.layers.requantize import Quantised
from tinylab.codegen.layers.window import Window
from tinylab.codegen.target import Goal
from tinylab.zoo.network import Shape
from tinylab.zoo.operations import Conv, Operation
from tinylab.zoo.tensor_type import Array

NAME = "tl_patch_conv_s8"
WIDTH = 4
"""Channels of a block."""
HOT_BYTES: Mapping[Goal, int] = {Goal.RAM: 0, Goal.BALANCED: 20 << 10, Goal.SPEED: 64 << 10}
"""The most weights that are copied to RAM at a time: it is faster than flash."""
NINES = 3, 9
"""Rows of a window, and bytes of each, for which there is a function."""
MOST_WHOLE = 64
"""Elements of a window for which rounds of 8 steps are better than of 12."""
FEWEST_POSITIONS = 6
"""For which the copy pays."""


@dataclass(frozen=True, eq=False)
class PatchConvKernel(Kernel):
    layer: Conv
    window: Window
    types: Quantised
    filters: Filters
    """Padded."""
    hot_bytes: int

    @property
    def depth(self) -> int:
        return int(self.filters.weights.shape[1])

    @property
    def window_form(self) -> str:
        """The part of the functions' name; see tl_conv_pairs_m4_s8.S."""
        height, width, inputs = self.layer.kernel.shape[:3]
        if (height, width * inputs) == NINES:
            return "nines"
        whole = width * inputs % 4 == 0 and self.depth % 16 == 0
        return "whole" if whole and self.depth <= MOST_WHOLE else "pairs"

    @property
    def blocks(self) -> int:
        return self.filters.bias.size // WIDTH

    @property
    def block_bytes(self) -> int:
        return 4 * (4 * WIDTH + self.depth)

    @property
    def slice(self) -> int:
        """Blocks whose weights are copied at a time; 0: none."""
        if self.window.positions < FEWEST_POSITIONS:
            return 0
        turns = -(-self.blocks * self.block_bytes // max(self.hot_bytes, 1))
        most = self.hot_bytes // self.block_bytes
        return min(most, -(-self.blocks // turns))

    def parameters(self) -> tuple[Parameter, ...]:
        factors = self.packed if self.packed is not None else self.filters.twice_rounded()
        return (Parameter("stream", self.filters.blocks(WIDTH, factors)),)

    @cached_property
    def packed(self) -> Integers | None:
        """Factors for multiplied sums, if results below zero are saturated and registers do."""
        return packed(self.filters) if saturates(self.types) else None

    def scratch(self) -> int:
        height, width, inputs, outputs = self.layer.kernel.shape
        stage = 2 * height * width * inputs if self.window.has_padding else 0
        rest = 2 * WIDTH * (self.slice or self.blocks) if outputs % WIDTH else 0
        return 4 * self.depth + self.slice * self.block_bytes + stage + rest

    def order(self) -> Order | None:
        if 0 < self.slice < self.blocks:
            return None  # the last slice reads the first input
        inputs, outputs = self.layer.kernel.shape[2:]
        last = self.window.last_position()
        reads = np.where(last < 0, -1, last // 2)
        writes = np.arange(self.window.positions, dtype=np.int64) // 2
        return Order(np.repeat(reads, inputs), np.repeat(writes, outputs))

    def call(self) -> Call:
        inputs, outputs = self.layer.kernel.shape[2:]
        channels = {"in_channels": inputs, "out_channels": outputs, "multiplier": 1}
        conv: Mapping[str, Value] = {
            **self.window.fields("kernel"),
            **channels,
            **self.types.fields,
        }
        relu = "_relu" if saturates(self.types) else ""
        form = "_scaled" if self.packed is not None else relu
        shape: Mapping[str, Value] = {
            "conv": conv,
            "compute": f"tl_conv_{self.window_form}{form}_m4_s8",
            "depth": self.depth,
            "blocks": self.blocks,
            "slice": self.slice,
        }
        return Call(NAME, "tl_patch_conv_s8_t", shape)

    def absorb(self, operation: Operation, shape: Shape) -> Kernel | None:
        types = self.types.then(operation)
        return replace(self, types=types) if types else None


def kernel(request: Request) -> Kernel | Unsuited:
    """For convolutions without dilation and groups."""
    layer = request.operation
    assert isinstance(layer, Conv)
    types = quantised_layer(request)
    if isinstance(types, Unsuited):
        return types
    if layer.dilation != (1, 1) or layer.groups != 1:
        return Unsuited("has neither dilation nor groups")
    filters = Filters.of(_in_words(layer), layer.bias, layer.quantization, types)
    if reason := filters.why_not(0 if saturates(types) else 1):
        return reason
    size = layer.kernel.shape[0], layer.kernel.shape[1]
    window = Window.of(request.shapes, size, layer.stride, layer.padding)
    if size == layer.stride == (1, 1) and not window.has_padding:
        window = window.in_one_row()
    hot = HOT_BYTES[request.target.goal]
    return PatchConvKernel(layer, window, types, filters.padded(WIDTH, 4), hot)


def _in_words(layer: Conv) -> Array:
    """(outputs, elements of a window): of its rows the whole words, then the bytes behind them."""
    height, width, inputs, outputs = layer.kernel.shape
    rows = np.moveaxis(layer.kernel, -1, 0).reshape(outputs, height, width * inputs)
    whole = width * inputs // WIDTH * WIDTH
    parts = (rows[..., :whole], rows[..., whole:])
    return np.concatenate([part.reshape(outputs, -1) for part in parts], axis=1)


FAST_CONV = FastKernel(NAME, CORES, kernel)
