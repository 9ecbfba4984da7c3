"""Convolutions and depthwise convolutions of int8 tensors."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from tinylab.codegen.layers.kernel import Call, Kernel, Order, Parameter, Request
from tinylab.codegen.layers.requantize import Quantised, is_int8, variant, weight_zero
from tinylab.codegen.layers.window import Window, channel_by_channel
from tinylab.zoo.network import Shape
from tinylab.zoo.operations import Conv, DepthwiseConv, Operation


@dataclass(frozen=True, eq=False)
class QuantisedConvKernel(Kernel):
    layer: Conv
    window: Window
    types: Quantised
    weight_zero: int

    def parameters(self) -> tuple[Parameter, ...]:
        weights = Parameter.of("weights", np.moveaxis(self.layer.kernel, -1, 0), "i1")
        return weights, *self.types.parameters(self.layer.bias, self.layer.quantization)

    def order(self) -> Order | None:
        inputs, outputs = self.layer.kernel.shape[2:]
        last = self.window.last_position()
        reads = np.where(last < 0, -1, last * outputs + outputs - 1)
        writes = np.arange(self.window.positions * outputs, dtype=np.int64)
        return Order(np.repeat(reads, inputs), writes)

    def call(self) -> Call:
        inputs, outputs = self.layer.kernel.shape[2:]
        channels = {"in_channels": inputs, "out_channels": outputs, "multiplier": 1}
        shape = {
            **self.window.fields("kernel"),
            **channels,
            "weight_zero": self.weight_zero,
            **self.types.fields,
        }
        return Call(variant("tl_conv", self.weight_zero), "tl_conv_s8_t", shape)

    def absorb(self, operation: Operation, shape: Shape) -> Kernel | None:
        types = self.types.then(operation)
        return replace(self, types=types) if types else None


@dataclass(frozen=True, eq=False)
class QuantisedDepthwiseConvKernel(Kernel):
    layer: DepthwiseConv
    window: Window
    types: Quantised
    weight_zero: int

    def parameters(self) -> tuple[Parameter, ...]:
        weights = Parameter.of("weights", self.layer.kernel, "i1")
        return weights, *self.types.parameters(self.layer.bias, self.layer.quantization)

    def order(self) -> Order | None:
        channels, multiplier = self.layer.kernel.shape[2:]
        return Order(*channel_by_channel(self.window, channels, multiplier))

    def call(self) -> Call:
        inputs, multiplier = self.layer.kernel.shape[2:]
        channels = {
            "in_channels": inputs,
            "out_channels": inputs * multiplier,
            "multiplier": multiplier,
            "weight_zero": self.weight_zero,
        }
        shape = {**self.window.fields("kernel"), **channels, **self.types.fields}
        return Call(variant("tl_depthwise_conv", self.weight_zero), "tl_conv_s8_t", shape)

    def absorb(self, operation: Operation, shape: Shape) -> Kernel | None:
        types = self.types.then(operation)
        return replace(self, types=types) if types else None


def kernel(request: Request) -> Kernel | None:
    """For int8 tensors, and weights with one zero point."""
    layer = request.operation
    assert isinstance(layer, Conv | DepthwiseConv)
    if layer.dilation != (1, 1) or getattr(layer, "groups", 1) != 1:
        return None
    zero = weight_zero(layer.quantization)
    if zero is None or not is_int8(request):
        return None
    size = layer.kernel.shape[0], layer.kernel.shape[1]
    window = Window.of(request.shapes, size, layer.stride, layer.padding)
    types = Quantised.of(request)
    if isinstance(layer, Conv):
        return QuantisedConvKernel(layer, window, types, zero)
    return QuantisedDepthwiseConvKernel(layer, window, types, zero)
