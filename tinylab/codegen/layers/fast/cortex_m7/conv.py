"""Convolutions of floats on the Cortex-M7."""

from __future__ import annotations

from tinylab.boards.board import Core
from tinylab.codegen.layers.conv import ConvMaxPoolKernel
from tinylab.codegen.layers.fast import conv_tiles, conv_windows, depthwise_tiles
from tinylab.codegen.layers.fast.conv_tiles import ConvTilesKernel, Tiles
from tinylab.codegen.layers.fast.conv_windows import Windows
from tinylab.codegen.layers.fast.fast_kernel import FastKernel, Unsuited
from tinylab.codegen.layers.kernel import Kernel, Request

CORES = frozenset({Core.CORTEX_M7})
WINDOWS = Windows("tl_conv_window_{}_m7_f32", sizes=(2, 3))
DEPTHWISE = "tl_depthwise_tile_{}_m7_f32"


def pooled(tiled: ConvTilesKernel, fused: ConvMaxPoolKernel) -> Kernel | None:
    """For one input channel, and max pooling of 2 x 2."""
    del tiled
    return conv_windows.kernel(fused, WINDOWS)


TILES = Tiles("tl_conv_tile_{}_m7_f32", pooled)


def kernel(request: Request) -> Kernel | Unsuited:
    """For float tensors, without groups and dilation."""
    return conv_tiles.kernel(request, TILES)


FAST_CONV = FastKernel("tl_conv_tiles_f32", CORES, kernel)


def depthwise(request: Request) -> Kernel | Unsuited:
    """For float tensors, and one output channel for each input channel."""
    return depthwise_tiles.kernel(request, DEPTHWISE)


FAST_DEPTHWISE = FastKernel("tl_depthwise_tiles_f32", CORES, depthwise)
