"""The TensorFlow Lite operators that reduce dimensions to one number: means, sums, maxima, and the
places of these."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tinylab.zoo.network import elements
from tinylab.zoo.operations import ArgMax, GlobalPool, PoolKind, Transpose
from tinylab.zoo.tensor_type import WHOLE
from tinylab.zoo.tflite.graph import Graph
from tinylab.zoo.tflite.shaping import become, check
from tinylab.zoo.tflite.tensors import Operator

MOST = 3
"""Dimensions of a tensor."""


def _reduce(kind: PoolKind) -> Callable[[Graph, Operator], None]:
    """Over any dimensions: those that stay are made the last one, which pools keep."""

    def lower_reduction(graph: Graph, operator: Operator) -> None:
        source, full = operator.inputs[0], graph.full_shape(operator.inputs[0])
        axes = {axis % len(full) for axis in graph.integers(operator.inputs[1])}
        check(bool(axes), graph, operator, "no axes")
        name = _kept_last(graph, operator, graph.name_of(source), axes)
        pooled = graph.builder.add(
            f"global_{kind}_pooling", GlobalPool(kind), name, type=graph.type_of(operator.output)
        )
        keeps = graph.rank(operator.output) == len(full)
        made = tuple(
            1 if axis in axes else size
            for axis, size in enumerate(full)
            if keeps or axis not in axes
        )
        become(graph, operator.output, pooled, made or (1,))

    return lower_reduction


def _kept_last(graph: Graph, operator: Operator, name: str, axes: set[int]) -> str:
    """The tensor as (reduced, kept), or as it is where all but the last dimension is reduced."""
    shape = graph.builder.shapes[name]
    before = 0 if graph.is_flat(operator.inputs[0]) else 1
    long = [axis for axis, size in enumerate(shape) if size > 1]
    reduced = [axis for axis in long if axis + before in axes]
    kept = [axis for axis in long if axis + before not in axes]
    positions = [axis for axis in long if axis < len(shape) - 1]
    if len(shape) > 1 and reduced == positions:
        return name
    if [*reduced, *kept] != long:
        order = (*reduced, *kept, *(axis for axis in range(len(shape)) if axis not in long))
        name = graph.builder.add("transpose", Transpose(order), name)
    pair = (
        elements(tuple(shape[axis] for axis in reduced)),
        elements(tuple(shape[axis] for axis in kept)),
    )
    return graph.builder.reshape("reshape", name, pair)


def _place(*, least: bool) -> Callable[[Graph, Operator], None]:
    """Of the greatest or least element along a dimension, which is made the last."""

    def lower_place(graph: Graph, operator: Operator) -> None:
        source, full = operator.inputs[0], graph.full_shape(operator.inputs[0])
        (axis,) = graph.integers(operator.inputs[1])
        place = axis % len(full)
        before = len(full) - len(graph.shape(source))
        check(place >= before, graph, operator, "the batch as its axis")
        name, shape = graph.name_of(source), graph.shape(source)
        others = [one for one in range(len(shape)) if one != place - before]
        if place != len(full) - 1:
            order = (*others, place - before)
            name = graph.builder.add("transpose", Transpose(order), name)
        kind = "arg_min" if least else "arg_max"
        found = graph.builder.add(kind, ArgMax(least), name, type=WHOLE)
        become(graph, operator.output, found, (*full[:place], *full[place + 1 :]))

    return lower_place


PLACES: Mapping[str, Callable[[Graph, Operator], None]] = {
    "ARG_MAX": _place(least=False),
    "ARG_MIN": _place(least=True),
}
KINDS: Mapping[str, Callable[[Graph, Operator], None]] = {
    "MEAN": _reduce(PoolKind.AVERAGE),
    "SUM": _reduce(PoolKind.SUM),
    "REDUCE_MAX": _reduce(PoolKind.MAX),
    **PLACES,
}
"""Each defines its output."""
