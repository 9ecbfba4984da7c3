"""Depthwise convolutions of 3 x 3 of int8 tensors on the Cortex-M4 and M33: rows, by channels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from tinylab.codegen.layers.fast.cortex_m4.cores import CORES
from tinylab.codegen.layers.fast.cortex_m4.scaled_sums import ScaledSums
from tinylab.codegen.layers.fast.fast_kernel import FastKernel, Unsuited
from tinylab.codegen.layers.fast.int8_packing import Filters, quantised_layer, saturates
from tinylab.codegen.layers.kernel import Call, Kernel, Order, Parameter, Request, Value
from tinylab.codegen.layers.requantize import Quantised
from tinylab.codegen.layers.window import Window
from tinylab.codegen.target import Goal
from tinylab.zoo.network import Shape
from tinylab.zoo.operations import DepthwiseConv, Operation

NAME = "tl_depthwise_lines_s8"
ROWS = 3
EXPANDED = 4
"""Rows in the scratch memory: two slots of two."""
PLACES = 10
"""Results of functions for multiplied sums are multiplied by 2 to its power."""
FUNCTIONS = {(1, 1): "tl_depthwise_rows", (2, 2): "tl_depthwise_far"}
"""By the stride."""


@dataclass(frozen=True, eq=False)
class DepthwiseLinesKernel(Kernel):
    window: Window
    types: Quantised
    filters: Filters
    hot: bool
    """Whether weights are copied to RAM, from where each row of outputs reads them."""

    @property
    def channels(self) -> int:
        return self.filters.bias.size

    @property
    def line(self) -> int:
        """Elements of a channel in an expanded row: those of windows, in whole words."""
        step = self.window.stride[1]
        return (step * self.window.output[1] + 4 - step) // 2 * 2

    def parameters(self) -> tuple[Parameter, ...]:
        return (Parameter("stream", self.stream),)

    @cached_property
    def stream(self) -> bytes:
        if (scaled := self.scaled) is None:
            filters = self.filters
            return filters.lines(2 * filters.weights, 2 * filters.bias, filters.twice_rounded())
        rest = (scaled.filters.mantissas, scaled.bias * 0, scaled.offsets(self.filters.output_zero))
        return self.filters.lines(scaled.weights, scaled.bias, np.stack(rest, axis=1))

    @cached_property
    def scaled(self) -> ScaledSums | None:
        """Multiplied sums, if results below zero are saturated and registers hold them."""
        sums = ScaledSums.of(self.filters, PLACES)
        if not saturates(self.types) or sums.why_not(self.filters.output_zero):
            return None
        return sums

    def scratch(self) -> int:
        return EXPANDED * self.channels * self.line * 2 + (len(self.stream) if self.hot else 0)

    def order(self) -> Order | None:
        """By steps, each of which reads two rows, the first one four, and writes outputs then."""
        (height, width), (made, wide) = self.window.input, self.window.output
        step = self.window.stride[0]
        slots = (np.arange(height, dtype=np.int64) + self.window.before[0]) // 2
        read = np.maximum(slots - 1, 0)
        written = np.arange(made, dtype=np.int64) * step // 2
        reads = np.where(read <= written[-1], read, -1).repeat(width * self.channels)
        return Order(reads, written.repeat(wide * self.channels))

    def call(self) -> Call:
        channels = {
            "in_channels": self.channels,
            "out_channels": self.channels,
            "multiplier": 1,
        }
        relu = "_relu" if saturates(self.types) else ""
        form = "_scaled" if self.scaled else relu
        left = self.window.before[1]
        pixels = min(self.window.input[1], self.line - left) - left
        lines = {
            "channels": self.channels,
            "width": self.window.output[1],
            "line": self.line,
            "left": left,
            "pairs": pixels // 2,
            "odd": pixels % 2,
            "rest": self.line // 2 - left - pixels // 2 - pixels % 2,
            "zero": (self.types.given.zero_point & 0xFF) * 0x01010101
            - (1 << 32 if self.types.given.zero_point < 0 else 0),
        }
        conv: Mapping[str, Value] = {
            **self.window.fields("kernel"),
            **channels,
            **self.types.fields,
        }
        shape: Mapping[str, Value] = {
            "conv": conv,
            "expand": "tl_expand_rows_m4_s8",
            "compute": f"{FUNCTIONS[self.window.stride]}{form}_m4_s8",
            "lines": lines,
            "hot": int(self.hot),
        }
        return Call(NAME, "tl_depthwise_lines_s8_t", shape)

    def absorb(self, operation: Operation, shape: Shape) -> Kernel | None:
        types = self.types.then(operation)
        return replace(self, types=types) if types else None


def kernel(request: Request) -> Kernel | Unsuited:
    """For windows of 3 x 3, one output per channel, and whole words of channels."""
    layer = request.operation
    assert isinstance(layer, DepthwiseConv)
    types = quantised_layer(request)
    if isinstance(types, Unsuited):
        return types
    height, wide, channels, multiplier = layer.kernel.shape
    if (height, wide) != (ROWS, ROWS) or layer.dilation != (1, 1):
        return Unsuited("has windows of 3 x 3")
    if layer.stride not in FUNCTIONS:
        return Unsuited("has strides of 1 or of 2")
    if multiplier != 1 or channels % 4:
        return Unsuited("has a multiple of 4 channels, each with one output")
    if layer.padding[1][0] > 1:
        return Unsuited("has at most one column of padding on the left")
    rows = layer.kernel.reshape(ROWS * ROWS, channels).T
    filters = Filters.of(rows, layer.bias, layer.quantization, types)
    if reason := filters.why_not(0 if saturates(types) else 1):
        return reason
    window = Window.of(request.shapes, (ROWS, ROWS), layer.stride, layer.padding)
    return DepthwiseLinesKernel(window, types, filters, request.target.goal is not Goal.RAM)


FAST_DEPTHWISE = FastKernel(NAME, CORES, kernel)
