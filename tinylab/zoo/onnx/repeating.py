"""Operators that repeat, pad or choose elements along axes, in the order of memory.

A tensor stays in the order that it has in memory: each axis is found where it is there.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tinylab.zoo import rearranging
from tinylab.zoo.network import Shape
from tinylab.zoo.onnx.graph import Graph, check
from tinylab.zoo.onnx.protocol import Node
from tinylab.zoo.onnx.value import Axes, Value, channels_last

Pairs = Sequence[tuple[int, int]]
"""Elements before and after, of each axis."""


def stored(graph: Graph, node: Node, value: Value) -> Value:
    """`value`, whose elements are in memory in an order of its axes."""
    if value.scattered is None:
        return value
    long = tuple(axis for axis in range(value.rank) if value.full[axis] > 1)
    name = graph.arranged(node, value, long)
    return Value(name, value.full, tuple(range(value.rank)), integer=value.integer)


def in_memory(value: Value, numbers: Sequence[int]) -> Shape:
    """A number for each axis, in the order of memory."""
    return tuple(numbers[axis] for axis in value.axes)


def expand(graph: Graph, node: Node) -> None:
    value, wanted = graph.value(node), graph.integers(node, 1)
    full = np.broadcast_shapes(value.full, wanted)
    wide = value.reshaped((1,) * (len(full) - value.rank) + value.full)
    counts = [whole // size for whole, size in zip(full, wide.full, strict=True)]
    graph.define(node, _repeated(graph, node, wide, counts))


def tile(graph: Graph, node: Node) -> None:
    graph.define(node, _repeated(graph, node, graph.value(node), graph.integers(node, 1)))


def _repeated(graph: Graph, node: Node, value: Value, counts: Sequence[int]) -> Value:
    if len(counts) != value.rank:
        raise ValueError(f"{len(counts)} counts for {value.rank} axes")
    check(min(counts, default=1) > 0, node, "an empty result")
    value = stored(graph, node, value)
    name = rearranging.repeated(
        graph.builder, value.name, in_memory(value, value.full), in_memory(value, counts)
    )
    full = tuple(size * count for size, count in zip(value.full, counts, strict=True))
    return Value(name, full, value.axes, integer=value.integer)


def chosen(graph: Graph, node: Node, value: Value, axis: int, places: Sequence[int]) -> Value:
    """Elements at any places of one axis."""
    value = stored(graph, node, value)
    full = in_memory(value, value.full)
    at = value.axes.index(axis)
    name = rearranging.chosen(graph.builder, value.name, full, at, places)
    made = (*value.full[:axis], len(places), *value.full[axis + 1 :])
    return Value(name, made, value.axes, integer=value.integer)


def padded(graph: Graph, node: Node, value: Value, pairs: Pairs, fill: float) -> Value:
    """With numbers around any axes."""
    value = stored(graph, node, value)
    ordered = [pairs[axis] for axis in value.axes]
    name = rearranging.padded(
        graph.builder, value.name, in_memory(value, value.full), ordered, fill
    )
    full = tuple(size + sum(pair) for size, pair in zip(value.full, pairs, strict=True))
    return Value(name, full, value.axes, integer=value.integer)


def mirrored(graph: Graph, node: Node, value: Value, pairs: Pairs, mode: str) -> Value:
    """With the tensor's own elements around any axes: backwards, or the outer one again."""
    for axis, (before, after) in enumerate(pairs):
        size = value.full[axis]
        if not before and not after:
            continue
        if mode == "reflect":
            check(max(before, after) < size, node, f"pads of more than {size} elements")
            places = [
                *range(before, 0, -1),
                *range(size),
                *range(size - 2, size - 2 - after, -1),
            ]
        else:
            places = [*(0,) * before, *range(size), *(size - 1,) * after]
        value = chosen(graph, node, value, axis, places)
    return value


def depth_to_space(graph: Graph, node: Node) -> None:
    """Blocks of channels become blocks of pixels."""
    value, block = stored(graph, node, graph.value(node)), node.integer("blocksize", 1)
    check(value.rank == 4, node, f"an input of {value.rank} dimensions")
    _, channels, height, width = value.full
    inner = channels // (block * block)
    first = node.text("mode", "DCR") == "DCR"
    parts = ((1,), (block, block, inner) if first else (inner, block, block), (height,), (width,))
    rows, columns, depth = (0, 1, 2) if first else (1, 2, 0)
    wanted = ((0, 0), (2, 0), (1, rows), (3, 0), (1, columns), (1, depth))
    full = (1, inner, height * block, width * block)
    graph.define(node, _regrouped(graph, value, parts, wanted, full))


def space_to_depth(graph: Graph, node: Node) -> None:
    value, block = stored(graph, node, graph.value(node)), node.integer("blocksize", 1)
    check(value.rank == 4, node, f"an input of {value.rank} dimensions")
    _, channels, height, width = value.full
    parts = ((1,), (channels,), (height // block, block), (width // block, block))
    wanted = ((0, 0), (2, 0), (3, 0), (2, 1), (3, 1), (1, 0))
    full = (1, channels * block * block, height // block, width // block)
    graph.define(node, _regrouped(graph, value, parts, wanted, full))


def _regrouped(
    graph: Graph,
    value: Value,
    parts: Sequence[Shape],
    wanted: Sequence[tuple[int, int]],
    full: Shape,
) -> Value:
    """Each axis in parts, which are put in the order `wanted`: channels last."""
    order = [(axis, part) for axis in value.axes for part in range(len(parts[axis]))]
    sizes = tuple(parts[axis][part] for axis, part in order)
    axes: Axes = tuple(order.index(one) for one in wanted)
    name = rearranging.permuted(graph.builder, value.name, sizes, axes)
    return Value(name, full, channels_last(4))
