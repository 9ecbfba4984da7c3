"""Depthwise convolutions of floats, in tiles of positions by four channels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tinylab.codegen.layers.fast.conv_parts import in_parts, reaches
from tinylab.codegen.layers.fast.conv_tiles import initialiser
from tinylab.codegen.layers.fast.fast_kernel import Unsuited
from tinylab.codegen.layers.filters import interleaved
from tinylab.codegen.layers.kernel import (
    Call,
    ClampedKernel,
    Kernel,
    Order,
    Parameter,
    Request,
    Value,
)
from tinylab.codegen.layers.window import Window
from tinylab.zoo.operations import DepthwiseConv

LEAST_CHANNELS = 4


@dataclass(frozen=True, eq=False)
class DepthwiseTilesKernel(ClampedKernel):
    layer: DepthwiseConv
    window: Window
    function: str
    """Of a core: its name, with the number of positions in place of `{}`."""

    def parameters(self) -> tuple[Parameter, ...]:
        channels = self.layer.bias.size
        filters = self.layer.kernel.reshape(-1, channels).T
        weights = Parameter.of("weights", interleaved(filters))
        return weights, Parameter.of("bias", self.layer.bias)

    def order(self) -> Order | None:
        channels = self.layer.bias.size
        return in_parts(self.window, 1, self.window.output[1], channels, channels)

    def call(self) -> Call:
        channels = self.layer.bias.size
        conv: Mapping[str, Value] = {
            **self.window.fields("kernel"),
            "in_channels": channels,
            "out_channels": channels,
            **self.clamp.fields,
        }
        tiles = initialiser(self.function, (1, 2, 3))
        return Call(
            "tl_depthwise_tiles_f32", "tl_depthwise_tiles_t", {"conv": conv, "tiles": tiles}
        )


def kernel(request: Request, function: str) -> Kernel | Unsuited:
    """For four channels or more, and windows that all reach into the input."""
    layer, shapes = request.operation, request.shapes
    assert isinstance(layer, DepthwiseConv)
    if not request.is_float:
        return Unsuited("computes floats")
    if layer.dilation != (1, 1) or layer.kernel.shape[3] != 1:
        return Unsuited("has neither dilation nor several outputs for a channel")
    if layer.bias.size < LEAST_CHANNELS:
        return Unsuited(f"computes {LEAST_CHANNELS} channels or more")
    size = layer.kernel.shape[0], layer.kernel.shape[1]
    window = Window.of(shapes, size, layer.stride, layer.padding)
    if not reaches(window):
        return Unsuited("requires a part of the input in every window")
    return DepthwiseTilesKernel(layer, window, function)
