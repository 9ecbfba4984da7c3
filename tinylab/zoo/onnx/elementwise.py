"""Operators of each element on its own: activations, arithmetic with constants, sums."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from tinylab.zoo import affine
from tinylab.zoo.network import Activate, Add, Clip, Dropout, FloatArray, Function
from tinylab.zoo.onnx import dense, quantised
from tinylab.zoo.onnx.graph import Graph, check, layer_name, refuse
from tinylab.zoo.onnx.protocol import Node
from tinylab.zoo.onnx.value import Value

EPSILON = float(np.float32(1e-5))


def activate(function: Function) -> quantised.Lower:
    def lower_activation(graph: Graph, node: Node) -> None:
        made = quantised.made_type(graph, node)
        value = graph.value(node)
        if made.is_float and not graph.type_of(value).is_float:
            made = graph.type_of(value)  # an activation that clamps keeps the type
        graph.same(node, value, Activate(function), made)

    return lower_activation


def softmax(graph: Graph, node: Node) -> None:
    """Before opset 13 over all axes from `axis` on, then over one."""
    value = graph.value(node)
    old = graph.opset < 13
    axis = node.integer("axis", 1 if old else -1)
    check(-value.rank <= axis < max(value.rank, 1), node, f"axis {axis} of {value.rank}")
    first = axis % value.rank
    covered = range(first, value.rank) if old else (first,)
    long = [one for one in range(value.rank) if value.full[one] > 1]
    over = [one for one in long if one in covered]
    made = quantised.made_type(graph, node)
    if over == long:  # the order in memory is of no importance
        flat = (math.prod(value.full),)
        name = value.name
        if graph.shape_of(value) != flat:
            name = graph.builder.reshape("flatten", name, flat)
        name = graph.builder.add(layer_name(node), Activate(Function.SOFTMAX), name, type=made)
        graph.define(node, replace(value, name=name))
        return
    check(len(over) == 1, node, f"several axes from {first} on")
    kept = [one for one in _order(value) if value.full[one] > 1]
    check(kept and kept[-1] == over[0], node, f"axis {axis}, which is not last in memory")
    source = graph.arranged(node, value, tuple(kept))
    name = graph.builder.add(layer_name(node), Activate(Function.SOFTMAX), source, type=made)
    graph.define(node, replace(value, name=name))


def _order(value: Value) -> tuple[int, ...]:
    return value.axes if value.scattered is None else ()


def clip(graph: Graph, node: Node) -> None:
    """The limits are attributes before opset 11, then inputs."""
    low, high = node.number("min", -math.inf), node.number("max", math.inf)
    if node.source(1):
        low = _number(graph, node, 1)
    if node.source(2):
        high = _number(graph, node, 2)
    limited(graph, node, graph.value(node), low, high)


def limited(graph: Graph, node: Node, value: Value, low: float, high: float) -> None:
    """`min(max(x, low), high)`; nothing where the integers of a quantised tensor say it."""
    kind = graph.type_of(value)
    if not kind.is_float:
        least, greatest = (
            float(one) for one in kind.decode(np.array(kind.number.range, np.float32))
        )
        if low <= least and high >= greatest:
            graph.define(node, value)
            return
    if kind.is_float and (low, high) not in ((0.0, 6.0), (0.0, math.inf)):
        graph.same(node, value, Clip(low, high))
        return
    if (low, high) in ((0.0, 6.0), (0.0, math.inf)):
        function = Function.RELU6 if high == 6.0 else Function.RELU
        graph.same(node, value, Activate(function), kind)
        return
    real = graph.real(value)
    graph.same(node, real, Clip(low, high))


def relu(graph: Graph, node: Node) -> None:
    limited(graph, node, graph.value(node), 0.0, math.inf)


def _number(graph: Graph, node: Node, index: int) -> float:
    numbers = graph.floats(node, index).ravel()
    check(numbers.size == 1, node, f"{numbers.size} limits")
    return float(numbers[0])


def extreme(*, upper: bool) -> quantised.Lower:
    """Max and Min of a tensor and a number."""

    def lower_extreme(graph: Graph, node: Node) -> None:
        check(len(node.inputs) == 2, node, f"{len(node.inputs)} inputs")
        index = 0 if graph.is_constant(node.inputs[0]) else 1
        check(graph.is_constant(node.inputs[index]), node, "two computed tensors")
        number = _number(graph, node, index)
        value = graph.value(node, 1 - index)
        low, high = (-math.inf, number) if upper else (number, math.inf)
        limited(graph, node, value, low, high)

    return lower_extreme


def nothing(graph: Graph, node: Node) -> None:
    """Operators that do nothing at inference, such as Identity."""
    graph.define(node, graph.value(node))


def dropout(graph: Graph, node: Node) -> None:
    """Does nothing; one that works, with training_mode, makes random numbers."""
    if node.source(2):
        check(not graph.constant(node, 2).any(), node, "training_mode")
    mask = node.outputs[1] if len(node.outputs) > 1 else ""
    check(not mask or graph.uses(mask) == 0, node, "its mask as an output")
    value = graph.value(node)
    name = graph.builder.add(layer_name(node), Dropout(), value.name)
    graph.define(node, replace(value, name=name))


def cast(graph: Graph, node: Node) -> None:
    """Of floats to floats; all are float32 here."""
    from onnx import TensorProto

    floats = (TensorProto.FLOAT, TensorProto.DOUBLE)
    check(node.integer("to", 0) in floats, node, "a type of numbers other than float")
    nothing(graph, node)


def hard_sigmoid(graph: Graph, node: Node) -> None:
    slope, offset = node.number("alpha", 0.2), node.number("beta", 0.5)
    value = scaled(graph, node, graph.value(node), np.float32(slope), np.float32(offset))
    graph.same(node, value, Clip(0.0, 1.0))


def batch_norm(graph: Graph, node: Node) -> None:
    """Of each channel, which is axis 1."""
    value = graph.value(node)
    check(not node.integer("training_mode", 0), node, "training_mode")
    check(node.integer("spatial", 1) == 1, node, "spatial 0")
    check(value.rank >= 2, node, f"an input of {value.rank} dimensions")
    scale, offset, mean, variance = (
        graph.floats(node, index).astype(np.float64) for index in range(1, 5)
    )
    factors = scale / np.sqrt(variance + node.number("epsilon", EPSILON))
    shape = (-1, *(1,) * (value.rank - 2))
    terms = offset - mean * factors
    made = scaled(graph, node, value, factors.reshape(shape), terms.reshape(shape))
    graph.define(node, made)


def scaled(
    graph: Graph, node: Node, value: Value, scale: object = 1.0, offset: object = 0.0
) -> Value:
    """`value x scale + offset`; the numbers broadcast to the value's shape."""
    stored = graph.shape_of(value)
    factors, terms = (
        _fitting(graph, node, value, np.asarray(one, np.float64), stored) for one in (scale, offset)
    )
    name = affine.append(graph.builder, layer_name(node), value.name, factors, terms)
    return replace(value, name=name)


def _fitting(
    graph: Graph, node: Node, value: Value, numbers: np.ndarray, stored: tuple[int, ...]
) -> FloatArray:
    full = np.broadcast_shapes(numbers.shape, value.full) if _broadcasts(numbers, value) else ()
    wider = numbers.size > 1 and full != value.full
    check(not wider, node, f"a constant of the shape {numbers.shape} for an input of {value.full}")
    with np.errstate(over="ignore"):
        return np.asarray(value.in_memory_order(numbers, stored), np.float32)


def _broadcasts(numbers: np.ndarray, value: Value) -> bool:
    try:
        np.broadcast_shapes(numbers.shape, value.full)
    except ValueError:
        return False
    return True


def add(graph: Graph, node: Node) -> None:
    """Of two computed tensors, or of one and a constant, such as a bias."""
    constants = [graph.is_constant(one) for one in node.inputs]
    if not any(constants):
        _add_computed(graph, node, graph.value(node, 0), graph.value(node, 1))
        return
    index = constants.index(True)
    value, offset = graph.value(node, 1 - index), graph.floats(node, index)
    stored = graph.shape_of(value)
    terms = _fitting(graph, node, value, offset.astype(np.float64), stored)
    once = graph.uses(node.inputs[1 - index]) == 1
    if once and dense.add_bias(graph, value, terms):
        graph.define(node, value)
        return
    if once and affine.add_to_last(graph.builder, value.name, terms):
        graph.define(node, value)
        return
    graph.define(node, scaled(graph, node, value, offset=offset))


def _add_computed(graph: Graph, node: Node, first: Value, second: Value) -> None:
    check(
        first.full == second.full,
        node,
        f"tensors of the shapes {first.full} and {second.full}",
    )
    name = second.name
    if not first.alike(second):
        check(first.scattered is None, node, "tensors in different orders in memory")
        name = graph.arranged(node, second, first.axes)
    if graph.shape_of(first) != graph.builder.shapes[name]:
        name = graph.builder.reshape("reshape", name, graph.shape_of(first))
    made = quantised.made_type(graph, node)
    layer = graph.builder.add(layer_name(node), Add(), first.name, name, type=made)
    graph.define(node, replace(first, name=layer))


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
    constants = [graph.is_constant(one) for one in node.inputs]
    if constants[1]:
        offset = -graph.floats(node, 1)
        graph.define(node, scaled(graph, node, graph.value(node, 0), offset=offset))
        return
    negative = scaled(graph, node, graph.value(node, 1), -1.0, *_first(graph, node))
    if constants[0]:
        graph.define(node, negative)
        return
    _add_computed(graph, node, graph.value(node, 0), negative)


def _first(graph: Graph, node: Node) -> tuple[FloatArray, ...]:
    return (graph.floats(node, 0),) if graph.is_constant(node.inputs[0]) else ()


def negate(graph: Graph, node: Node) -> None:
    graph.define(node, scaled(graph, node, graph.value(node), -1.0))


def multiply(graph: Graph, node: Node) -> None:
    index = 0 if graph.is_constant(node.inputs[0]) else 1
    check(graph.is_constant(node.inputs[index]), node, "two computed factors")
    value = graph.value(node, 1 - index)
    graph.define(node, scaled(graph, node, value, graph.floats(node, index)))


def divide(graph: Graph, node: Node) -> None:
    check(graph.is_constant(node.inputs[1]), node, "a computed divisor")
    divisor = graph.floats(node, 1)
    if not divisor.all():
        refuse(node, "a divisor of zero")
    factors = 1.0 / divisor.astype(np.float64)
    graph.define(node, scaled(graph, node, graph.value(node), factors))
