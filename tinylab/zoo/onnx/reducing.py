"""Operators that reduce axes to one number: means, sums, extremes, lengths."""

from __future__ import annotations

import math
from dataclasses import replace

from tinylab.zoo import affine, rearranging
from tinylab.zoo.network import elements
from tinylab.zoo.onnx import quantised, repeating
from tinylab.zoo.onnx.graph import Graph, check, layer_name
from tinylab.zoo.onnx.protocol import Node
from tinylab.zoo.onnx.value import Value
from tinylab.zoo.operations import Activate, Function, GlobalPool, PoolKind
from tinylab.zoo.tensor_type import TensorType


def reduction(
    kind: PoolKind, before: Function | None = None, after: Function | None = None
) -> quantised.Lower:
    """Over any axes; with functions of each element before and after."""

    def lower_reduction(graph: Graph, node: Node) -> None:
        value = graph.value(node)
        if before is not None:
            value = _of_each(graph, value, before)
        made = quantised.made_type(graph, node)
        reduced = _reduced(graph, node, value, kind, made)
        if after is not None:
            reduced = _of_each(graph, reduced, after)
        graph.define(node, reduced)

    return lower_reduction


def least(graph: Graph, node: Node) -> None:
    """The greatest of the negative numbers, negative."""
    value = graph.value(node)
    check(graph.type_of(value).is_float, node, "quantised numbers")
    below = replace(value, name=_negative(graph, value))
    made = _reduced(graph, node, below, PoolKind.MAX, graph.type_of(value))
    graph.define(node, replace(made, name=_negative(graph, made)))


def _negative(graph: Graph, value: Value) -> str:
    return affine.append(graph.builder, "neg", value.name, scale=-1.0)


def _of_each(graph: Graph, value: Value, function: Function) -> Value:
    name = graph.builder.add(function.value, Activate(function), value.name)
    return replace(value, name=name)


def _reduced(graph: Graph, node: Node, value: Value, kind: PoolKind, made: TensorType) -> Value:
    """The axes that are kept stay in the order that they have in memory."""
    every = tuple(range(value.rank))
    listed = graph.listed(node, "axes", 1, ())
    if not listed and node.integer("noop_with_empty_axes", 0):
        return value
    axes = {axis % value.rank for axis in listed or every}
    value = repeating.stored(graph, node, value)
    builder = graph.builder
    full = repeating.in_memory(value, value.full)
    over = [at for at, axis in enumerate(value.axes) if axis in axes]
    kept = [at for at, axis in enumerate(value.axes) if axis not in axes]
    name, size = value.name, elements(tuple(full[at] for at in kept))
    shape = builder.shapes[name]
    if not (len(shape) > 1 and _all_positions(full, over, kept, shape)):
        name = rearranging.permuted(builder, name, full, (*over, *kept))
        name = builder.reshape_to(name, (elements(full) // size, size))
    pooled = builder.add(layer_name(node), GlobalPool(kind), name, type=made)
    whole = tuple(1 if axis in axes else value.full[axis] for axis in every)
    order = (*(value.axes[at] for at in over), *(value.axes[at] for at in kept))
    found = Value(pooled, whole, order, integer=value.integer)
    if node.integer("keepdims", 1):
        return found
    rest = [axis for axis in every if axis not in axes]
    left = tuple(rest.index(value.axes[at]) for at in kept)
    return replace(found, full=tuple(value.full[axis] for axis in rest), axes=left)


def _all_positions(
    full: tuple[int, ...], over: list[int], kept: list[int], shape: tuple[int, ...]
) -> bool:
    """Whether all dimensions of the layer but its last are reduced."""
    size = math.prod(full[at] for at in kept)
    first = max((at for at in over if full[at] > 1), default=-1)
    ordered = all(at > first for at in kept if full[at] > 1)
    return ordered and size == shape[-1]
