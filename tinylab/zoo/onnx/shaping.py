"""Operators that change the shape: they change the view of a tensor, and cost nothing."""

from __future__ import annotations

import math

from tinylab.errors import ModelFileError
from tinylab.zoo.damage import REMEDY_DAMAGED
from tinylab.zoo.network import Shape
from tinylab.zoo.onnx.graph import Graph
from tinylab.zoo.onnx.protocol import Node


def reshape(graph: Graph, node: Node) -> None:
    value = graph.value(node)
    wanted = graph.integers(node, 1) if node.source(1) else node.integers("shape", ())
    full = completed(node, wanted, value.full, zero_is_size=bool(node.integer("allowzero", 0)))
    graph.define(node, value.reshaped(full))


def completed(node: Node, wanted: Shape, given: Shape, *, zero_is_size: bool) -> Shape:
    """The shape that Reshape makes: 0 is the input's size, -1 what is left."""
    if not zero_is_size:
        sizes = [*given, *(0,) * len(wanted)]
        wanted = tuple(size or sizes[axis] for axis, size in enumerate(wanted))
    known = math.prod(size for size in wanted if size != -1)
    total = math.prod(given)
    if wanted.count(-1) == 1 and known > 0:
        wanted = tuple(total // known if size == -1 else size for size in wanted)
    if min(wanted, default=1) < 1 or math.prod(wanted) != total:
        raise ModelFileError(
            f"has the operator {node.shown}, which makes {given} a tensor of the shape {wanted}.",
            remedy="Export the model with a batch of 1 and fixed shapes.",
        )
    return wanted


def flatten(graph: Graph, node: Node) -> None:
    value = graph.value(node)
    axis = node.integer("axis", 1)
    axis = place(node, axis + value.rank if axis < 0 else axis, value.rank + 1)
    graph.define(node, value.reshaped((math.prod(value.full[:axis]), math.prod(value.full[axis:]))))


def place(node: Node, axis: int, rank: int) -> int:
    """`axis` from 0 on. Raises ModelFileError if there is none such."""
    if not -rank <= axis < rank:
        raise ModelFileError(
            f"has the operator {node.shown} with the axis {axis} of {rank}.", remedy=REMEDY_DAMAGED
        )
    return axis % rank


def squeezed(node: Node, full: Shape, axes: Shape) -> Shape:
    """`full` without the axes of size 1 that are named, or without all if none is."""
    chosen = {place(node, axis, len(full)) for axis in axes}
    chosen = chosen or {axis for axis, size in enumerate(full) if size == 1}
    if any(full[axis] != 1 for axis in chosen):
        raise ModelFileError(
            f"has the operator {node.shown} on axes of {full} that have no size of 1.",
            remedy=REMEDY_DAMAGED,
        )
    return tuple(size for axis, size in enumerate(full) if axis not in chosen)


def unsqueezed(node: Node, full: Shape, axes: Shape) -> Shape:
    rank = len(full) + len(axes)
    chosen = {place(node, axis, rank) for axis in axes}
    if len(chosen) != len(axes):
        raise ValueError(f"the axes {axes} are inserted")
    left = iter(full)
    return tuple(1 if axis in chosen else next(left) for axis in range(rank))


def squeeze(graph: Graph, node: Node) -> None:
    value = graph.value(node)
    axes = graph.listed(node, "axes", 1, ())
    graph.define(node, value.reshaped(squeezed(node, value.full, axes)))


def unsqueeze(graph: Graph, node: Node) -> None:
    value = graph.value(node)
    axes = graph.listed(node, "axes", 1, ())
    graph.define(node, value.reshaped(unsqueezed(node, value.full, axes)))


def transpose(graph: Graph, node: Node) -> None:
    value = graph.value(node)
    order = node.integers("perm", tuple(reversed(range(value.rank))))
    graph.define(node, value.transposed(order))
