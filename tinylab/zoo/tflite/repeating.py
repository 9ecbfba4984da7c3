"""The TensorFlow Lite operators that repeat, mirror, or choose elements, or move them in blocks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from tflite.MirrorPadMode import MirrorPadMode

from tinylab.zoo import rearranging
from tinylab.zoo.network import Shape, elements
from tinylab.zoo.operations import Embedding, Repeat
from tinylab.zoo.tflite.graph import Graph
from tinylab.zoo.tflite.shaping import become, check
from tinylab.zoo.tflite.tensors import Operator


def _tile(graph: Graph, operator: Operator) -> None:
    source, counts = operator.inputs[0], graph.integers(operator.inputs[1])
    full = graph.any_shape(source)
    name = rearranging.repeated(graph.builder, graph.name_of(source), full, counts)
    made = tuple(size * count for size, count in zip(full, counts, strict=True))
    become(graph, operator.output, name, made)


def _broadcast_to(graph: Graph, operator: Operator) -> None:
    source, made = operator.inputs[0], graph.integers(operator.inputs[1])
    full = graph.any_shape(source)
    full = (*(1,) * (len(made) - len(full)), *full)
    check(np.broadcast_shapes(full, made) == made, graph, operator, f"{full} as {made}")
    counts = tuple(whole // size for whole, size in zip(made, full, strict=True))
    name = rearranging.repeated(graph.builder, graph.name_of(source), full, counts)
    become(graph, operator.output, name, made)


def _gather(graph: Graph, operator: Operator) -> None:
    """Rows of a constant table by computed numbers, or parts at constant places."""
    table, places = operator.inputs
    check(operator.options.BatchDims() == 0, graph, operator, "batch dimensions")
    full = graph.any_shape(table)
    axis = operator.options.Axis() % len(full)
    if not graph.is_constant(places):
        rows = graph.is_constant(table) and len(full) == 2 and axis == 0
        check(rows and graph.is_float(table), graph, operator, "computed places")
        _look_up(graph, operator)
        return
    chosen = graph.known(places) % full[axis]
    name = rearranging.chosen(
        graph.builder, graph.name_of(table), full, axis, chosen.ravel().tolist()
    )
    become(graph, operator.output, name, (*full[:axis], *chosen.shape, *full[axis + 1 :]))


def _look_up(graph: Graph, operator: Operator) -> None:
    table, places = operator.inputs
    weights = np.ascontiguousarray(graph.floats(table))
    shape = graph.full_shape(places)
    source = graph.builder.reshape_to(graph.name_of(places), (int(np.prod(shape, dtype=int)),))
    name = graph.builder.add("embedding", Embedding(weights), source)
    become(graph, operator.output, name, (*shape, weights.shape[1]))


def _reverse(graph: Graph, operator: Operator) -> None:
    source = operator.inputs[0]
    full = graph.any_shape(source)
    axes = {axis % len(full) for axis in graph.integers(operator.inputs[1])}
    ranges = [
        (size - 1, size, -1) if axis in axes else (0, size, 1) for axis, size in enumerate(full)
    ]
    name = rearranging.taken(graph.builder, graph.name_of(source), full, ranges)
    become(graph, operator.output, name, full)


def _mirror_pad(graph: Graph, operator: Operator) -> None:
    """Around each dimension its own elements, backwards."""
    source = operator.inputs[0]
    full = list(graph.any_shape(source))
    pairs = np.reshape(graph.integers(operator.inputs[1]), (-1, 2)).tolist()
    skipped = int(operator.options.Mode() == MirrorPadMode.REFLECT)
    name = graph.name_of(source)
    for axis, (before, after) in enumerate(pairs):
        size = full[axis]
        check(max(before, after) + skipped <= size, graph, operator, f"more than {size} elements")
        places = [
            *range(before - 1 + skipped, skipped - 1, -1),
            *range(size),
            *range(size - 1 - skipped, size - 1 - skipped - after, -1),
        ]
        if before or after:
            name = rearranging.chosen(graph.builder, name, tuple(full), axis, places)
        full[axis] = len(places)
    become(graph, operator.output, name, tuple(full))


def _depth_to_space(graph: Graph, operator: Operator) -> None:
    source, block = operator.inputs[0], operator.options.BlockSize()
    one, height, width, channels = graph.any_shape(source)
    inner = channels // (block * block)
    parts = (one, height, width, block, block, inner)
    made = (one, height * block, width * block, inner)
    _permute(graph, operator, parts, (0, 1, 3, 2, 4, 5), made)


def _space_to_depth(graph: Graph, operator: Operator) -> None:
    source, block = operator.inputs[0], operator.options.BlockSize()
    one, height, width, channels = graph.any_shape(source)
    rows, columns = height // block, width // block
    parts = (one, rows, block, columns, block, channels)
    _permute(
        graph, operator, parts, (0, 1, 3, 2, 4, 5), (one, rows, columns, block * block * channels)
    )


def _permute(
    graph: Graph, operator: Operator, parts: Shape, axes: Sequence[int], made: Shape
) -> None:
    name = graph.name_of(operator.inputs[0])
    become(graph, operator.output, rearranging.permuted(graph.builder, name, parts, axes), made)


def _zeros_like(graph: Graph, operator: Operator) -> None:
    check(graph.type_of(operator.output).is_float, graph, operator, "quantised numbers")
    _filled(graph, operator, 0.0, graph.any_shape(operator.inputs[0]))


def _fill(graph: Graph, operator: Operator) -> None:
    check(graph.is_constant(operator.inputs[1]), graph, operator, "a computed number")
    number = graph.number(operator.inputs[1])
    _filled(graph, operator, number, graph.integers(operator.inputs[0]))


def _filled(graph: Graph, operator: Operator, number: float, full: Shape) -> None:
    """The output is `number` everywhere."""
    name = graph.builder.constant("number", np.array([number], np.float32))
    name = graph.builder.add("fill", Repeat((elements(full),)), name)
    become(graph, operator.output, name, full)


KINDS: Mapping[str, Callable[[Graph, Operator], None]] = {
    "TILE": _tile,
    "BROADCAST_TO": _broadcast_to,
    "GATHER": _gather,
    "REVERSE_V2": _reverse,
    "MIRROR_PAD": _mirror_pad,
    "DEPTH_TO_SPACE": _depth_to_space,
    "SPACE_TO_DEPTH": _space_to_depth,
    "ZEROS_LIKE": _zeros_like,
    "FILL": _fill,
}
"""Each defines its output."""
