"""Computes operators whose inputs are constants: shapes, and weights in another form."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from tinylab.errors import ModelFileError
from tinylab.zoo.damage import REMEDY_MEMORY
from tinylab.zoo.network import Shape
from tinylab.zoo.onnx import quantised, shaping, slicing
from tinylab.zoo.onnx.graph import Graph, check, refuse
from tinylab.zoo.onnx.protocol import MAX_ELEMENTS, Node, dtype_of
from tinylab.zoo.tensor_type import Array

Compute = Callable[[Graph, Node], Array]


def is_constant(graph: Graph, node: Node) -> bool:
    """Whether the outputs of `node` are known before the network runs."""
    if node.domain or node.kind not in KINDS:
        return False
    if node.kind in ("Shape", "Size"):
        return True
    return all(graph.is_constant(one) for one in node.inputs if one)


def fold(graph: Graph, node: Node) -> None:
    """Define the outputs of `node` as constants. Raises ModelFileError."""
    if node.kind == "Split":
        graph.constants.update(zip(node.outputs, _split(graph, node), strict=True))
        return
    with np.errstate(all="ignore"):
        made = np.asarray(KINDS[node.kind](graph, node))
    check_size(made.shape)
    graph.constants[node.outputs[0]] = made
    if any(node.outputs[1:]):
        refuse(node, "several outputs, all constant")


def check_size(shape: Shape) -> None:
    """Raises ModelFileError for a constant that fits no microcontroller."""
    if math.prod(shape) > MAX_ELEMENTS:
        raise ModelFileError(f"computes a constant of the shape {shape}.", remedy=REMEDY_MEMORY)


def _stated(graph: Graph, node: Node) -> Array:
    """The value of a Constant."""
    forms = ("value", "value_float", "value_int", "value_floats", "value_ints")
    key = next((one for one in forms if node.attributes.get(one) is not None), "")
    check(key, node, "a value that is no tensor of numbers")
    value = node.attributes[key]
    if isinstance(value, np.ndarray):
        return value
    return np.asarray(value, np.float32 if "float" in key else np.int64)


def _shape(graph: Graph, node: Node) -> Array:
    name = node.source(0)
    full = graph.constants[name].shape if graph.is_constant(name) else graph.value(node).full
    if node.kind == "Size":
        return np.asarray(math.prod(full), np.int64)
    end = node.attributes.get("end")
    return np.array(full[node.integer("start", 0) : end], np.int64)


def _elementwise(function: Callable[[Array, Array], Array]) -> Compute:
    def compute(graph: Graph, node: Node) -> Array:
        first, second = graph.constant(node, 0), graph.constant(node, 1)
        check_size(np.broadcast_shapes(first.shape, second.shape))
        return function(first, second)

    return compute


def _unary(function: Callable[[Array], Array]) -> Compute:
    return lambda graph, node: function(graph.constant(node, 0))


def _divide(first: Array, second: Array) -> Array:
    """Of whole numbers without remainder, towards zero as in C."""
    if first.dtype.kind == "f":
        return np.asarray(first / second)
    if not second.all():
        raise ZeroDivisionError("a shape is divided by zero")
    quotient = np.abs(first) // np.abs(second)
    return np.asarray((quotient * np.sign(first) * np.sign(second)).astype(first.dtype))


def _matmul(graph: Graph, node: Node) -> Array:
    first, second = graph.constant(node, 0), graph.constant(node, 1)
    check_size((*first.shape[:-1], *second.shape[-1:]))
    return np.asarray(np.matmul(first, second))


def _split(graph: Graph, node: Node) -> Sequence[Array]:
    given, axis, count = graph.constant(node, 0), node.integer("axis", 0), len(node.outputs)
    equal = (-(-given.shape[axis] // count),) * count
    sizes = graph.listed(node, "split", 1, equal)
    return np.split(given, np.cumsum(sizes)[: count - 1], axis)


def _first_part(graph: Graph, node: Node) -> Array:
    return _split(graph, node)[0]


def _cast(graph: Graph, node: Node) -> Array:
    return graph.constant(node, 0).astype(dtype_of(node, node.integer("to", 0)))


def _concat(graph: Graph, node: Node) -> Array:
    parts = [graph.constant(node, index) for index in range(len(node.inputs))]
    return np.concatenate(parts, node.integer("axis", 0))


def _reshape(graph: Graph, node: Node) -> Array:
    given = graph.constant(node, 0)
    wanted = graph.integers(node, 1)
    return given.reshape(
        shaping.completed(
            node, wanted, given.shape, zero_is_size=bool(node.integer("allowzero", 0))
        )
    )


def _squeeze(graph: Graph, node: Node) -> Array:
    given = graph.constant(node, 0)
    return given.reshape(shaping.squeezed(node, given.shape, graph.listed(node, "axes", 1, ())))


def _unsqueeze(graph: Graph, node: Node) -> Array:
    given = graph.constant(node, 0)
    return given.reshape(shaping.unsqueezed(node, given.shape, graph.listed(node, "axes", 1, ())))


def _transpose(graph: Graph, node: Node) -> Array:
    given = graph.constant(node, 0)
    return given.transpose(node.integers("perm", tuple(reversed(range(given.ndim)))))


def _filled(graph: Graph, node: Node) -> Array:
    """ConstantOfShape."""
    shape = graph.integers(node, 0)
    check_size(shape)
    fill = node.attributes.get("value", np.zeros(1, np.float32))
    return np.full(shape, fill.ravel()[0], fill.dtype)


def _expand(graph: Graph, node: Node) -> Array:
    given = graph.constant(node, 0)
    shape = np.broadcast_shapes(given.shape, graph.integers(node, 1))
    check_size(shape)
    return np.broadcast_to(given, shape)


def _tile(graph: Graph, node: Node) -> Array:
    given, counts = graph.constant(node, 0), graph.integers(node, 1)
    check_size(tuple(size * count for size, count in zip(given.shape, counts, strict=True)))
    return np.tile(given, counts)


def _range(graph: Graph, node: Node) -> Array:
    start, limit, step = (graph.constant(node, index).ravel()[0] for index in range(3))
    count = math.ceil((float(limit) - float(start)) / float(step))
    check_size((max(count, 0),))
    return np.arange(start, limit, step, dtype=graph.constant(node, 0).dtype)


def _where(graph: Graph, node: Node) -> Array:
    parts = [graph.constant(node, index) for index in range(3)]
    check_size(np.broadcast_shapes(*(one.shape for one in parts)))
    return np.where(parts[0], parts[1], parts[2])


def _product(graph: Graph, node: Node) -> Array:
    given = graph.constant(node, 0)
    axes = graph.listed(node, "axes", 1, ()) or tuple(range(given.ndim))
    return np.asarray(
        np.prod(given, axes, keepdims=bool(node.integer("keepdims", 1)), dtype=given.dtype)
    )


def _same(graph: Graph, node: Node) -> Array:
    return graph.constant(node, 0)


KINDS: Mapping[str, Compute] = {
    "Constant": _stated,
    "ConstantOfShape": _filled,
    "Shape": _shape,
    "Size": _shape,
    "Gather": slicing.gathered,
    "Slice": slicing.sliced,
    "Concat": _concat,
    "Split": _first_part,
    "Reshape": _reshape,
    "Squeeze": _squeeze,
    "Unsqueeze": _unsqueeze,
    "Transpose": _transpose,
    "Expand": _expand,
    "Range": _range,
    "Where": _where,
    "Cast": _cast,
    "Identity": _same,
    "ReduceProd": _product,
    "Add": _elementwise(np.add),
    "Sub": _elementwise(np.subtract),
    "Mul": _elementwise(np.multiply),
    "Div": _elementwise(_divide),
    "MatMul": _matmul,
    "Pow": _elementwise(lambda first, second: np.power(first, second).astype(first.dtype)),
    "Equal": _elementwise(np.equal),
    "Neg": _unary(np.negative),
    "Sqrt": _unary(np.sqrt),
    "Reciprocal": _unary(np.reciprocal),
    "Exp": _unary(np.exp),
    "Log": _unary(np.log),
    "Less": _elementwise(np.less),
    "LessOrEqual": _elementwise(np.less_equal),
    "Greater": _elementwise(np.greater),
    "GreaterOrEqual": _elementwise(np.greater_equal),
    "And": _elementwise(np.logical_and),
    "Or": _elementwise(np.logical_or),
    "Mod": _elementwise(np.mod),
    "Tile": _tile,
    "Abs": _unary(np.abs),
    "Floor": _unary(np.floor),
    "Ceil": _unary(np.ceil),
    "Not": _unary(np.logical_not),
    "DequantizeLinear": quantised.dequantize_constant,
}
"""Operators that are computed where all their inputs are constants."""
