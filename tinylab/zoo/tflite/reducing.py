"""The TensorFlow Lite operators that reduce dimensions to one number: means, sums, maxima, and the
places of these."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import numpy as np

from tinylab.zoo import affine, rearranging
from tinylab.zoo.network import Shape, elements
from tinylab.zoo.operations import (
    Activate,
    ArgMax,
    Arithmetic,
    ArithmeticKind,
    Clip,
    Function,
    GlobalPool,
    PoolKind,
    Transpose,
)
from tinylab.zoo.tensor_type import WHOLE
from tinylab.zoo.tflite.graph import Graph
from tinylab.zoo.tflite.shaping import activated, become, check
from tinylab.zoo.tflite.tensors import Operator

SHORTEST = 1e-6
"""Length by which a row that has none is divided."""


def _reduce(kind: PoolKind) -> Callable[[Graph, Operator], None]:
    """Over any dimensions: those that stay are made the last one, which pools keep."""

    def lower_reduction(graph: Graph, operator: Operator) -> None:
        source, full = operator.inputs[0], graph.full_shape(operator.inputs[0])
        axes = {axis % len(full) for axis in graph.integers(operator.inputs[1])}
        check(bool(axes), graph, operator, "no axes")
        name = _kept_last(graph, operator, graph.name_of(source), axes)
        if kind is PoolKind.AVERAGE and graph.is_integer(operator.output):
            pooled = _whole_mean(graph, name, elements(tuple(full[axis] for axis in axes)))
        else:
            made = graph.type_of(operator.output)
            pooled = graph.builder.add(f"global_{kind}_pooling", GlobalPool(kind), name, type=made)
        become(graph, operator.output, pooled, _reduced(graph, operator, full, axes))

    return lower_reduction


def _whole_mean(graph: Graph, name: str, count: int) -> str:
    """The mean of `count` whole numbers, without its fraction."""
    builder = graph.builder
    total = builder.add("global_sum_pooling", GlobalPool(PoolKind.SUM), name)
    shape = (1,) * len(builder.shapes[total])
    number = builder.constant("count", np.full(shape, count, np.float32))
    mean = builder.add("divide", Arithmetic(ArithmeticKind.DIVIDE), total, number)
    return builder.add("truncate", Activate(Function.TRUNCATE), mean)


def _least(graph: Graph, operator: Operator) -> None:
    """REDUCE_MIN: the greatest of the negative numbers, negative."""
    check(graph.type_of(operator.output).is_float, graph, operator, "quantised numbers")
    source, full = operator.inputs[0], graph.full_shape(operator.inputs[0])
    axes = {axis % len(full) for axis in graph.integers(operator.inputs[1])}
    name = _kept_last(graph, operator, graph.name_of(source), axes)
    below = affine.append(graph.builder, "negative", name, scale=-1.0)
    pooled = graph.builder.add("global_max_pooling", GlobalPool(PoolKind.MAX), below)
    made = affine.append(graph.builder, "least", pooled, scale=-1.0)
    become(graph, operator.output, made, _reduced(graph, operator, full, axes))


def _reduced(graph: Graph, operator: Operator, full: Shape, axes: set[int]) -> Shape:
    keeps = graph.rank(operator.output) == len(full)
    return tuple(
        1 if axis in axes else size for axis, size in enumerate(full) if keeps or axis not in axes
    )


def _normalised(graph: Graph, operator: Operator) -> None:
    """L2_NORMALIZATION: rows of the last dimension, divided by their length."""
    check(graph.type_of(operator.output).is_float, graph, operator, "quantised numbers")
    builder, source = graph.builder, operator.inputs[0]
    full = graph.full_shape(source)
    rows, size = elements(full[:-1]), full[-1]
    name = builder.reshape_to(graph.name_of(source), (rows, size))
    squares = builder.add("square", Activate(Function.SQUARE), name)
    turned = builder.add("transpose", Transpose((1, 0)), squares)
    sums = builder.add("global_sum_pooling", GlobalPool(PoolKind.SUM), turned)
    roots = builder.add("sqrt", Activate(Function.SQRT), sums)
    lengths = builder.add("clip", Clip(SHORTEST, math.inf), roots)
    column = builder.reshape("reshape", lengths, (rows, 1))
    made = builder.add("divide", Arithmetic(ArithmeticKind.DIVIDE), name, column)
    become(graph, operator.output, activated(graph, operator, made), full)


def _kept_last(graph: Graph, operator: Operator, name: str, axes: set[int]) -> str:
    """The tensor as (reduced, kept), or as it is where all but the last dimension is reduced."""
    shape = graph.builder.shapes[name]
    if graph.is_wide(operator.inputs[0]):
        full = graph.full_shape(operator.inputs[0])
        parts = (
            [axis for axis in range(len(full)) if axis in axes],
            [axis for axis in range(len(full)) if axis not in axes],
        )
        name = rearranging.permuted(graph.builder, name, full, (*parts[0], *parts[1]))
        inner = elements(tuple(full[axis] for axis in parts[1]))
        return graph.builder.reshape_to(name, (elements(full) // inner, inner))
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
        before = [one for one in range(len(full)) if one != place]
        name = rearranging.permuted(graph.builder, graph.name_of(source), full, (*before, place))
        if place != len(full) - 1 or graph.shape(source)[-1] != full[place]:
            rows = elements(full) // full[place]
            name = graph.builder.reshape_to(name, (rows, full[place]))
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
    "REDUCE_MIN": _least,
    "L2_NORMALIZATION": _normalised,
    **PLACES,
}
"""Each defines its output."""
