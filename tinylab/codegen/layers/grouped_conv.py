"""Convolutions with groups of channels, or with a dilation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from tinylab.codegen.layers.filters import interleaved, turn_of
from tinylab.codegen.layers.kernel import (
    Call,
    ClampedKernel,
    Kernel,
    Order,
    Parameter,
    Times,
    Value,
)
from tinylab.codegen.layers.window import Window
from tinylab.zoo.network import Shape
from tinylab.zoo.operations import Conv


@dataclass(frozen=True, eq=False)
class GroupedConvKernel(ClampedKernel):
    layer: Conv
    groups: int
    window: Window

    def parameters(self) -> tuple[Parameter, ...]:
        outputs = self.layer.kernel.shape[-1]
        filters = np.moveaxis(self.layer.kernel, -1, 0).reshape(outputs, -1)
        groups = [interleaved(one) for one in np.split(filters, self.groups)]
        weights = Parameter.of("weights", np.concatenate(groups))
        return weights, Parameter.of("bias", self.layer.bias)

    def order(self) -> Order | None:
        turn = self.turns
        count = int(turn[-1]) + 1
        row, column = (self._last_along(axis) for axis in (0, 1))
        last = row[:, None] * self.window.output[1] + column[None, :]
        reached = (row >= 0)[:, None] & (column >= 0)[None, :]
        group_ends = np.repeat(turn.reshape(self.groups, -1)[:, -1], self.inputs // self.groups)
        reads = np.where(reached[..., None], last[..., None] * count + group_ends, -1)
        positions = np.arange(self.window.positions, dtype=np.int64)
        writes = positions[:, None] * count + turn
        return Order(reads.reshape(-1), writes.reshape(-1))

    def _last_along(self, axis: int) -> Times:
        """The last output position that reads each input position; -1 if none."""
        window, made = self.window, np.arange(self.window.output[axis], dtype=np.int64)
        last = np.full(window.input[axis], -1, np.int64)
        for element in range(self.layer.kernel.shape[axis]):
            read = made * window.stride[axis] - window.before[axis]
            read += element * self.layer.dilation[axis]
            inside = (read >= 0) & (read < window.input[axis])
            np.maximum.at(last, read[inside], made[inside])
        return last

    @property
    def inputs(self) -> int:
        """Channels of the input."""
        return int(self.layer.kernel.shape[2]) * self.groups

    @property
    def turns(self) -> Times:
        """The iteration that writes each output channel: group by group."""
        own = turn_of(self.layer.kernel.shape[3] // self.groups)
        starts = np.arange(self.groups, dtype=np.int64) * (own[-1] + 1)
        turns: Times = np.add.outer(starts, own).reshape(-1)
        return turns

    def call(self) -> Call:
        fields = {
            **self.window.fields("kernel"),
            "in_channels": self.inputs,
            "out_channels": self.layer.kernel.shape[3],
            **self.clamp.fields,
        }
        shape: Mapping[str, Value] = {
            "conv": fields,
            "dilation_y": self.layer.dilation[0],
            "dilation_x": self.layer.dilation[1],
            "groups": self.groups,
        }
        return Call("tl_grouped_conv_f32", "tl_grouped_conv_t", shape)


def kernel(layer: Conv, groups: int, shapes: tuple[Shape, Shape]) -> Kernel:
    size = layer.kernel.shape[0], layer.kernel.shape[1]
    window = Window.of(shapes, size, layer.stride, layer.padding)
    return GroupedConvKernel(layer, groups, window)
