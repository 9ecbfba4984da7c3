"""Operators that join tensors or take parts of them."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from tinylab.zoo.network import Shape
from tinylab.zoo.onnx import repeating
from tinylab.zoo.onnx.graph import Graph, check, layer_name
from tinylab.zoo.onnx.protocol import Node
from tinylab.zoo.onnx.shaping import place
from tinylab.zoo.onnx.slicing import slices
from tinylab.zoo.onnx.value import Axes, Value
from tinylab.zoo.operations import Concat, Embedding, Slice

OF_EACH_ELEMENT = frozenset(
    {"Relu", "Clip", "Sigmoid", "Tanh", "BatchNormalization", "Dropout", "Identity"}
)
"""Operators that leave the order of features as it is."""
MOST_AXES = 3
"""Dimensions of a tensor besides those of size 1."""


def concat(graph: Graph, node: Node) -> None:
    values = [graph.value(node, index) for index in range(len(node.inputs))]
    axis = place(node, node.integer("axis", 0), values[0].rank)
    if len(values) == 1:
        graph.define(node, values[0])
        return
    rows = axis == 1 and all(one.full[0] == 1 and one.rank == 2 for one in values)
    if rows and _goes_to_weights(graph, node):
        graph.define(node, _end_to_end(graph, node, values))
        return
    first = next((one for one in values if one.scattered is None), values[0])
    sizes = [one.full[axis] for one in values]
    full = (*first.full[:axis], sum(sizes), *first.full[axis + 1 :])
    axes = first.axes if first.scattered is None else tuple(range(first.rank))
    kept = _without_batch(axes, full)
    check(axis in kept, node, f"the axis {axis}")
    sources = [graph.arranged(node, one, kept) for one in values]
    name = graph.builder.add(layer_name(node), Concat(kept.index(axis)), *sources)
    graph.define(node, Value(name, full, axes, integer=values[0].integer))


def _goes_to_weights(graph: Graph, node: Node) -> bool:
    """Whether a joined row goes to a dense layer alone, whose weights then follow its order."""
    output = node.outputs[0]
    while graph.uses(output) == 1 and output not in graph.outputs:
        (reader,) = graph.consumers[output]
        if reader.kind in ("Gemm", "MatMul"):
            return True
        if reader.kind not in OF_EACH_ELEMENT:
            return False
        output = reader.outputs[0]
    return False


def _end_to_end(graph: Graph, node: Node, values: Sequence[Value]) -> Value:
    """Rows of features, each of them in its own order in memory."""
    sources = [graph.builder.reshape_to(one.name, one.full[1:]) for one in values]
    name = graph.builder.add(layer_name(node), Concat(0), *sources)
    total = sum(one.full[1] for one in values)
    plain = Value(name, (1, total), (0, 1), integer=values[0].integer)
    if all(one.is_stored_as((0, 1)) for one in values):
        return plain
    starts = np.cumsum([0, *(one.full[1] for one in values)])
    parts = [one.positions + start for one, start in zip(values, starts, strict=False)]
    return plain.scattered_as(np.concatenate(parts, 1).astype(np.int32))


def _without_batch(axes: Axes, full: Shape) -> Axes:
    return tuple(axis for axis in axes if axis != 0 or full[0] != 1)


def split(graph: Graph, node: Node) -> None:
    """Parts along an axis: their sizes are stated, or equal."""
    value = graph.value(node)
    axis = place(node, node.integer("axis", 0), value.rank)
    count = len(node.outputs)
    equal = (-(-value.full[axis] // count),) * count
    sizes = graph.listed(node, "split", 1, equal)
    begin = 0
    for name, size in zip(node.outputs, sizes, strict=True):
        taken = [slice(None)] * value.rank
        taken[axis] = slice(begin, min(begin + size, value.full[axis]))
        begin += size
        if name:
            graph.values[name] = _part(graph, node, value, taken)


def part(graph: Graph, node: Node) -> None:
    """Slice."""
    value = graph.value(node)
    graph.define(node, _part(graph, node, value, slices(graph, node, value.rank)))


def gather(graph: Graph, node: Node) -> None:
    """Positions of an axis, at best at equal distances; or rows of a constant table."""
    if graph.is_constant(node.inputs[0]):
        _embedding(graph, node)
        return
    value, chosen = graph.value(node), graph.constant(node, 1)
    axis = place(node, node.integer("axis", 0), value.rank)
    size = value.full[axis]
    indexes = [int(one) % size for one in chosen.ravel()]
    steps = set(np.diff(indexes).tolist()) or {1}
    step = next(iter(steps))
    if len(steps) > 1 or step <= 0:
        found = repeating.chosen(graph, node, value, axis, indexes)
        full = (*value.full[:axis], *chosen.shape, *value.full[axis + 1 :])
        graph.define(node, found.reshaped(full))
        return
    taken = [slice(None)] * value.rank
    taken[axis] = slice(indexes[0], indexes[-1] + 1, step)
    found = _part(graph, node, value, taken)
    full = (*value.full[:axis], *chosen.shape, *value.full[axis + 1 :])
    graph.define(node, found.reshaped(full))


def _embedding(graph: Graph, node: Node) -> None:
    """Row n of the table for each number n, which is a float here."""
    table, value = graph.floats(node, 0), graph.value(node, 1)
    check(node.integer("axis", 0) == 0 and table.ndim == 2, node, "a table of another form")
    count = math.prod(value.full)
    name = graph.builder.reshape_to(graph.real(value).name, (count,))
    name = graph.builder.add(layer_name(node), Embedding(table), name)
    full = (*value.full, table.shape[1])
    graph.define(node, Value(name, full, tuple(range(len(full)))))


def _part(graph: Graph, node: Node, value: Value, taken: Sequence[slice]) -> Value:
    """What `taken`, a slice for each axis, leaves of `value`."""
    ranges = [range(size)[one] for size, one in zip(value.full, taken, strict=True)]
    full = tuple(len(one) for one in ranges)
    check(min(full) > 0, node, f"an empty result, {full}")
    if full == value.full and all(one.step > 0 for one in ranges):
        return value
    axes = value.axes if value.scattered is None else tuple(range(value.rank))
    kept = _without_batch(axes, value.full)
    check(len(kept) <= MOST_AXES, node, f"an input of the shape {value.full}")
    source = graph.arranged(node, value, kept)
    operation = Slice(
        tuple(ranges[axis].start for axis in kept),
        tuple(full[axis] for axis in kept),
        tuple(ranges[axis].step for axis in kept),
    )
    name = graph.builder.add(layer_name(node), operation, source)
    return Value(name, full, axes, integer=value.integer)
