"""Convolutions of floats, in tiles of positions by four channels, by functions for a core."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from tinylab.codegen.layers.conv import ConvKernel, ConvMaxPoolKernel
from tinylab.codegen.layers.fast.conv_parts import (
    FLOAT_BYTES,
    columns_at_a_time,
    in_parts,
    joined_rows,
    reaches,
    rows_at_a_time,
)
from tinylab.codegen.layers.fast.fast_kernel import Unsuited
from tinylab.codegen.layers.fast.pooled_conv import PooledConv
from tinylab.codegen.layers.filters import BLOCK, interleaved
from tinylab.codegen.layers.kernel import Call, Kernel, Order, Parameter, Request, Value
from tinylab.codegen.layers.window import Window
from tinylab.codegen.target import Goal
from tinylab.zoo.network import Shape, spatial
from tinylab.zoo.operations import Conv, Operation

NEAR_POSITIONS = 12
"""At least, so that copying weights takes less time than it saves."""
NEAR_BYTES: Mapping[Goal, int] = {Goal.RAM: 0, Goal.BALANCED: 4096, Goal.SPEED: 16 * 1024}
"""The largest copy of weights."""


@dataclass(frozen=True)
class Tiles:
    """The functions of a core: their names, with the number of positions in place of `{}`."""

    function: str
    pooled: Callable[[ConvTilesKernel, ConvMaxPoolKernel], Kernel | None]
    """A better kernel for the layer and the pooling that follows, if there is one."""
    near: str = ""
    """A function for the whole layer that copies a block's weights near the core, if there is one.
    """

    @property
    def names(self) -> str:
        """A C initialiser."""
        return initialiser(self.function, (1, 2, 3, 4))


@dataclass(frozen=True, eq=False)
class ConvTilesKernel(Kernel):
    conv: ConvKernel
    tiles: Tiles
    goal: Goal

    def parameters(self) -> tuple[Parameter, ...]:
        kernel = self.conv.layer.kernel
        outputs = kernel.shape[-1]
        missing = -outputs % BLOCK
        filters = np.moveaxis(kernel, -1, 0).reshape(outputs, -1)
        weights = interleaved(np.pad(filters, ((0, missing), (0, 0))))
        bias = np.pad(self.conv.layer.bias, (0, missing))
        return Parameter.of("weights", weights), Parameter.of("bias", bias)

    @property
    def _window(self) -> Window:
        return joined_rows(self.conv.window)

    @property
    def _part(self) -> tuple[int, int]:
        """Rows and columns of the output that are computed at a time: all columns if weights are
        copied for each part."""
        near, width = self._is_near, self._window.output[1]
        return self._rows, width if near else columns_at_a_time(self._window, self.goal)

    @property
    def _rows(self) -> int:
        return rows_at_a_time(self._window, self.conv.layer, self.goal)

    @property
    def _block_bytes(self) -> int:
        """Of the weights of four channels."""
        return BLOCK * FLOAT_BYTES * int(np.prod(self.conv.layer.kernel.shape[:3]))

    @property
    def _is_near(self) -> bool:
        """Whether a copy of weights is used often enough, and takes little memory."""
        height, width = self._window.output
        positions = min(self._rows, height) * width
        small = self._block_bytes <= NEAR_BYTES[self.goal]
        return bool(self.tiles.near) and positions >= NEAR_POSITIONS and small

    def scratch(self) -> int:
        return self._block_bytes if self._is_near else 0

    def order(self) -> Order | None:
        return in_parts(self._window, *self._part, *self.conv.layer.kernel.shape[2:])

    def call(self) -> Call:
        rows, columns = self._part
        shape: Mapping[str, Value] = {
            "conv": replace(self.conv, window=self._window).fields,
            "tiles": self.tiles.names,
            "rows": rows,
            "columns": columns,
        }
        function = self.tiles.near if self._is_near else "tl_conv_tiles_f32"
        return Call(function, "tl_conv_tiles_t", shape)

    def makes_image(self, shape: Shape) -> bool:
        return spatial(shape) == spatial(self.conv.shape)

    def absorb(self, operation: Operation, shape: Shape) -> Kernel | None:
        fused = self.conv.absorb(operation, shape)
        if isinstance(fused, ConvMaxPoolKernel):
            return self.tiles.pooled(self, fused) or ConvPoolTilesKernel(fused, self)
        return replace(self, conv=fused) if isinstance(fused, ConvKernel) else None


@dataclass(frozen=True, eq=False)
class ConvPoolTilesKernel(PooledConv):
    """With the max pooling that follows: rows of the convolution are in scratch memory."""

    tiled: ConvTilesKernel

    def parameters(self) -> tuple[Parameter, ...]:
        return self.tiled.parameters()

    def scratch(self) -> int:
        return self.tiled.conv.window.output[1] * BLOCK * FLOAT_BYTES

    def order(self) -> Order | None:
        inputs, outputs = self.tiled.conv.layer.kernel.shape[2:]
        window = self.tiled.conv.window.under(self.fused.pool)
        return in_parts(window, self._rows, window.output[1], inputs, outputs)

    @property
    def _rows(self) -> int:
        """Of the pooled output: as many rows of the convolution as without pooling."""
        conv = self.tiled.conv
        rows = rows_at_a_time(conv.window, conv.layer, self.tiled.goal)
        return max(1, rows // self.fused.pool.stride[0])

    def call(self) -> Call:
        pool = self.fused.call().shape
        names = self.tiled.tiles.names
        shape: Mapping[str, Value] = {"pool": pool, "tiles": names, "rows": self._rows}
        return Call("tl_conv_pool_tiles_f32", "tl_conv_pool_tiles_t", shape)


def initialiser(function: str, sizes: Sequence[int]) -> str:
    """C's array of the functions of these sizes, whose name has `{}` in place of the size."""
    return "{" + ", ".join(map(function.format, sizes)) + "}"


def kernel(request: Request, tiles: Tiles) -> Kernel | Unsuited:
    """For float tensors, and windows that all reach into the input."""
    layer, shapes = request.operation, request.shapes
    assert isinstance(layer, Conv)
    if not request.is_float:
        return Unsuited("computes floats")
    if layer.groups != 1 or layer.dilation != (1, 1):
        return Unsuited("has neither groups nor dilation")
    size = layer.kernel.shape[0], layer.kernel.shape[1]
    window = Window.of(shapes, size, layer.stride, layer.padding)
    if not reaches(window):
        return Unsuited("requires a part of the input in every window")
    return ConvTilesKernel(ConvKernel(layer, window, shapes[1]), tiles, request.target.goal)
