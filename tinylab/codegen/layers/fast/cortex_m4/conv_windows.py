"""Convolutions of floats with the max pooling of 2 x 2 that follows, on the Cortex-M4 and M33."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from tinylab.codegen.layers.conv import ConvMaxPoolKernel
from tinylab.codegen.layers.fast.conv_parts import FLOAT_BYTES, in_parts
from tinylab.codegen.layers.fast.conv_tiles import ConvPoolTilesKernel, ConvTilesKernel
from tinylab.codegen.layers.fast.pooled_conv import PooledConv
from tinylab.codegen.layers.filters import BLOCK
from tinylab.codegen.layers.kernel import Call, Kernel, Order, Parameter, Value
from tinylab.codegen.layers.window import Window
from tinylab.codegen.target import Goal

POOL = 2, 2
FIRST_SIZES = (2, 3)
"""Of filters that have a form of their own for one input channel."""
FOUR_CHANNELS = (8, 16, 32, 64)
"""Of inputs, that filters of 2 x 2 have a form of their own for."""
COPYING = 1.4
"""Time to copy a block's weights near the core, in that to compute one position with them."""
SHARES: Mapping[Goal, float] = {Goal.RAM: 1.0, Goal.BALANCED: 0.02, Goal.SPEED: 0.005}
"""The share of a layer's time that it may spend on copying weights."""


@dataclass(frozen=True, eq=False)
class ConvWindowsKernel(PooledConv):
    """A block of channels of four positions at a time; of these the maxima are written."""

    tiled: ConvTilesKernel
    goal: Goal

    def parameters(self) -> tuple[Parameter, ...]:
        if not self._is_first:
            blocks, bias = self.tiled.parameters()
            return self._by_channel(blocks) if self._is_four else blocks, bias
        layer = self.tiled.conv.layer
        filters = np.moveaxis(layer.kernel, -1, 0).reshape(layer.bias.size, -1)
        weights = np.concatenate((layer.bias[:, None], filters), axis=1)
        return Parameter.of("weights", weights), Parameter.of("bias", layer.bias)

    @property
    def _is_first(self) -> bool:
        """Whether the inputs of four windows stay in registers for all channels."""
        conv = self.tiled.conv
        height, width, channels, _ = conv.layer.kernel.shape
        square = height == width and width in FIRST_SIZES
        return square and channels == 1 and conv.window.stride == (1, 1)

    @property
    def _is_four(self) -> bool:
        """Whether the positions of a window share inputs."""
        conv = self.tiled.conv
        height, width, channels, _ = conv.layer.kernel.shape
        return (height, width, *conv.window.stride) == (2, 2, 1, 1) and channels in FOUR_CHANNELS

    def _by_channel(self, weights: Parameter) -> Parameter:
        """For each block: all elements of a channel of the input, then those of the next."""
        height, width, inputs, _ = self.tiled.conv.layer.kernel.shape
        blocks = np.frombuffer(weights.data, "<f4").reshape(-1, height * width, inputs, BLOCK)
        return Parameter.of(weights.name, blocks.transpose(0, 2, 1, 3))

    @property
    def _compute(self) -> str:
        """The function of the core."""
        _, width, inputs, _ = self.tiled.conv.layer.kernel.shape
        if self._is_first:
            return f"tl_conv_first_{width}_m4_f32"
        return f"tl_conv_four_{inputs}_m4_f32" if self._is_four else "tl_conv_window_m4_f32"

    @property
    def _window(self) -> Window:
        """Over the input, for each pooled position."""
        return self.tiled.conv.window.under(self.fused.pool)

    @property
    def _block(self) -> int:
        """Floats in the weights of a block of channels."""
        height, width, inputs, outputs = self.tiled.conv.layer.kernel.shape
        filter_size = height * width * inputs
        return int(outputs * (1 + filter_size) if self._is_first else BLOCK * filter_size)

    @property
    def rows(self) -> int:
        """Of the pooled output that are computed at a time, one block after the other."""
        height, width = self.fused.pool.output
        share = COPYING / (4 * width)
        return min(height, max(1, round(share / SHARES[self.goal])))

    def scratch(self) -> int:
        height, width = self._window.size
        patch = height * width * self.tiled.conv.layer.kernel.shape[2]
        return (self._block + int(patch)) * FLOAT_BYTES

    def order(self) -> Order | None:
        inputs, outputs = self.tiled.conv.layer.kernel.shape[2:]
        return in_parts(self._window, self.rows, self._window.output[1], inputs, outputs)

    def call(self) -> Call:
        outputs, first = self.tiled.conv.layer.bias.size, self._is_first
        shape: Mapping[str, Value] = {
            "pool": self.fused.call().shape,
            "compute": self._compute,
            "channels": outputs if first else BLOCK,
            "block": self._block,
            "rows": self.rows,
        }
        return Call("tl_conv_windows_m4_f32", "tl_conv_windows_m4_t", shape)


def pooled(tiled: ConvTilesKernel, fused: ConvMaxPoolKernel) -> Kernel | None:
    """For pools of 2 x 2 without padding and channels in fours; None for others, and where it takes
    RAM that the goal saves.

    Zeros stand for what is outside the input, so weights must be finite.
    """
    pool = fused.pool
    apart = pool.size == POOL and pool.stride == POOL and pool.before == (0, 0)
    inside = all(2 * out <= size for out, size in zip(pool.output, pool.input, strict=True))
    filters = tiled.conv.layer.kernel
    if not (apart and inside and np.isfinite(filters).all()) or filters.shape[-1] % BLOCK:
        return None
    kernel = ConvWindowsKernel(fused, tiled, tiled.goal)
    by_lines = ConvPoolTilesKernel(fused, tiled)
    saves_ram = tiled.goal is Goal.RAM and by_lines.scratch() < kernel.scratch()
    return None if saves_ram else kernel
