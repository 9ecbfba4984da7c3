"""Convolutions of one channel with 2 x 2 max pooling: each window stays in registers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tinylab.codegen.layers.conv import ConvMaxPoolKernel
from tinylab.codegen.layers.fast.pooled_conv import PooledConv
from tinylab.codegen.layers.kernel import Call, Kernel, Order, Parameter, Value

PAIR = 2
"""Output channels that are computed together."""


@dataclass(frozen=True)
class Windows:
    """The functions of a core: their names, with the kernel's size in place of `{}`."""

    function: str
    sizes: Sequence[int]


@dataclass(frozen=True, eq=False)
class ConvWindowsKernel(PooledConv):
    windows: Windows

    def parameters(self) -> tuple[Parameter, ...]:
        """For each pair of channels: the weights of each tap, then the biases."""
        layer = self.fused.conv.layer
        outputs = layer.bias.size
        taps = np.vstack([layer.kernel.reshape(-1, outputs), layer.bias])
        pairs = np.pad(taps, ((0, 0), (0, -outputs % PAIR))).reshape(len(taps), -1, PAIR)
        return (Parameter.of("weights", pairs.transpose(1, 0, 2)),)

    def order(self) -> Order | None:
        outputs = self.fused.conv.layer.bias.size
        pool = self.fused.pool
        last = self.fused.conv.window.under(pool).last_position()
        writes = np.arange(pool.positions, dtype=np.int64)
        return Order(last, np.repeat(writes, outputs))

    def call(self) -> Call:
        size = self.fused.conv.window.size[0]
        compute = self.windows.function.format(size)
        shape: Mapping[str, Value] = {"pool": self.fused.call().shape, "compute": compute}
        return Call("tl_conv_windows_f32", "tl_conv_windows_t", shape)


def kernel(fused: ConvMaxPoolKernel, windows: Windows) -> Kernel | None:
    """For one input channel, and pooling windows of 2 x 2 that are inside the convolution's output;
    None for others.

    Zeros stand for what is outside the input, so weights must be finite.
    """
    conv, pool, filters = fused.conv.window, fused.pool, fused.conv.layer.kernel
    inside = pool.before == (0, 0) and all(
        (outputs - 1) * stride + size <= inputs
        for outputs, stride, size, inputs in zip(
            pool.output, pool.stride, pool.size, pool.input, strict=True
        )
    )
    square = conv.size[0] == conv.size[1] and conv.size[0] in windows.sizes
    apart = conv.stride == (1, 1) and pool.size == (2, 2)
    taken = filters.shape[2] == 1 and bool(np.isfinite(filters).all())
    suits = inside and square and apart and taken
    return ConvWindowsKernel(fused, windows) if suits else None
