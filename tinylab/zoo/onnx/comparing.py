"""Comparisons, conditions, and the choice by them. A condition is 1 or 0, as floats."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from tinylab.zoo.onnx import arithmetic, elementwise, quantised
from tinylab.zoo.onnx.graph import Graph, check
from tinylab.zoo.onnx.protocol import Node
from tinylab.zoo.onnx.value import Value
from tinylab.zoo.operations import ArithmeticKind

PAIRS: dict[str, tuple[ArithmeticKind, bool]] = {
    "Less": (ArithmeticKind.LESS, False),
    "LessOrEqual": (ArithmeticKind.LESS_EQUAL, False),
    "Greater": (ArithmeticKind.LESS, True),
    "GreaterOrEqual": (ArithmeticKind.LESS_EQUAL, True),
    "Equal": (ArithmeticKind.EQUAL, False),
    "And": (ArithmeticKind.MINIMUM, False),
    "Or": (ArithmeticKind.MAXIMUM, False),
    "Xor": (ArithmeticKind.NOT_EQUAL, False),
}
"""What each does of its two inputs; True: with the second before the first."""


def pair(kind: ArithmeticKind, swapped: bool) -> quantised.Lower:
    def lower_pair(graph: Graph, node: Node) -> None:
        inputs = node.inputs[::-1] if swapped else node.inputs
        combined(graph, replace(node, inputs=inputs), kind)

    return lower_pair


def combined(graph: Graph, node: Node, kind: ArithmeticKind) -> Value:
    """Defines the node's output: `kind` of two inputs, of which one may be a constant."""
    index = arithmetic.constant_index(graph, node)
    if index is None:
        arithmetic.combine(graph, node, kind, graph.value(node, 0), graph.value(node, 1))
    else:
        arithmetic.with_constant(graph, node, kind, index)
    return graph.values[node.outputs[0]]


def inverted(graph: Graph, node: Node) -> None:
    graph.define(node, elementwise.scaled(graph, node, graph.value(node), -1.0, 1.0))


def where(graph: Graph, node: Node) -> None:
    """Each input is 0 where the other is taken, and their sum has no rounding."""
    condition, first, second = node.inputs
    full = np.broadcast_shapes(*(_shape(graph, one) for one in node.inputs))
    parts = []
    for kind, name in ((ArithmeticKind.WHERE, first), (ArithmeticKind.UNLESS, second)):
        whole = np.broadcast_shapes(_shape(graph, condition), _shape(graph, name)) == full
        known = graph.is_constant(condition) and graph.is_constant(name)
        check(whole and not known, node, "constants that are repeated")
        part = f"{node.outputs[0]}//{kind}"
        combined(graph, replace(node, inputs=(condition, name), outputs=(part,)), kind)
        parts.append(part)
    arithmetic.add(graph, Node("Add", (parts[0], parts[1]), node.outputs, {}, node.name))


def _shape(graph: Graph, name: str) -> tuple[int, ...]:
    if graph.is_constant(name):
        return graph.constants[name].shape
    return graph.values[name].full
