"""Transposed convolutions of floats."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tinylab.codegen.layers.filters import interleaved, turn_of
from tinylab.codegen.layers.kernel import (
    Call,
    ClampedKernel,
    Kernel,
    Order,
    Parameter,
    Request,
    Times,
)
from tinylab.zoo.network import spatial
from tinylab.zoo.operations import TransposeConv


@dataclass(frozen=True, eq=False)
class TransposeConvKernel(ClampedKernel):
    layer: TransposeConv
    given: tuple[int, int]
    """Height and width of the input."""

    def parameters(self) -> tuple[Parameter, ...]:
        outputs = self.layer.kernel.shape[3]
        filters = np.moveaxis(self.layer.kernel, 3, 0).reshape(outputs, -1)
        weights = Parameter.of("weights", interleaved(filters))
        return weights, Parameter.of("bias", self.layer.bias)

    def order(self) -> Order | None:
        inputs, outputs = self.layer.kernel.shape[2:]
        turn = turn_of(outputs)
        turns = int(turn[-1]) + 1
        row, column = (self._last_along(axis) for axis in (0, 1))
        last = row[:, None] * self.layer.size[1] + column[None, :]
        reached = (row >= 0)[:, None] & (column >= 0)[None, :]
        reads = np.where(reached, last * turns + turns - 1, -1).reshape(-1)
        positions = np.arange(self.layer.size[0] * self.layer.size[1], dtype=np.int64)
        writes = positions[:, None] * turns + turn
        return Order(np.repeat(reads, inputs), writes.reshape(-1))

    def _last_along(self, axis: int) -> Times:
        """The last output position that each input position reaches; -1 if none."""
        first = np.arange(self.given[axis], dtype=np.int64) * self.layer.stride[axis]
        first -= self.layer.cut[axis]
        last = np.minimum(first + self.layer.kernel.shape[axis], self.layer.size[axis]) - 1
        return np.where(last >= np.maximum(first, 0), last, -1)

    def call(self) -> Call:
        height, width, inputs, outputs = self.layer.kernel.shape
        shape = {
            "in_height": self.given[0],
            "in_width": self.given[1],
            "in_channels": inputs,
            "out_height": self.layer.size[0],
            "out_width": self.layer.size[1],
            "out_channels": outputs,
            "kernel_height": height,
            "kernel_width": width,
            "stride_y": self.layer.stride[0],
            "stride_x": self.layer.stride[1],
            "pad_top": self.layer.cut[0],
            "pad_left": self.layer.cut[1],
            **self.clamp.fields,
        }
        return Call("tl_transpose_conv_f32", "tl_transpose_conv_t", shape)


def kernel(request: Request) -> Kernel:
    assert isinstance(request.operation, TransposeConv)
    height, width, _ = spatial(request.inputs[0].shape)
    return TransposeConvKernel(request.operation, (height, width))
