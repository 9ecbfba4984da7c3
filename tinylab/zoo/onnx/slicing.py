"""Parts of constants."""

from __future__ import annotations

import numpy as np

from tinylab.zoo.onnx.graph import Graph
from tinylab.zoo.onnx.protocol import Node
from tinylab.zoo.onnx.shaping import place
from tinylab.zoo.tensor_type import Array


def gathered(graph: Graph, node: Node) -> Array:
    given, chosen = graph.constant(node, 0), graph.constant(node, 1)
    axis = place(node, node.integer("axis", 0), given.ndim)
    if chosen.size > given.size:
        raise ValueError(f"Gather takes {chosen.size} of {given.size} numbers")
    return np.take(given, chosen, axis)


def sliced(graph: Graph, node: Node) -> Array:
    """The limits are attributes before opset 10, then inputs."""
    given = graph.constant(node, 0)
    return np.asarray(given[slices(graph, node, given.ndim)])


def slices(graph: Graph, node: Node, rank: int) -> tuple[slice, ...]:
    """What Slice takes of each axis, as Python slices it."""
    starts, ends = graph.listed(node, "starts", 1, ()), graph.listed(node, "ends", 2, ())
    axes = graph.listed(node, "axes", 3, tuple(range(len(starts))))
    steps = graph.integers(node, 4) if node.source(4) else (1,) * len(starts)
    made = [slice(None)] * rank
    for start, end, axis, step in zip(starts, ends, axes, steps, strict=True):
        # Going backwards, an end far below zero stands for "to the first".
        last = None if step < 0 and end < -(2**30) else end
        made[place(node, axis, rank)] = slice(start, last, step)
    return tuple(made)
