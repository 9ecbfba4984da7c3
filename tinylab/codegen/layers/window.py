"""Sliding windows over height and width: geometry, and when each input is last read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from tinylab.codegen.layers.kernel import Times
from tinylab.zoo.network import Shape, spatial
from tinylab.zoo.operations import Padding


@dataclass(frozen=True)
class Window:
    """A window of `size` moving by `stride` over an input of (height, width)."""

    input: tuple[int, int]
    output: tuple[int, int]
    size: tuple[int, int]
    stride: tuple[int, int]
    before: tuple[int, int]
    """Padding above and to the left."""

    @staticmethod
    def of(
        shapes: tuple[Shape, Shape],
        size: tuple[int, int],
        stride: tuple[int, int],
        padding: Padding,
    ) -> Window:
        """From the (input, output) shapes of a layer."""
        (in_height, in_width, _), (out_height, out_width, _) = map(spatial, shapes)
        return Window(
            input=(in_height, in_width),
            output=(out_height, out_width),
            size=size,
            stride=stride,
            before=(padding[0][0], padding[1][0]),
        )

    @property
    def positions(self) -> int:
        return self.output[0] * self.output[1]

    def in_one_row(self) -> Window:
        """The same for one row of all positions, of windows of 1 x 1."""
        assert self.input == self.output
        row = 1, self.positions
        return Window(row, row, self.size, self.stride, self.before)

    @property
    def has_padding(self) -> bool:
        """Whether a window reaches beyond the input."""
        sides = zip(self.before, self.output, self.stride, self.size, self.input, strict=True)
        return any(
            before > 0 or (made - 1) * step + size - before > given
            for before, made, step, size, given in sides
        )

    def fields(self, size: str) -> Mapping[str, int]:
        """The C structure's fields; `size` is `kernel` or `pool`."""
        return {
            "in_height": self.input[0],
            "in_width": self.input[1],
            "out_height": self.output[0],
            "out_width": self.output[1],
            f"{size}_height": self.size[0],
            f"{size}_width": self.size[1],
            "stride_y": self.stride[0],
            "stride_x": self.stride[1],
            "pad_top": self.before[0],
            "pad_left": self.before[1],
        }

    def last_position(self) -> Times:
        """For each input position, the last output position whose window covers it; -1 if none.

        Both in row-major order; shape (input height * input width,).
        """
        row, column = (_last_along(self, axis) for axis in (0, 1))
        last = row[:, None] * self.output[1] + column[None, :]
        covered = (row >= 0)[:, None] & (column >= 0)[None, :]
        return np.where(covered, last, -1).reshape(-1)

    def under(self, pool: Window) -> Window:
        """The window over this one's input that corresponds to a window of `pool` on its output."""

        def along(axis: int) -> tuple[int, int, int]:
            size = (pool.size[axis] - 1) * self.stride[axis] + self.size[axis]
            before = pool.before[axis] * self.stride[axis] + self.before[axis]
            return size, pool.stride[axis] * self.stride[axis], before

        (height, stride_y, top), (width, stride_x, left) = along(0), along(1)
        return Window(self.input, pool.output, (height, width), (stride_y, stride_x), (top, left))


def _last_along(window: Window, axis: int) -> Times:
    padded = np.arange(window.input[axis], dtype=np.int64) + window.before[axis]
    last = np.minimum(padded // window.stride[axis], window.output[axis] - 1)
    reaches = padded - last * window.stride[axis] < window.size[axis]
    return np.where(reaches, last, -1)


def channel_by_channel(window: Window, channels: int, copies: int = 1) -> tuple[Times, Times]:
    """(reads, writes) of kernels that, at each position and for each channel, read the channel's
    window and then write its `copies` output channels."""
    outputs = channels * copies
    last = window.last_position()[:, None]
    reads = last * outputs + np.arange(channels, dtype=np.int64) * copies + copies - 1
    reads = np.where(last < 0, -1, reads)
    return reads.reshape(-1), np.arange(window.positions * outputs, dtype=np.int64)
