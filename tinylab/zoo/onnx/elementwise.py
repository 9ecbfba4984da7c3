"""Operators of each element on its own: activations, arithmetic with constants, sums."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from tinylab.zoo import affine
from tinylab.zoo.onnx import quantised
from tinylab.zoo.onnx.graph import Graph, check, layer_name
from tinylab.zoo.onnx.protocol import Node
from tinylab.zoo.onnx.value import Value
from tinylab.zoo.operations import (
    Activate,
    Arithmetic,
    ArithmeticKind,
    Clip,
    Dropout,
    Function,
    LayerNorm,
)
from tinylab.zoo.tensor_type import FloatArray

EPSILON = float(np.float32(1e-5))
SELU = (1.6732632423543772, 1.0507009873554805)
SLOPE = float(np.float32(0.01))


def activate(
    function: Function, factor: Callable[[Node], float] = lambda _: 1.0
) -> quantised.Lower:
    """An activation function whose `factor` is an attribute."""

    def lower_activation(graph: Graph, node: Node) -> None:
        made = quantised.made_type(graph, node)
        value = graph.value(node)
        if made.is_float and not graph.type_of(value).is_float:
            made = graph.type_of(value)  # an activation that clamps keeps the type
        graph.same(node, value, Activate(function, factor(node)), made)

    return lower_activation


def gelu(graph: Graph, node: Node) -> None:
    form = node.text("approximate", "none")
    check(form in ("none", "tanh"), node, f"the approximation {form!r}")
    activate(Function.GELU_TANH if form == "tanh" else Function.GELU)(graph, node)


def selu(graph: Graph, node: Node) -> None:
    limit, factor = node.number("alpha", SELU[0]), node.number("gamma", SELU[1])
    check(np.allclose((limit, factor), SELU), node, f"alpha {limit:g} and gamma {factor:g}")
    activate(Function.SELU)(graph, node)


def swish(graph: Graph, node: Node) -> None:
    check(node.number("alpha", 1.0) == 1.0, node, "another alpha than 1")
    activate(Function.SWISH)(graph, node)


def mish(graph: Graph, node: Node) -> None:
    """`x * tanh(softplus(x))`."""
    value, builder = graph.value(node), graph.builder
    soft = builder.add("softplus", Activate(Function.SOFTPLUS), value.name)
    bent = builder.add("tanh", Activate(Function.TANH), soft)
    operation = Arithmetic(ArithmeticKind.MULTIPLY)
    name = builder.add(layer_name(node), operation, value.name, bent)
    graph.define(node, replace(value, name=name))


def layer_norm(graph: Graph, node: Node) -> None:
    """Over all axes from `axis` on."""
    value = graph.value(node)
    axis = node.integer("axis", -1) % value.rank
    count = math.prod(value.full[axis:])
    scale = graph.floats(node, 1)
    offset = graph.floats_or(node, 2, np.zeros(1, np.float32))
    check(not any(node.outputs[1:]), node, "mean or variance as outputs")
    kept = tuple(one for one in range(value.rank) if one != 0 or value.full[0] != 1 or not axis)
    source = graph.arranged(node, value, kept)
    factors, terms = (
        np.array(np.broadcast_to(one.ravel(), (count,)), np.float32) for one in (scale, offset)
    )
    operation = LayerNorm(factors, terms, node.number("epsilon", EPSILON))
    name = graph.builder.add(layer_name(node), operation, source)
    graph.define(node, Value(name, value.full, tuple(range(value.rank))))


def softmax(function: Function) -> quantised.Lower:
    """Before opset 13 over all axes from `axis` on, then over one."""
    return lambda graph, node: _of_rows(graph, node, Activate(function))


def _of_rows(graph: Graph, node: Node, operation: Activate) -> None:
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
        name = graph.builder.add(layer_name(node), operation, name, type=made)
        graph.define(node, replace(value, name=name))
        return
    check(len(over) == 1, node, f"several axes from {first} on")
    kept = (*(one for one in value.axes or long if one in long and one not in over), *over)
    source = graph.arranged(node, value, kept)
    name = graph.builder.add(layer_name(node), operation, source, type=made)
    rest = (one for one in range(value.rank) if one not in kept)
    graph.define(node, Value(name, value.full, (*rest, *kept)))


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
    """All numbers are float32 here: whole numbers, which are truncated, and conditions too."""
    from onnx import TensorProto

    wanted = node.integer("to", 0)
    if wanted in (TensorProto.FLOAT, TensorProto.DOUBLE) or graph.is_index(node.outputs[0]):
        nothing(graph, node)
    elif wanted == TensorProto.BOOL:
        value = graph.value(node)
        size = (1,) * len(graph.shape_of(value))
        zero = graph.builder.constant("zero", np.zeros(size, np.float32))
        operation = Arithmetic(ArithmeticKind.NOT_EQUAL)
        name = graph.builder.add(layer_name(node), operation, value.name, zero)
        graph.define(node, replace(value, name=name))
    else:
        whole = wanted in (TensorProto.INT32, TensorProto.INT64)
        check(whole, node, "a type of numbers other than float")
        graph.same(node, graph.value(node), Activate(Function.TRUNCATE))


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
    factors, terms = (fitting(graph, node, value, one) for one in (scale, offset))
    name = affine.append(graph.builder, layer_name(node), value.name, factors, terms)
    return replace(value, name=name)


def fitting(graph: Graph, node: Node, value: Value, given: object) -> FloatArray:
    """Numbers that broadcast to `value`, in the order of memory."""
    numbers = np.asarray(given, np.float64)
    full = np.broadcast_shapes(numbers.shape, value.full) if _broadcasts(numbers, value) else ()
    wider = numbers.size > 1 and full != value.full
    check(not wider, node, f"a constant of the shape {numbers.shape} for an input of {value.full}")
    with np.errstate(over="ignore"):
        return np.asarray(value.in_memory_order(numbers, graph.shape_of(value)), np.float32)


def _broadcasts(numbers: np.ndarray, value: Value) -> bool:
    try:
        np.broadcast_shapes(numbers.shape, value.full)
    except ValueError:
        return False
    return True
