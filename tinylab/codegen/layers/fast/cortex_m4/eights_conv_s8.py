"""1 x 1 convolutions of eight int8 channels on the Cortex-M4 and M33: weights stay in registers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from tinylab.codegen.layers.fast.cortex_m4.cores import CORES
from tinylab.codegen.layers.fast.cortex_m4.scaled_sums import ScaledSums
from tinylab.codegen.layers.fast.fast_kernel import FastKernel, Unsuited
from tinylab.codegen.layers.fast.int8_packing import (
    PAIRS_OF_FOUR,
    Filters,
    quantised_layer,
    saturates,
    stored,
    words,
)
from tinylab.codegen.layers.kernel import Call, Kernel, Order, Parameter, Request, Value
from tinylab.codegen.layers.requantize import Quantised
from tinylab.codegen.layers.window import Window
from tinylab.zoo.network import Shape
from tinylab.zoo.operations import Conv, Operation

NAME = "tl_eights_conv_s8"
INPUTS, WIDTH = 8, 4
"""Input channels; output channels of a block."""
TURN = 64
"""Positions that are computed for all blocks before the next ones."""
PLACES = 13
"""Results are multiplied by 2 to its power."""
OFFSET = 128
"""Elements are made as uint8, that much more."""


@dataclass(frozen=True, eq=False)
class EightsConvKernel(Kernel):
    window: Window
    types: Quantised
    sums: ScaledSums

    def parameters(self) -> tuple[Parameter, ...]:
        return (Parameter("stream", stream(self.sums)),)

    def order(self) -> Order | None:
        """A turn's outputs are written while its inputs are still needed."""
        turns = np.arange(self.window.positions, dtype=np.int64) // TURN
        return Order(np.repeat(turns + 1, INPUTS), np.repeat(turns, self.sums.bias.size))

    def call(self) -> Call:
        outputs = self.sums.bias.size
        channels = {"in_channels": INPUTS, "out_channels": outputs, "multiplier": 1}
        shape: Mapping[str, Value] = {
            "conv": {**self.window.fields("kernel"), **channels, **self.types.fields},
            "compute": "tl_conv_eights_m4_s8",
            "sizes": {"pairs": self.window.positions // 2, "blocks": outputs // WIDTH},
        }
        return Call(NAME, "tl_eights_conv_s8_t", shape)

    def absorb(self, operation: Operation, shape: Shape) -> Kernel | None:
        types = self.types.then(operation)
        return replace(self, types=types) if types else None


def stream(sums: ScaledSums) -> bytes:
    """Of each block: weights, sums, mantissas, offsets; see tl_conv_eights_m4_s8.S."""
    blocks = sums.bias.size // WIDTH
    weights = sums.weights.reshape(blocks, WIDTH, -1, 4)[..., PAIRS_OF_FOUR]
    pairs = weights.reshape(blocks, WIDTH, -1, 2)
    parts = (
        words(pairs[..., 0], pairs[..., 1]).transpose(0, 2, 1),
        sums.bias,
        sums.filters.mantissas,
        sums.offsets(sums.filters.output_zero + OFFSET),
    )
    return stored(np.concatenate([part.reshape(blocks, -1) for part in parts], axis=1))


def kernel(request: Request) -> Kernel | Unsuited:
    """For saturated results of an even number of positions, and whole blocks of channels."""
    layer = request.operation
    assert isinstance(layer, Conv)
    types = quantised_layer(request)
    if isinstance(types, Unsuited):
        return types
    height, width, inputs, outputs = layer.kernel.shape
    if (height, width, inputs) != (1, 1, INPUTS) or layer.stride != (1, 1) or layer.groups != 1:
        return Unsuited(f"has windows of 1 x 1 and {INPUTS} channels")
    window = Window.of(request.shapes, (1, 1), layer.stride, layer.padding)
    if window.has_padding or window.positions % 2 or outputs % WIDTH:
        return Unsuited(f"has an even number of positions, and {WIDTH} outputs or a multiple")
    if not saturates(types):
        return Unsuited("has a zero that is the least output")
    filters = Filters.of(layer.kernel[0, 0].T, layer.bias, layer.quantization, types)
    sums = ScaledSums.of(filters, PLACES)
    offset = filters.output_zero + OFFSET
    return sums.why_not(offset, PLACES + 16) or EightsConvKernel(window, types, sums)


FAST_EIGHTS = FastKernel(NAME, CORES, kernel)
