"""Dense layers and convolutions of int16 tensors, with int8 weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from tinylab.codegen.layers.general_conv import filters, geometry, is_general
from tinylab.codegen.layers.kernel import Call, Kernel, Order, Parameter, Request, Value
from tinylab.codegen.layers.requantize import Quantised, weight_zero, width
from tinylab.codegen.layers.window import Window, channel_by_channel
from tinylab.zoo.execution.integer.fixed_point import high_half
from tinylab.zoo.execution.integer.requantization import requantization
from tinylab.zoo.execution.integer.weighted import is_wide
from tinylab.zoo.network import Shape, elements
from tinylab.zoo.operations import Conv, Dense, DepthwiseConv, Operation, TransposeConv
from tinylab.zoo.tensor_type import Number

Layer = Conv | DepthwiseConv | TransposeConv
WIDE_SHIFT = 15
"""A product with the high half of a mantissa is shifted to the right by this, less the shift."""


@dataclass(frozen=True, eq=False)
class Int16DenseKernel(Kernel):
    rows: int
    layer: Dense
    types: Quantised

    def parameters(self) -> tuple[Parameter, ...]:
        weights = Parameter.of("weights", self.layer.weights.T, "i1")
        return weights, *_parameters(self.layer, self.types, halved=False)

    def order(self) -> Order | None:
        return None

    def call(self) -> Call:
        inputs, outputs = self.layer.weights.shape
        shape: Mapping[str, Value] = {
            "rows": self.rows,
            "inputs": inputs,
            "outputs": outputs,
            "narrow": int(not is_wide(self.layer.bias)),
            **self.types.range_fields,
        }
        return Call("tl_dense_s16", "tl_dense_s16_t", shape)

    def absorb(self, operation: Operation, shape: Shape) -> Kernel | None:
        types = self.types.then(operation)
        return replace(self, types=types) if types else None


@dataclass(frozen=True, eq=False)
class Int16ConvKernel(Kernel):
    """Any convolution; those without dilation and groups have a kernel that is faster."""

    layer: Layer
    shapes: tuple[Shape, Shape]
    types: Quantised

    def parameters(self) -> tuple[Parameter, ...]:
        plain_depthwise = isinstance(self.layer, DepthwiseConv) and not is_general(self.layer)
        ordered = self.layer.kernel if plain_depthwise else filters(self.layer)
        wide = is_wide(self.layer.bias)
        weights = Parameter.of("weights", ordered, "i1")
        return weights, *_parameters(self.layer, self.types, halved=wide)

    @property
    def window(self) -> Window | None:
        """None where elements are read in another order."""
        if isinstance(self.layer, TransposeConv) or is_general(self.layer):
            return None
        size = self.layer.kernel.shape[0], self.layer.kernel.shape[1]
        return Window.of(self.shapes, size, self.layer.stride, self.layer.padding)

    def order(self) -> Order | None:
        window = self.window
        if window is None:
            return None
        inputs, outputs = self.layer.kernel.shape[2:]
        if isinstance(self.layer, DepthwiseConv):
            return Order(*channel_by_channel(window, inputs, outputs))
        last = window.last_position()
        reads = np.where(last < 0, -1, last * outputs + outputs - 1)
        writes = np.arange(window.positions * outputs, dtype=np.int64)
        return Order(np.repeat(reads, inputs), writes)

    def call(self) -> Call:
        shape: Mapping[str, Value] = {
            "geometry": geometry(self.layer, self.shapes),
            "narrow": int(not is_wide(self.layer.bias)),
            **self.types.range_fields,
        }
        return Call(f"tl_{self._name}_s16", "tl_conv_s16_t", shape)

    @property
    def _name(self) -> str:
        if isinstance(self.layer, TransposeConv):
            return "transpose_conv"
        if is_general(self.layer):
            return "general_conv"
        return "conv" if isinstance(self.layer, Conv) else "depthwise_conv"

    def absorb(self, operation: Operation, shape: Shape) -> Kernel | None:
        types = self.types.then(operation)
        return replace(self, types=types) if types else None


def _parameters(layer: Dense | Layer, types: Quantised, *, halved: bool) -> tuple[Parameter, ...]:
    """The bias, mantissas (or their high halves) and shifts of all output channels."""
    assert layer.quantization is not None
    outputs = layer.bias.size
    mantissas, shifts = requantization(layer.quantization, outputs, types.given, types.made)
    if halved:
        mantissas, shifts = np.asarray(high_half(mantissas)), WIDE_SHIFT - shifts
    return (
        Parameter.of("bias", layer.bias, "<i8"),
        Parameter.of("mantissas", mantissas, "<i4"),
        Parameter.of("shifts", shifts, "<i4"),
    )


def kernel(request: Request) -> Kernel | None:
    """For int16 tensors, and weights whose zero point is 0."""
    layer, types = request.operation, Quantised.of(request)
    assert isinstance(layer, Dense | Layer)
    if width(request) is None or request.output.type.number is not Number.INT16:
        return None
    if weight_zero(layer.quantization) != 0:
        return None
    if isinstance(layer, Dense):
        return Int16DenseKernel(elements(request.inputs[0].shape[:-1]), layer, types)
    return Int16ConvKernel(layer, request.shapes, types)
