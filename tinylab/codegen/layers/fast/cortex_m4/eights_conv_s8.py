"""1 x 1 convolutions of eight int8 channels on the Cortex-M4 and M33: weights stay in registers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from tinylab.codegen.layers.fast.cortex_m4.cores import CORES
from tinylab.codegen.layers.fast.fast_kernel import FastKernel, Unsuited
from tinylab.codegen.layers.fast.int8_packing import (
    PAIRS_OF_FOUR,
    Filters,
    Integers,
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
LEAST, MOST = PLACES - 7, PLACES - 1
"""Exponents for which weights have 16 bits, and rounding twice is adding a constant."""
OFFSET = 128
"""Elements are made as uint8, that much more."""


@dataclass(frozen=True, eq=False)
class EightsConvKernel(Kernel):
    window: Window
    types: Quantised
    filters: Filters

    def parameters(self) -> tuple[Parameter, ...]:
        return (Parameter("stream", stream(self.filters)),)

    def order(self) -> Order | None:
        """A turn's outputs are written while its inputs are still needed."""
        turns = np.arange(self.window.positions, dtype=np.int64) // TURN
        return Order(np.repeat(turns + 1, INPUTS), np.repeat(turns, self.filters.bias.size))

    def call(self) -> Call:
        outputs = self.filters.bias.size
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


def shifts(filters: Filters) -> Integers:
    """Places by which sums are shifted left: with the doubled product, results at `PLACES`."""
    return PLACES + 1 - filters.exponents


def offsets(filters: Filters) -> Integers:
    """What is added to the upper half of products.

    The first rounding of a product, shifted, is a constant too, so both of them are added.
    """
    first = np.int64(1) << (shifts(filters) - 2)
    return first + (1 << PLACES - 1) + (filters.output_zero + OFFSET << PLACES)


def stream(filters: Filters) -> bytes:
    """Of each block: weights, sums, mantissas, offsets; see tl_conv_eights_m4_s8.S."""
    blocks = filters.bias.size // WIDTH
    scaled = (filters.weights << shifts(filters)[:, None]).reshape(blocks, WIDTH, -1, 4)
    pairs = scaled[..., PAIRS_OF_FOUR].reshape(blocks, WIDTH, -1, 2)
    parts = (
        words(pairs[..., 0], pairs[..., 1]).transpose(0, 2, 1),
        filters.bias << shifts(filters),
        filters.mantissas,
        offsets(filters),
    )
    return stored(np.concatenate([part.reshape(blocks, -1) for part in parts], axis=1))


def why_not(filters: Filters) -> Unsuited | None:
    """Why registers do not hold what is computed."""
    if filters.exponents.min() < LEAST or filters.exponents.max() > MOST:
        return Unsuited(f"divides sums by 2^{LEAST} to 2^{MOST}")
    if filters.weights.min() < -127:
        return Unsuited("has weights from -127 to 127")
    low, high = filters.reach
    largest = np.maximum(np.abs(low), np.abs(high)) << shifts(filters)
    results = (largest * (filters.mantissas >> 16) >> 16) + offsets(filters)
    if largest.max() >= 1 << 31 or results.max() >= 1 << PLACES + 15:
        return Unsuited("has results of 16 bits")
    return None


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
    return why_not(filters) or EightsConvKernel(window, types, filters)


FAST_EIGHTS = FastKernel(NAME, CORES, kernel)
