"""Parts of a convolution's output that are computed at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from tinylab.codegen.layers.filters import BLOCK
from tinylab.codegen.layers.kernel import Order, Times
from tinylab.codegen.layers.window import Window
from tinylab.codegen.target import Goal
from tinylab.zoo.operations import Conv

CACHE_BYTES = 16 * 1024
"""Of data: the smallest cache of the parts. Weights that fit stay there from row to row."""
FLOAT_BYTES = 4
LINE_FLOATS, LINE_CYCLES = 8, 16
"""A line of the cache, and the time to bring it from flash."""
LEAST_PARTS = 2
"""Of a single row, so that the output can take the place of most of the input."""
CYCLES_PER_MAC = 1.3
RELOADING: Mapping[Goal, float] = {Goal.RAM: 1.0, Goal.BALANCED: 0.05, Goal.SPEED: 0.0}
"""The share of a layer's time that it may spend on bringing weights again."""


def in_parts(window: Window, rows: int, columns: int, inputs: int, outputs: int) -> Order:
    """The order of a kernel that, for some rows and columns of the output at a time, writes all of
    their elements before it has read any of their windows for the last time."""
    height, width = window.output
    parts = -(-width // columns)
    turn_of_row: Times = np.arange(height, dtype=np.int64) // rows * parts
    turn = (turn_of_row[:, None] + np.arange(width, dtype=np.int64) // columns).reshape(-1)
    last = window.last_position()
    reads = np.where(last < 0, -1, 2 * turn[last] + 1)
    return Order(np.repeat(reads, inputs), np.repeat(2 * turn, outputs))


def reaches(window: Window) -> bool:
    """Whether every window has elements of the input."""
    return all(
        before < size and (outputs - 1) * stride - before < inputs
        for before, size, outputs, stride, inputs in zip(
            window.before, window.size, window.output, window.stride, window.input, strict=True
        )
    )


def joined_rows(window: Window) -> Window:
    """The same with rows joined, as far as this makes fewer tiles: for windows of one element that
    take every position."""
    plain = window.size == window.stride == (1, 1) and window.before == (0, 0)
    if not plain or window.input != window.output:
        return window
    height, width = window.output
    tiles = {
        joined: height // joined * -(-width * joined // BLOCK)
        for joined in range(1, height + 1)
        if height % joined == 0
    }
    joined = min(tiles, key=lambda rows: (tiles[rows], rows))
    size = height // joined, width * joined
    return replace(window, input=size, output=size)


def rows_at_a_time(window: Window, layer: Conv, goal: Goal) -> int:
    """How many rows of the output to compute for one block of channels after the other: few need
    little memory, many bring weights seldom."""
    height = window.output[0]
    if FLOAT_BYTES * layer.kernel.size <= CACHE_BYTES or goal is Goal.RAM:
        return 1
    reload = layer.kernel.size / LINE_FLOATS * LINE_CYCLES
    time = layer.kernel.size * window.positions * CYCLES_PER_MAC
    loads = max(1, int(RELOADING[goal] * time / reload))
    return -(-height // min(height, loads))


def columns_at_a_time(window: Window, goal: Goal) -> int:
    """The same of columns: parts of a row if there is no other."""
    height, width = window.output
    if height > 1 or goal is Goal.SPEED:
        return width
    parts = -(-width // BLOCK) if goal is Goal.RAM else LEAST_PARTS
    return -(-width // parts // BLOCK) * BLOCK if width > BLOCK else width
