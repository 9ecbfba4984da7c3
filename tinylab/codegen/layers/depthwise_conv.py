"""Depthwise convolutions, and batch normalisation that could not be folded into a layer."""

from __future__ import annotations

from dataclasses import dataclass

from tinylab.codegen.layers import grouped_conv
from tinylab.codegen.layers.kernel import (
    Call,
    ClampedKernel,
    Kernel,
    Order,
    Parameter,
    Request,
)
from tinylab.codegen.layers.window import Window, channel_by_channel
from tinylab.zoo.network import Shape
from tinylab.zoo.operations import NO_PADDING, BatchNorm, Conv, DepthwiseConv


@dataclass(frozen=True, eq=False)
class DepthwiseConvKernel(ClampedKernel):
    layer: DepthwiseConv
    window: Window

    def parameters(self) -> tuple[Parameter, ...]:
        filters = self.layer.kernel.transpose(2, 3, 0, 1)
        return Parameter.of("weights", filters), Parameter.of("bias", self.layer.bias)

    def order(self) -> Order | None:
        channels, multiplier = self.layer.kernel.shape[2:]
        return Order(*channel_by_channel(self.window, channels, multiplier))

    def call(self) -> Call:
        channels, multiplier = self.layer.kernel.shape[2:]
        shape = {
            **self.window.fields("kernel"),
            "channels": channels,
            "multiplier": multiplier,
            **self.clamp.fields,
        }
        return Call("tl_depthwise_conv_f32", "tl_depthwise_conv_t", shape)


def kernel(request: Request) -> Kernel:
    layer = request.operation
    assert isinstance(layer, DepthwiseConv)
    if layer.dilation != (1, 1):
        channels, multiplier = layer.kernel.shape[2:]
        flat = layer.kernel.reshape(*layer.kernel.shape[:2], 1, channels * multiplier)
        padding, rank = layer.padding, layer.rank
        grouped = Conv(flat, layer.bias, layer.stride, padding, rank, None, layer.dilation)
        return grouped_conv.kernel(grouped, channels, request.shapes)
    return _kernel(layer, request.shapes)


def _kernel(layer: DepthwiseConv, shapes: tuple[Shape, Shape]) -> Kernel:
    size = layer.kernel.shape[0], layer.kernel.shape[1]
    return DepthwiseConvKernel(layer, Window.of(shapes, size, layer.stride, layer.padding))


def batch_norm(request: Request) -> Kernel:
    """A scale and an offset per channel, as a depthwise convolution of 1 x 1."""
    layer = request.operation
    assert isinstance(layer, BatchNorm)
    scale = layer.scale.reshape(1, 1, -1, 1)
    return _kernel(DepthwiseConv(scale, layer.offset, (1, 1), NO_PADDING), request.shapes)
