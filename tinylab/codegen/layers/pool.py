"""Max and average pooling, over windows and global."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from tinylab.codegen.layers.kernel import Call, Kernel, Order, Request
from tinylab.codegen.layers.requantize import WIDTHS, Quantised, width
from tinylab.codegen.layers.window import Window, channel_by_channel
from tinylab.zoo.network import Shape, spatial
from tinylab.zoo.operations import ArgMax, GlobalPool, Operation, Pool, PoolKind
from tinylab.zoo.tensor_type import Number


@dataclass(frozen=True)
class PoolKernel(Kernel):
    kind: PoolKind
    window: Window
    channels: int

    def order(self) -> Order | None:
        return Order(*channel_by_channel(self.window, self.channels))

    def call(self) -> Call:
        shape = {**self.window.fields("pool"), "channels": self.channels}
        return Call(f"tl_{self.kind}_pool_f32", "tl_pool_t", shape)


@dataclass(frozen=True)
class QuantisedPoolKernel(Kernel):
    kind: PoolKind
    window: Window
    channels: int
    types: Quantised
    halves_up: bool = False

    def order(self) -> Order | None:
        return Order(*channel_by_channel(self.window, self.channels))

    def call(self) -> Call:
        shape = {
            **self.window.fields("pool"),
            "channels": self.channels,
            **self.types.range_fields,
        }
        up = "_up" if self.halves_up and self.kind is PoolKind.AVERAGE else ""
        return Call(f"tl_{self.kind}_pool{up}_{self.types.width}", "tl_pool_s8_t", shape)

    def absorb(self, operation: Operation, shape: Shape) -> Kernel | None:
        types = self.types.then(operation)
        return replace(self, types=types) if types else None


@dataclass(frozen=True)
class GlobalPoolKernel(Kernel):
    kind: PoolKind
    positions: int
    channels: int

    def order(self) -> Order | None:
        ticks = np.arange(self.channels, dtype=np.int64)
        return Order(np.tile(ticks, self.positions), ticks)

    def call(self) -> Call:
        numbers = (self.positions, self.channels)
        return Call(f"tl_global_{self.kind}_pool_f32", numbers=numbers)


@dataclass(frozen=True)
class ArgMaxKernel(Kernel):
    rows: int
    count: int
    number: Number
    least: bool

    def order(self) -> Order | None:
        ticks = np.arange(self.rows, dtype=np.int64)
        return Order(np.repeat(ticks, self.count), ticks)

    def call(self) -> Call:
        kind = WIDTHS.get(self.number, "f32")
        name = "arg_min" if self.least else "arg_max"
        return Call(f"tl_{name}_{kind}", numbers=(self.rows, self.count))


def arg_max(request: Request) -> Kernel:
    """Over the last axis of floats, int8 or int16."""
    layer, given = request.operation, request.inputs[0]
    assert isinstance(layer, ArgMax)
    count = given.shape[-1]
    return ArgMaxKernel(given.elements // count, count, given.type.number, layer.least)


def kernel(request: Request) -> Kernel:
    layer, shapes = request.operation, request.shapes
    assert isinstance(layer, Pool)
    window = Window.of(shapes, layer.size, layer.stride, layer.padding)
    return PoolKernel(layer.kind, window, shapes[0][-1])


def quantised(request: Request) -> Kernel | None:
    """For int8 and int16 tensors; the output has the type of the input."""
    layer, shapes = request.operation, request.shapes
    assert isinstance(layer, Pool)
    if width(request) is None or request.inputs[0].type != request.output.type:
        return None
    window = Window.of(shapes, layer.size, layer.stride, layer.padding)
    types = Quantised.of(request)
    return QuantisedPoolKernel(layer.kind, window, shapes[0][-1], types, layer.halves_up)


def quantised_global(request: Request) -> Kernel | None:
    """The maximum over all positions, as one window; the output has the type of the input."""
    layer, given = request.operation, request.inputs[0]
    assert isinstance(layer, GlobalPool)
    alike = given.type == request.output.type
    if not (width(request) and alike and layer.kind is PoolKind.MAX):
        return None
    channels = given.shape[-1]
    size = (1, given.elements // channels)
    window = Window(size, (1, 1), size, (1, 1), (0, 0))
    return QuantisedPoolKernel(layer.kind, window, channels, Quantised.of(request))


def global_kernel(request: Request) -> Kernel:
    layer = request.operation
    assert isinstance(layer, GlobalPool)
    height, width, channels = spatial(request.inputs[0].shape)
    return GlobalPoolKernel(layer.kind, height * width, channels)
