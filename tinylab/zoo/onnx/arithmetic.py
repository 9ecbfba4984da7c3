"""Arithmetic of two tensors, or of a tensor and a constant."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from tinylab.zoo import affine
from tinylab.zoo.onnx import dense, elementwise, quantised
from tinylab.zoo.onnx.graph import Graph, check, layer_name
from tinylab.zoo.onnx.protocol import Node
from tinylab.zoo.onnx.value import Value
from tinylab.zoo.operations import Activate, Arithmetic, ArithmeticKind, Constant, Function
from tinylab.zoo.tensor_type import FLOAT, FloatArray

POWERS = {
    exponent: Activate(function)
    for exponent, function in (
        (2.0, Function.SQUARE),
        (1.0, Function.LINEAR),
        (0.5, Function.SQRT),
        (-0.5, Function.RSQRT),
        (-1.0, Function.RECIPROCAL),
    )
}


def add(graph: Graph, node: Node) -> None:
    """Of two computed tensors, or of one and a constant, such as a bias."""
    index = constant_index(graph, node)
    if index is None:
        combine(graph, node, ArithmeticKind.ADD, graph.value(node, 0), graph.value(node, 1))
        return
    value, offset = graph.value(node, 1 - index), graph.floats(node, index)
    if _widens(value, offset):
        with_constant(graph, node, ArithmeticKind.ADD, index)
        return
    terms = elementwise.fitting(graph, node, value, offset)
    once = graph.uses(node.inputs[1 - index]) == 1
    if once and dense.add_bias(graph, value, terms):
        graph.define(node, value)
        return
    if once and affine.add_to_last(graph.builder, value.name, terms):
        graph.define(node, value)
        return
    graph.define(node, elementwise.scaled(graph, node, value, offset=offset))


def add_all(graph: Graph, node: Node) -> None:
    """Sum of any number of tensors."""
    total = node.inputs[0]
    for index, term in enumerate(node.inputs[1:]):
        name = f"{node.outputs[0]}//{index}"
        add(graph, Node("Sum", (total, term), (name,), {}, node.name))
        total = name
    graph.define(node, graph.values[total])


def subtract(graph: Graph, node: Node) -> None:
    """A tensor less a constant, a constant less a tensor, or two tensors."""
    index = constant_index(graph, node)
    if index is None:
        combine(graph, node, ArithmeticKind.SUBTRACT, graph.value(node, 0), graph.value(node, 1))
        return
    value, numbers = graph.value(node, 1 - index), graph.floats(node, index)
    if _widens(value, numbers):
        with_constant(graph, node, ArithmeticKind.SUBTRACT, index)
        return
    scale, offset = (1.0, -numbers) if index == 1 else (-1.0, numbers)
    graph.define(node, elementwise.scaled(graph, node, value, scale, offset))


def negate(graph: Graph, node: Node) -> None:
    graph.define(node, elementwise.scaled(graph, node, graph.value(node), -1.0))


def multiply(graph: Graph, node: Node) -> None:
    index = constant_index(graph, node)
    if index is None:
        combine(graph, node, ArithmeticKind.MULTIPLY, graph.value(node, 0), graph.value(node, 1))
        return
    value, numbers = graph.value(node, 1 - index), graph.floats(node, index)
    if _widens(value, numbers):
        with_constant(graph, node, ArithmeticKind.MULTIPLY, index)
        return
    graph.define(node, elementwise.scaled(graph, node, value, numbers))


def divide(graph: Graph, node: Node) -> None:
    """By a constant, a scale."""
    index = constant_index(graph, node)
    if index is None:
        combine(graph, node, ArithmeticKind.DIVIDE, graph.value(node, 0), graph.value(node, 1))
        return
    divisor = graph.floats(node, index)
    if index == 0 or not divisor.all() or _widens(graph.value(node, 0), divisor):
        with_constant(graph, node, ArithmeticKind.DIVIDE, index)
        return
    factors = 1.0 / divisor.astype(np.float64)
    graph.define(node, elementwise.scaled(graph, node, graph.value(node), factors))


def power(graph: Graph, node: Node) -> None:
    """Usual exponents are functions of their own."""
    if not graph.is_constant(node.inputs[1]):
        index = constant_index(graph, node)
        if index is not None:
            with_constant(graph, node, ArithmeticKind.POWER, index)
            return
        combine(graph, node, ArithmeticKind.POWER, graph.value(node, 0), graph.value(node, 1))
        return
    exponents = graph.constant(node, 1)
    function = POWERS.get(float(exponents.ravel()[0])) if exponents.size == 1 else None
    if function is None:
        with_constant(graph, node, ArithmeticKind.POWER, 1)
        return
    value = graph.value(node)
    graph.same(node, value.reshaped((1,) * (exponents.ndim - value.rank) + value.full), function)


def extreme(*, upper: bool) -> quantised.Lower:
    """Max and Min of two tensors, or of a tensor and a number."""
    kind = ArithmeticKind.MINIMUM if upper else ArithmeticKind.MAXIMUM

    def lower_extreme(graph: Graph, node: Node) -> None:
        check(len(node.inputs) == 2, node, f"{len(node.inputs)} inputs")
        index = constant_index(graph, node)
        if index is None:
            combine(graph, node, kind, graph.value(node, 0), graph.value(node, 1))
            return
        numbers = graph.floats(node, index).ravel()
        if numbers.size > 1:
            with_constant(graph, node, kind, index)
            return
        number = float(numbers[0])
        low, high = (-math.inf, number) if upper else (number, math.inf)
        elementwise.limited(graph, node, graph.value(node, 1 - index), low, high)

    return lower_extreme


def prelu(graph: Graph, node: Node) -> None:
    """Slopes for each channel or element."""
    with_constant(graph, node, ArithmeticKind.PRELU, 1)


def constant_index(graph: Graph, node: Node) -> int | None:
    """Which of two inputs is a constant."""
    found = [index for index in (0, 1) if graph.is_constant(node.source(index))]
    return found[0] if found else None


def _widens(value: Value, numbers: FloatArray) -> bool:
    """Whether the result is larger than the computed tensor."""
    return numbers.size > 1 and np.broadcast_shapes(numbers.shape, value.full) != value.full


def with_constant(graph: Graph, node: Node, kind: ArithmeticKind, index: int) -> None:
    """A constant that is no scale nor offset becomes a layer of its own."""
    value = graph.value(node, 1 - index)
    numbers = np.asarray(graph.constant(node, index), np.float32)
    numbers = numbers.reshape((1,) * (value.rank - numbers.ndim) + numbers.shape)
    check(numbers.ndim <= 4, node, f"a constant of {numbers.ndim} dimensions")
    order = value.axes if value.scattered is None and numbers.ndim == value.rank else ()
    order = order or tuple(range(numbers.ndim))
    kept = order[1:] if numbers.shape[order[0]] == 1 and len(order) > 1 else order
    stored = np.ascontiguousarray(
        numbers.transpose(order).reshape([numbers.shape[axis] for axis in kept])
    )
    name = graph.builder.add("constant", Constant(stored), type=FLOAT)
    constant = Value(name, numbers.shape, order)
    pair = (value, constant) if index == 1 else (constant, value)
    combine(graph, node, kind, *pair)


def combine(graph: Graph, node: Node, kind: ArithmeticKind, first: Value, second: Value) -> None:
    """An operation on two tensors; dimensions of 1 broadcast."""
    try:
        full = np.broadcast_shapes(first.full, second.full)
    except ValueError:
        check(False, node, f"tensors of the shapes {first.full} and {second.full}")
        raise
    made, operation = quantised.made_type(graph, node), Arithmetic(kind)
    if first.alike(second):
        name = graph.builder.reshape_to(second.name, graph.shape_of(first))
        layer = graph.builder.add(layer_name(node), operation, first.name, name, type=made)
        graph.define(node, replace(first, name=layer))
        return
    first, second = (
        one.reshaped((1,) * (len(full) - one.rank) + one.full) for one in (first, second)
    )
    wide = max((first, second), key=lambda one: (one.scattered is None, math.prod(one.full)))
    axes = wide.axes if wide.scattered is None else tuple(range(wide.rank))
    kept = tuple(axis for axis in axes if axis != 0 or full[0] != 1)
    sources = (graph.arranged(node, one, kept) for one in (first, second))
    layer = graph.builder.add(layer_name(node), operation, *sources, type=made)
    graph.define(node, Value(layer, full, axes))
