"""Convolutions with dilation or groups, and transposed ones, of int8."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from tinylab.codegen.layers.kernel import (
    Call,
    Kernel,
    Order,
    Parameter,
    Request,
    Value,
)
from tinylab.codegen.layers.requantize import Quantised, is_int8, weight_zero
from tinylab.zoo.network import Shape, spatial
from tinylab.zoo.operations import Conv, DepthwiseConv, Operation, TransposeConv
from tinylab.zoo.tensor_type import Array

Layer = Conv | DepthwiseConv | TransposeConv


@dataclass(frozen=True, eq=False)
class GeneralConvKernel(Kernel):
    layer: Layer
    shapes: tuple[Shape, Shape]
    types: Quantised

    def parameters(self) -> tuple[Parameter, ...]:
        weights = Parameter.of("weights", filters(self.layer), "i1")
        return weights, *self.types.parameters(self.layer.bias, self.layer.quantization)

    def order(self) -> Order | None:
        return None

    def call(self) -> Call:
        name = "transpose_conv" if isinstance(self.layer, TransposeConv) else "general_conv"
        zero = weight_zero(self.layer.quantization)
        assert zero is not None
        fields: Mapping[str, Value] = {
            "geometry": geometry(self.layer, self.shapes),
            "weight_zero": zero,
            **self.types.fields,
        }
        return Call(f"tl_{name}_s8", "tl_general_conv_s8_t", fields)

    def absorb(self, operation: Operation, shape: Shape) -> Kernel | None:
        types = self.types.then(operation)
        return replace(self, types=types) if types else None


def filters(layer: Layer) -> Array:
    """(outputs, height, width, inputs of a group)."""
    kernel = layer.kernel
    if isinstance(layer, DepthwiseConv):
        kernel = kernel.reshape(*kernel.shape[:2], 1, -1)
    return np.moveaxis(kernel, -1, 0)


def geometry(layer: Layer, shapes: tuple[Shape, Shape]) -> Mapping[str, Value]:
    (in_height, in_width, inputs), (out_height, out_width, outputs) = map(spatial, shapes)
    groups, dilation = 1, (1, 1)
    if isinstance(layer, TransposeConv):
        before = layer.cut
    else:
        before = layer.padding[0][0], layer.padding[1][0]
        dilation = layer.dilation
        groups = inputs if isinstance(layer, DepthwiseConv) else layer.groups
    return {
        "in_height": in_height,
        "in_width": in_width,
        "in_channels": inputs,
        "out_height": out_height,
        "out_width": out_width,
        "out_channels": outputs,
        "kernel_height": layer.kernel.shape[0],
        "kernel_width": layer.kernel.shape[1],
        "stride_y": layer.stride[0],
        "stride_x": layer.stride[1],
        "pad_top": before[0],
        "pad_left": before[1],
        "dilation_y": dilation[0],
        "dilation_x": dilation[1],
        "groups": groups,
    }


def is_general(layer: Operation) -> bool:
    """Whether the kernels for plain convolutions do not compute it."""
    if isinstance(layer, TransposeConv):
        return True
    assert isinstance(layer, Conv | DepthwiseConv)
    return layer.dilation != (1, 1) or getattr(layer, "groups", 1) != 1


def kernel(request: Request) -> Kernel | None:
    """For dilation, groups and transposed convolutions; weights with one zero point."""
    layer = request.operation
    assert isinstance(layer, Layer)
    if not is_general(layer):
        return None
    if not is_int8(request) or weight_zero(layer.quantization) is None:
        return None
    return GeneralConvKernel(layer, request.shapes, Quantised.of(request))
