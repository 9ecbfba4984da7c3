"""Convolutions of floats on the Cortex-M4 and M33."""

from __future__ import annotations

from tinylab.codegen.layers.fast import conv_tiles, depthwise_tiles
from tinylab.codegen.layers.fast.conv_tiles import Tiles
from tinylab.codegen.layers.fast.cortex_m4 import conv_windows
from tinylab.codegen.layers.fast.cortex_m4.cores import CORES
from tinylab.codegen.layers.fast.fast_kernel import FastKernel, Unsuited
from tinylab.codegen.layers.kernel import Kernel, Request

TILES = Tiles("tl_conv_tile_{}_m4_f32", conv_windows.pooled, near="tl_conv_near_m4_f32")
DEPTHWISE = "tl_depthwise_tile_{}_m4_f32"


def kernel(request: Request) -> Kernel | Unsuited:
    """For float tensors, without groups and dilation."""
    return conv_tiles.kernel(request, TILES)


FAST_CONV = FastKernel("tl_conv_tiles_f32", CORES, kernel)


def depthwise(request: Request) -> Kernel | Unsuited:
    """For float tensors, and one output channel for each input channel."""
    return depthwise_tiles.kernel(request, DEPTHWISE)


FAST_DEPTHWISE = FastKernel("tl_depthwise_tiles_f32", CORES, depthwise)
