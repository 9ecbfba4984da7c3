"""Convolutions of floats with the max pooling of 2 x 2 that follows, on the Cortex-M4 and M33."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from tinylab.codegen.layers.conv import ConvMaxPoolKernel
from tinylab.codegen.layers.fast.conv_tiles import FLOAT_BYTES, ConvTilesKernel, by_rows
from tinylab.codegen.layers.filters import BLOCK
from tinylab.codegen.layers.kernel import Call, Kernel, Order, Parameter, Value
from tinylab.codegen.layers.window import Window
from tinylab.zoo.network import Shape
from tinylab.zoo.operations import Operation

POOL = 2, 2


@dataclass(frozen=True, eq=False)
class ConvWindowsKernel(Kernel):
    """Four channels of four positions at a time; of these the maxima are written."""

    tiled: ConvTilesKernel
    fused: ConvMaxPoolKernel
    rows: int
    """Of the pooled output that are computed at a time, one block of channels after the other."""

    def parameters(self) -> tuple[Parameter, ...]:
        return self.tiled.parameters()

    @property
    def _window(self) -> Window:
        """Over the input, for each pooled position."""
        return self.tiled.conv.window.under(self.fused.pool)

    def scratch(self) -> int:
        height, width, channels, _ = self.tiled.conv.layer.kernel.shape
        patch_height, patch_width = self._window.size
        elements = height * width * BLOCK + patch_height * patch_width
        return int(elements * channels * FLOAT_BYTES)

    def order(self) -> Order | None:
        inputs, outputs = self.tiled.conv.layer.kernel.shape[2:]
        return by_rows(self._window, self.rows, inputs, outputs)

    def call(self) -> Call:
        shape: Mapping[str, Value] = {"pool": self.fused.call().shape, "rows": self.rows}
        return Call("tl_conv_windows_m4_f32", "tl_conv_windows_t", shape)

    def absorb(self, operation: Operation, shape: Shape) -> Kernel | None:
        fused = self.fused.absorb(operation, shape)
        return replace(self, fused=fused) if isinstance(fused, ConvMaxPoolKernel) else None


def pooled(tiled: ConvTilesKernel, fused: ConvMaxPoolKernel) -> Kernel | None:
    """For pools of 2 x 2 without padding and channels in fours; None for others."""
    pool = fused.pool
    apart = pool.size == POOL and pool.stride == POOL and pool.before == (0, 0)
    inside = all(2 * out <= size for out, size in zip(pool.output, pool.input, strict=True))
    if not (apart and inside) or tiled.conv.layer.kernel.shape[-1] % BLOCK:
        return None
    return ConvWindowsKernel(tiled, fused, rows=max(1, tiled.rows // POOL[0]))
