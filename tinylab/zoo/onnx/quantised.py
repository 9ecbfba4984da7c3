"""Quantised tensors of ONNX: QuantizeLinear, DequantizeLinear and the QLinear operators.

A QLinear operator is DequantizeLinear of its inputs, the operator, and QuantizeLinear of its
output; files of both styles are therefore read alike. An operator whose inputs were dequantised
and whose output is quantised next becomes a layer of integers. Unsigned integers become signed
ones with another zero point: the numbers that they represent are the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from tinylab.errors import ModelFileError
from tinylab.zoo.damage import REMEDY_DAMAGED
from tinylab.zoo.onnx.graph import Graph, Quantised, check, refuse
from tinylab.zoo.onnx.protocol import Node
from tinylab.zoo.operations import Convert, WeightQuantization
from tinylab.zoo.tensor_type import FLOAT, Array, FloatArray, Number, TensorType

Lower = Callable[[Graph, Node], None]
"""Appends the layers of an operator, and defines its output."""
Type = TensorType
Weighted = tuple[Array, Array, WeightQuantization | None, TensorType]
QUANTISED = frozenset(
    {
        *("Conv", "Gemm", "MatMul", "Add", "GlobalAveragePool", "ReduceMean"),
        *("Sigmoid", "Tanh", "Softmax", "LeakyRelu", "HardSwish", "Elu", "Sub", "Mul"),
    }
)
"""Operators that have a form on integers with any type of output."""
KEEP_TYPE = frozenset(
    {
        *("MaxPool", "AveragePool", "Relu", "Clip", "Reshape", "Flatten", "Squeeze", "Unsqueeze"),
        *("Transpose", "Identity", "Dropout", "Concat", "Split", "Slice", "Gather", "Pad"),
        *("Tile", "Expand"),
    }
)
"""Operators whose output has the type of the input."""
ON_INTEGERS = frozenset({"DequantizeLinear", *KEEP_TYPE - {"AveragePool", "Relu", "Clip", "Pad"}})
"""Operators that may read stored integers; to others these are no numbers of the network."""
CLAMPS = frozenset({"Relu", "Clip"})
SOFTMAX = TensorType(Number.INT8, 1 / 256, -128)
"""The only output type of softmax on integers."""
REMEDY_TYPE = (
    "Quantise the model to int8 or uint8 with one scale for each tensor: onnxruntime's "
    "quantize_static."
)


def quantize(graph: Graph, node: Node) -> None:
    value, made = graph.value(node), stated_type(graph, node)
    if made is None:
        refuse(node, "another type than int8 or uint8", REMEDY_TYPE)
    if graph.type_of(value) != made:
        # From integers to others by way of floats: the direct way rounds small numbers twice.
        value = graph.real(value)
        name = graph.builder.add("quantize", Convert(), value.name, type=made)
        value = replace(value, name=name)
    graph.define(node, replace(value, integer=True))


def dequantize(graph: Graph, node: Node) -> None:
    """The next operators see real numbers; which of them work on integers, they decide."""
    value, stated = graph.value(node), stated_type(graph, node)
    given = graph.type_of(value)
    if stated != given:
        raise ModelFileError(
            f"has the operator {node.shown} with another scale or type than those of its input.",
            remedy=REMEDY_TYPE,
        )
    graph.define(node, replace(value, integer=False))


def stated_type(graph: Graph, node: Node) -> TensorType | None:
    """The type that (De)QuantizeLinear states for a whole tensor; None if there is none such."""
    scale = graph.floats(node, 1).ravel()
    zero = graph.constant(node, 2) if node.source(2) else np.zeros(1, np.uint8)
    if scale.size != 1 or zero.size != 1 or zero.dtype.name not in ("int8", "uint8"):
        return None
    check_scales(node, scale)
    offset = 128 if zero.dtype == np.uint8 else 0
    return TensorType(Number.INT8, float(scale[0]), int(zero.ravel()[0]) - offset)


def check_scales(node: Node, scales: FloatArray) -> None:
    if not (np.isfinite(scales).all() and (scales > 0).all()):
        raise ModelFileError(
            f"has the operator {node.shown} with a scale that is no positive number.",
            remedy=REMEDY_DAMAGED,
        )


def dequantize_constant(graph: Graph, node: Node) -> Array:
    """The numbers of a quantised constant, which is kept too."""
    stored, scales = graph.constant(node, 0), graph.floats(node, 1)
    check(stored.dtype.kind in "iu", node, f"{stored.dtype} numbers")
    check(not node.integer("block_size", 0), node, "a scale for each block")
    check_scales(node, scales.ravel())
    zeros = np.zeros(scales.shape, stored.dtype)
    if node.source(2):
        zeros = graph.constant(node, 2)
    if stored.dtype == np.uint8:
        stored, zeros = ((one.astype(np.int16) - 128).astype(np.int8) for one in (stored, zeros))
    axis = node.integer("axis", 1)
    if scales.size > 1:
        _check_axis(node, stored.shape, axis, scales.size)
        axis %= stored.ndim
        shape = [-1 if index == axis else 1 for index in range(stored.ndim)]
    else:
        shape = [1] * stored.ndim
    factors, offsets = scales.reshape(shape), zeros.astype(np.int64).reshape(shape)
    kept = Quantised(stored, scales.ravel(), zeros.ravel(), axis if scales.size > 1 else -1)
    graph.quantised[node.outputs[0]] = kept
    return ((stored.astype(np.int64) - offsets).astype(np.float32) * factors).astype(np.float32)


def _check_axis(node: Node, shape: tuple[int, ...], axis: int, scales: int) -> None:
    if not -len(shape) <= axis < len(shape) or shape[axis] != scales:
        raise ModelFileError(
            f"has the operator {node.shown} with {scales} scales along dimension {axis} of numbers "
            f"of the shape {shape}.",
            remedy=REMEDY_DAMAGED,
        )


def made_type(graph: Graph, node: Node) -> TensorType:
    """The type of an operator's output: that of the QuantizeLinear which follows, or float.

    An activation that limits the output may be between them.
    """
    given = [graph.values[one] for one in node.inputs if one in graph.values]
    if not given or any(graph.type_of(one).is_float for one in given):
        return FLOAT
    following = node
    for _ in range(2):
        output = following.outputs[0]
        if graph.uses(output) != 1 or output in graph.outputs:
            return FLOAT
        (following,) = graph.consumers[output]
        if following.kind == "QuantizeLinear":
            return stated_type(graph, following) or FLOAT
        if following.kind not in CLAMPS:
            return FLOAT
    return FLOAT


def stays_quantised(graph: Graph, node: Node) -> bool:
    """Whether an operator with dequantised inputs becomes a layer of integers."""
    if node.kind in KEEP_TYPE:
        padded = node.integer("count_include_pad", 0) and any(node.integers("pads", ()))
        return not padded and _pads_with_zero(graph, node) and _have_one_type(graph, node)
    if node.kind not in QUANTISED:
        return False
    made = made_type(graph, node)
    if made.is_float or (node.kind == "Softmax" and made != SOFTMAX):
        return False
    if node.kind in ("Add", "Sub", "Mul"):
        return all(one in graph.values for one in node.inputs)
    if node.kind == "Conv" and not _is_plain(graph, node):
        return False
    if node.kind in ("Conv", "Gemm", "MatMul"):
        return _has_quantised_weights(graph, node)
    return True


def _pads_with_zero(graph: Graph, node: Node) -> bool:
    """Whether an operator other than Pad, or padding with what every type can represent."""
    if node.kind != "Pad":
        return True
    stated = graph.constants.get(node.source(2))
    return node.number("value", 0.0) == 0 and (stated is None or not stated.any())


def _have_one_type(graph: Graph, node: Node) -> bool:
    """Whether all tensors that are joined have one type; none is a constant."""
    types = {graph.type_of(graph.values[one]) for one in node.inputs if one in graph.values}
    joined = node.kind == "Concat" and not all(one in graph.values for one in node.inputs)
    return len(types) == 1 and not joined


def _is_plain(graph: Graph, node: Node) -> bool:
    """Whether a convolution is of a kind that has a form on integers."""
    groups, channels = node.integer("group", 1), graph.value(node).full[1]
    return set(node.integers("dilations", (1,))) == {1} and groups in (1, channels)


def _has_quantised_weights(graph: Graph, node: Node) -> bool:
    found = graph.quantised.get(node.source(1))
    if found is None or found.stored.dtype != np.int8 or found.zeros.any():
        return False
    if node.number("alpha", 1.0) != 1.0 or node.number("beta", 1.0) != 1.0:
        return False
    return found.axis in (-1, _output_axis(node))


def _output_axis(node: Node) -> int:
    if node.kind == "Conv" or (node.kind == "Gemm" and node.integer("transB", 0)):
        return 0
    return 1


def weighted(graph: Graph, node: Node, axis: int) -> Weighted:
    """(weights, bias, quantisation, output type) of an operator; outputs are along `axis`."""
    value, made = graph.value(node), made_type(graph, node)
    given = graph.type_of(value)
    if given.is_float:
        weights = graph.floats(node, 1)
        bias = graph.floats_or(node, 2, np.zeros(1, np.float32))
        return weights, _for_each(node, bias, weights.shape[axis]), None, FLOAT
    found = graph.quantised[node.source(1)]
    outputs = found.stored.shape[axis]
    kept = WeightQuantization(found.scales, found.zeros.astype(np.int32))
    scales = np.float64(given.step) * found.scales.astype(np.float64)
    bias = graph.floats_or(node, 2, np.zeros(1, np.float32))
    stored = graph.quantised.get(node.source(2))
    steps = np.rint(_for_each(node, bias, outputs).astype(np.float64) / scales)
    if stored is not None and stored.stored.dtype == np.int32 and not stored.zeros.any():
        same = np.allclose(np.broadcast_to(stored.scales, scales.shape), scales, rtol=1e-5, atol=0)
        if same:
            steps = _for_each(node, stored.stored, outputs).astype(np.float64)
    limits = np.iinfo(np.int32)
    limited = np.clip(steps, limits.min, limits.max).astype(np.int32)
    return found.stored, limited, kept, made


def _for_each(node: Node, bias: Array, outputs: int) -> Array:
    """A bias with a number for each output."""
    flat = bias.ravel()
    check(flat.size in (1, outputs), node, f"a bias of the shape {bias.shape}")
    return np.array(np.broadcast_to(flat, (outputs,)))


def expanded(nodes: Sequence[Node]) -> list[Node]:
    """The nodes with each QLinear operator as operators between quantised tensors."""
    made: list[Node] = []
    for node in nodes:
        form = FORMS.get(node.kind)
        made += form(node) if form is not None else [node]
    return made


def _dequantized(node: Node, first: int, label: str) -> Node:
    """Of the three inputs from `first`: tensor, scale, zero point."""
    tensor, scale, zero = (node.source(first + index) for index in range(3))
    axis = {"axis": _QLINEAR_AXES.get(node.kind, 1)}
    output = f"{node.outputs[0]}//{label}"
    return Node("DequantizeLinear", (tensor, scale, zero), (output,), axis, node.name)


_QLINEAR_AXES = {"QLinearConv": 0}
"""Axis of the weights along which there may be a scale for each output; else 1."""


def _between(
    node: Node, kind: str, inputs: Sequence[Node], extra: Sequence[str], scale: int
) -> list[Node]:
    """`inputs`, the operator `kind` on them and on `extra`, and the quantisation of its output."""
    result = f"{node.outputs[0]}//real"
    sources = (*(one.outputs[0] for one in inputs), *extra)
    operator = Node(kind, sources, (result,), node.attributes, node.name)
    scales = (node.source(scale), node.source(scale + 1))
    return [
        *inputs,
        operator,
        Node("QuantizeLinear", (result, *scales), node.outputs, {}, node.name),
    ]


def _bias(node: Node, index: int, scales: tuple[int, int]) -> list[Node]:
    """The bias in integers of the scale input x weights; none if the input is missing."""
    if not node.source(index):
        return []
    product, output = f"{node.outputs[0]}//scale", f"{node.outputs[0]}//bias"
    factors = tuple(node.source(one) for one in scales)
    return [
        Node("Mul", factors, (product,), {}, node.name),
        Node("DequantizeLinear", (node.source(index), product), (output,), {"axis": 0}, node.name),
    ]


def _q_conv(node: Node) -> list[Node]:
    inputs = [_dequantized(node, 0, "x"), _dequantized(node, 3, "w")]
    bias = _bias(node, 8, (1, 4))
    extra = [bias[-1].outputs[0]] if bias else []
    return [*bias, *_between(node, "Conv", inputs, extra, 6)]


def _q_gemm(node: Node) -> list[Node]:
    axis = 0 if node.integer("transB", 0) else 1
    weights = replace(_dequantized(node, 3, "w"), attributes={"axis": axis})
    bias = _bias(node, 6, (1, 4))
    extra = [bias[-1].outputs[0]] if bias else []
    if not node.source(7):
        refuse(node, "a float output", REMEDY_TYPE)
    return [*bias, *_between(node, "Gemm", [_dequantized(node, 0, "x"), weights], extra, 7)]


def _q_two(kind: str) -> Callable[[Node], list[Node]]:
    def expand(node: Node) -> list[Node]:
        inputs = [_dequantized(node, 0, "a"), _dequantized(node, 3, "b")]
        return _between(node, kind, inputs, (), 6)

    return expand


def _q_one(kind: str) -> Callable[[Node], list[Node]]:
    def expand(node: Node) -> list[Node]:
        check(not node.integer("channels_last", 0), node, "channels last")
        return _between(node, kind, [_dequantized(node, 0, "x")], (), 3)

    return expand


def _q_concat(node: Node) -> list[Node]:
    """Scale and zero point of the output, then tensor, scale and zero point of each input."""
    inputs = [
        replace(_dequantized(node, first, f"x{first}"), attributes={})
        for first in range(2, len(node.inputs), 3)
    ]
    return _between(node, "Concat", inputs, (), 0)


FORMS: Mapping[str, Callable[[Node], list[Node]]] = {
    "QLinearConv": _q_conv,
    "QGemm": _q_gemm,
    "QLinearMatMul": _q_two("MatMul"),
    "QLinearAdd": _q_two("Add"),
    "QLinearConcat": _q_concat,
    "QLinearMul": _q_two("Mul"),
    "QLinearGlobalAveragePool": _q_one("GlobalAveragePool"),
    "QLinearAveragePool": _q_one("AveragePool"),
    "QLinearSigmoid": _q_one("Sigmoid"),
    "QLinearLeakyRelu": _q_one("LeakyRelu"),
    "QLinearSoftmax": _q_one("Softmax"),
}
"""The operators of ONNX and of onnxruntime (com.microsoft) that work on integers."""
