"""Convolutions, and convolutions fused with the max pooling that follows them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from tinylab.codegen.layers import grouped_conv
from tinylab.codegen.layers.filters import interleaved, turn_of
from tinylab.codegen.layers.kernel import (
    UNCLAMPED,
    Call,
    Clamp,
    Kernel,
    Order,
    Parameter,
    Request,
    Value,
)
from tinylab.codegen.layers.window import Window
from tinylab.zoo.network import Shape, spatial
from tinylab.zoo.operations import Conv, Operation, Pool, PoolKind


@dataclass(frozen=True, eq=False)
class ConvKernel(Kernel):
    layer: Conv
    window: Window
    shape: Shape
    """Of the output."""
    clamp: Clamp = UNCLAMPED

    def parameters(self) -> tuple[Parameter, ...]:
        outputs = self.layer.kernel.shape[-1]
        filters = np.moveaxis(self.layer.kernel, -1, 0).reshape(outputs, -1)
        weights = Parameter.of("weights", interleaved(filters))
        return weights, Parameter.of("bias", self.layer.bias)

    def order(self) -> Order | None:
        inputs, outputs = self.layer.kernel.shape[2:]
        turn = turn_of(outputs)
        turns = int(turn[-1]) + 1
        last = self.window.last_position()
        reads = np.where(last < 0, -1, last * turns + turns - 1)
        positions = np.arange(self.window.positions, dtype=np.int64)
        writes = positions[:, None] * turns + turn
        return Order(np.repeat(reads, inputs), writes.reshape(-1))

    def call(self) -> Call:
        return Call("tl_conv_f32", "tl_conv_t", self.fields)

    @property
    def fields(self) -> Mapping[str, Value]:
        inputs, outputs = self.layer.kernel.shape[2:]
        channels = {"in_channels": inputs, "out_channels": outputs}
        return {**self.window.fields("kernel"), **channels, **self.clamp.fields}

    def makes_image(self, shape: Shape) -> bool:
        return spatial(shape) == spatial(self.shape)

    def absorb(self, operation: Operation, shape: Shape) -> Kernel | None:
        clamp = Clamp.of(operation)
        if clamp:
            return replace(self, clamp=self.clamp.then(clamp))
        if isinstance(operation, Pool) and _can_fuse(operation):
            shapes = (self.shape, shape)
            pool = Window.of(shapes, operation.size, operation.stride, operation.padding)
            return ConvMaxPoolKernel(self, pool)
        return None


@dataclass(frozen=True, eq=False)
class ConvMaxPoolKernel(Kernel):
    """Computes each pooled value from its window of convolutions, without storing these."""

    conv: ConvKernel
    pool: Window

    def parameters(self) -> tuple[Parameter, ...]:
        return self.conv.parameters()

    def order(self) -> Order | None:
        inputs, outputs = self.conv.layer.kernel.shape[2:]
        # At each position p, all channels are written (tick 2p) before any read (tick 2p + 1).
        last = self.conv.window.under(self.pool).last_position()
        reads = np.where(last < 0, -1, 2 * last + 1)
        writes = 2 * np.arange(self.pool.positions, dtype=np.int64)
        return Order(np.repeat(reads, inputs), np.repeat(writes, outputs))

    def call(self) -> Call:
        pool = self.pool
        shape: Mapping[str, Value] = {
            "conv": self.conv.fields,
            "pool_height": pool.size[0],
            "pool_width": pool.size[1],
            "pool_stride_y": pool.stride[0],
            "pool_stride_x": pool.stride[1],
            "pool_pad_top": pool.before[0],
            "pool_pad_left": pool.before[1],
            "out_height": pool.output[0],
            "out_width": pool.output[1],
        }
        return Call("tl_conv_max_pool_f32", "tl_conv_max_pool_t", shape)

    def absorb(self, operation: Operation, shape: Shape) -> Kernel | None:
        clamp = Clamp.of(operation)
        if clamp is None:
            return None
        return replace(self, conv=replace(self.conv, clamp=self.conv.clamp.then(clamp)))


def kernel(request: Request) -> Kernel:
    layer, shapes = request.operation, request.shapes
    assert isinstance(layer, Conv)
    if layer.groups != 1 or layer.dilation != (1, 1):
        return grouped_conv.kernel(layer, layer.groups, shapes)
    size = layer.kernel.shape[0], layer.kernel.shape[1]
    return ConvKernel(layer, Window.of(shapes, size, layer.stride, layer.padding), shapes[1])


def _can_fuse(pool: Pool) -> bool:
    """Max pooling without overlapping windows; overlap would repeat convolutions."""
    apart = all(step >= size for step, size in zip(pool.stride, pool.size, strict=True))
    return pool.kind is PoolKind.MAX and apart
