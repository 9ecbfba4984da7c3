"""Converts each TensorFlow Lite operator to operations of the network description.

A fused activation becomes a separate layer, `name_nl`, as in Cube.AI's report.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NoReturn

import numpy as np
from tflite.Padding import Padding as TflitePadding

from tinylab.errors import ModelFileError
from tinylab.zoo import affine
from tinylab.zoo.builder import REMEDY_LAYERS
from tinylab.zoo.network import (
    NO_PADDING,
    Activate,
    Add,
    Clip,
    Conv,
    Convert,
    DepthwiseConv,
    FloatArray,
    Function,
    GlobalPool,
    Pad,
    Padding,
    Pool,
    PoolKind,
)
from tinylab.zoo.shapes import same_padding
from tinylab.zoo.tflite import shaping
from tinylab.zoo.tflite.graph import Graph, Operator
from tinylab.zoo.tflite.shaping import activated, bias, check

Lower = Callable[[Graph, Operator], str]
"""Appends an operator to the graph's builder; returns the name of its output."""


def lower(graph: Graph, operator: Operator) -> None:
    """Append the operations of `operator`, and define its output. Raises ModelFileError."""
    if operator.kind not in KINDS:
        refuse(graph, operator)
    if operator.kind not in QUANTISED_KINDS:
        graph.check_float(operator.inputs[0])
        graph.check_float(operator.output)
    graph.builder.owner = f"operator {graph.shown_operator(operator)}"
    if operator.kind in shaping.KINDS:
        shaping.KINDS[operator.kind](graph, operator)
        return
    computed = next((one for one in operator.inputs if not graph.is_constant(one)), -1)
    flat = graph.is_flat(computed)
    if flat and operator.kind in WITH_POSITIONS:
        graph.refuse_shape(computed)
    graph.define(operator.output, LAYERS[operator.kind](graph, operator), flat=flat)


def refuse(graph: Graph, operator: Operator) -> NoReturn:
    raise ModelFileError(
        f"has the operator {graph.shown_operator(operator)}, which is not supported.",
        remedy=REMEDY_LAYERS,
    )


def _convert(graph: Graph, operator: Operator) -> str:
    return _add_layer(graph, operator, "convert", Convert())


def _conv(graph: Graph, operator: Operator) -> str:
    """The file's kernel is (outputs, height, width, inputs)."""
    _check_dilation(graph, operator)
    packed, quantization = graph.weights(*operator.inputs[1::-1])
    kernel = np.ascontiguousarray(packed.transpose(1, 2, 3, 0))
    channels = graph.shape(operator.inputs[0])[-1]
    check(kernel.shape[2] == channels, graph, operator, f"{channels // kernel.shape[2]} groups")
    window = (kernel.shape[0], kernel.shape[1])
    offset = bias(graph, operator, kernel.shape[3])
    padding = _padding(graph, operator, window)
    operation = Conv(kernel, offset, _stride(operator), padding, quantization=quantization)
    return activated(graph, operator, _add_layer(graph, operator, "conv2d", operation))


def _depthwise(graph: Graph, operator: Operator) -> str:
    """The file's kernel is (1, height, width, channels x multiplier)."""
    _check_dilation(graph, operator)
    packed, quantization = graph.weights(*operator.inputs[1::-1])
    channels = graph.shape(operator.inputs[0])[-1]
    kernel = np.ascontiguousarray(packed.reshape(*packed.shape[1:3], channels, -1))
    window = (kernel.shape[0], kernel.shape[1])
    offset = bias(graph, operator, packed.shape[3])
    padding = _padding(graph, operator, window)
    operation = DepthwiseConv(kernel, offset, _stride(operator), padding, quantization=quantization)
    return activated(graph, operator, _add_layer(graph, operator, "depthwise_conv2d", operation))


def _pool(kind: PoolKind) -> Lower:
    def lower_pool(graph: Graph, operator: Operator) -> str:
        size = (operator.options.FilterHeight(), operator.options.FilterWidth())
        operation = Pool(kind, size, _stride(operator), _padding(graph, operator, size))
        name = _add_layer(graph, operator, f"{kind}_pooling2d", operation)
        return activated(graph, operator, name)

    return lower_pool


def _global_pool(kind: PoolKind) -> Lower:
    """A reduction over all positions; dimensions of size 1 need not be listed."""

    def lower_reduction(graph: Graph, operator: Operator) -> str:
        shape = graph.shape(operator.inputs[0])
        rank = len(shape) + 1
        axes = {axis % rank for axis in graph.integers(operator.inputs[1])}
        positions = {axis for axis in range(1, rank - 1) if shape[axis - 1] > 1}
        covered = positions <= axes <= set(range(1, rank - 1))
        check(covered, graph, operator, f"the axes {sorted(axes)}, not all of height and width")
        source = graph.name_of(operator.inputs[0])
        name = graph.builder.add(
            f"global_{kind}_pooling", GlobalPool(kind), source, type=graph.type_of(operator.output)
        )
        if graph.rank(operator.output) < rank or rank == 2:
            return name
        return graph.builder.reshape("reshape", name, (*(1,) * (rank - 2), shape[-1]))

    return lower_reduction


def _activate(function: Function) -> Lower:
    def lower_activation(graph: Graph, operator: Operator) -> str:
        return _add_layer(graph, operator, function.value, Activate(function))

    return lower_activation


def _softmax(graph: Graph, operator: Operator) -> str:
    check(operator.options.Beta() == 1.0, graph, operator, f"beta {operator.options.Beta()}")
    return _add_layer(graph, operator, "softmax", Activate(Function.SOFTMAX))


def _leaky_relu(graph: Graph, operator: Operator) -> str:
    operation = Activate(Function.LEAKY_RELU, operator.options.Alpha())
    return _add_layer(graph, operator, "leaky_relu", operation)


def _gelu(graph: Graph, operator: Operator) -> str:
    function = Function.GELU_TANH if operator.options.Approximate() else Function.GELU
    return _add_layer(graph, operator, "gelu", Activate(function))


def _clip(low: float, high: float) -> Lower:
    def lower_clip(graph: Graph, operator: Operator) -> str:
        return _add_layer(graph, operator, "clip", Clip(low, high))

    return lower_clip


def _limit(*, upper: bool) -> Lower:
    """MINIMUM and MAXIMUM of a tensor and a number."""

    def lower_limit(graph: Graph, operator: Operator) -> str:
        first, second = _constant_last(graph, operator)
        check(graph.is_constant(second), graph, operator, "two computed inputs")
        numbers = graph.floats(second)
        check(numbers.size == 1, graph, operator, "more than one constant")
        number = float(numbers.ravel()[0])
        operation = Clip(-math.inf, number) if upper else Clip(number, math.inf)
        return graph.builder.add("clip", operation, graph.name_of(first))

    return lower_limit


def _add(graph: Graph, operator: Operator) -> str:
    """An addition of two activations; a constant is a batch normalisation's offset."""
    first, second = _constant_last(graph, operator)
    if not graph.is_constant(second):
        sources = graph.name_of(first), graph.name_of(second)
        name = graph.builder.add("add", Add(), *sources, type=graph.type_of(operator.output))
        return activated(graph, operator, name)
    offset, name = graph.floats(second), graph.name_of(first)
    if graph.uses(first) != 1 or not affine.add_to_last(graph.builder, name, offset):
        name = affine.append(graph.builder, "batch_normalization", name, offset=offset)
    return activated(graph, operator, name)


def _subtract(graph: Graph, operator: Operator) -> str:
    """A tensor minus a constant, or a constant minus a tensor."""
    first, second = _constant_last(graph, operator)
    check(graph.is_constant(second), graph, operator, "two computed inputs")
    numbers, name = graph.floats(second), graph.name_of(first)
    reverse = first != operator.inputs[0]
    scale, offset = (-1.0, numbers) if reverse else (1.0, -numbers)
    name = affine.append(graph.builder, "batch_normalization", name, scale, offset)
    return activated(graph, operator, name)


def _multiply(graph: Graph, operator: Operator) -> str:
    """Multiplication by a constant: a batch normalisation's scale."""
    first, second = _constant_last(graph, operator)
    check(graph.is_constant(second), graph, operator, "two computed factors")
    return _scaled(graph, operator, first, graph.floats(second))


def _divide(graph: Graph, operator: Operator) -> str:
    first, second = operator.inputs
    check(graph.is_constant(second), graph, operator, "a computed divisor")
    divisor = graph.floats(second)
    check(bool(divisor.all()), graph, operator, "a divisor of zero")
    with np.errstate(over="ignore"):
        return _scaled(graph, operator, first, np.float32(1) / divisor)


def _scaled(graph: Graph, operator: Operator, tensor: int, scale: FloatArray) -> str:
    source = graph.name_of(tensor)
    name = affine.append(graph.builder, "batch_normalization", source, scale)
    return activated(graph, operator, name)


def _pad(graph: Graph, operator: Operator) -> str:
    pairs = np.reshape(graph.integers(operator.inputs[1]), (-1, 2)).tolist()
    rank = len(graph.full_shape(operator.inputs[0]))
    inside = not any(pairs[0]) and not any(pairs[-1]) and len(pairs) == rank in (3, 4)
    check(inside, graph, operator, "padding of other dimensions than height and width")
    top, left = ([0, 0], *pairs[1:-1])[-2:]
    padding: Padding = ((top[0], top[1]), (left[0], left[1]))
    return _add_layer(graph, operator, "zero_padding2d", Pad(padding))


LAYERS: dict[str, Lower] = {
    "CONV_2D": _conv,
    "DEPTHWISE_CONV_2D": _depthwise,
    "MAX_POOL_2D": _pool(PoolKind.MAX),
    "AVERAGE_POOL_2D": _pool(PoolKind.AVERAGE),
    "MEAN": _global_pool(PoolKind.AVERAGE),
    "REDUCE_MAX": _global_pool(PoolKind.MAX),
    "SOFTMAX": _softmax,
    "LOGISTIC": _activate(Function.SIGMOID),
    "TANH": _activate(Function.TANH),
    "RELU": _activate(Function.RELU),
    "RELU6": _activate(Function.RELU6),
    "RELU_0_TO_1": _clip(0.0, 1.0),
    "RELU_N1_TO_1": _clip(-1.0, 1.0),
    "LEAKY_RELU": _leaky_relu,
    "HARD_SWISH": _activate(Function.HARD_SWISH),
    "ELU": _activate(Function.ELU),
    "GELU": _gelu,
    "EXP": _activate(Function.EXP),
    "MAXIMUM": _limit(upper=False),
    "MINIMUM": _limit(upper=True),
    "ADD": _add,
    "SUB": _subtract,
    "MUL": _multiply,
    "DIV": _divide,
    "PAD": _pad,
    "QUANTIZE": _convert,
    "DEQUANTIZE": _convert,
}
KINDS = (*LAYERS, *shaping.KINDS)
WITH_POSITIONS = frozenset(
    {"CONV_2D", "DEPTHWISE_CONV_2D", "MAX_POOL_2D", "AVERAGE_POOL_2D", "MEAN", "REDUCE_MAX", "PAD"}
)
"""Operators that treat the dimensions differently, and therefore require the batch."""


QUANTISED_KINDS = frozenset(
    {
        *("QUANTIZE", "DEQUANTIZE", "FULLY_CONNECTED", "CONV_2D", "DEPTHWISE_CONV_2D", "ADD"),
        *("MAX_POOL_2D", "AVERAGE_POOL_2D", "MEAN", "SOFTMAX", "LOGISTIC", "TANH"),
        *("RESHAPE", "EXPAND_DIMS", "SQUEEZE", "RELU", "RELU6"),
    }
)
"""Operators that may have quantised tensors."""


def _add_layer(graph: Graph, operator: Operator, name: str, operation: Any) -> str:
    """Append a layer on the operator's first input."""
    source, made = graph.name_of(operator.inputs[0]), graph.type_of(operator.output)
    return graph.builder.add(name, operation, source, type=made)


def _stride(operator: Operator) -> tuple[int, int]:
    return operator.options.StrideH(), operator.options.StrideW()


def _padding(graph: Graph, operator: Operator, window: tuple[int, int]) -> Padding:
    kind = operator.options.Padding()
    if kind == TflitePadding.VALID:
        return NO_PADDING
    check(kind == TflitePadding.SAME, graph, operator, f"the padding {kind}")
    return same_padding(graph.shape(operator.inputs[0]), window, _stride(operator))


def _constant_last(graph: Graph, operator: Operator) -> tuple[int, int]:
    first, second = operator.inputs
    return (second, first) if graph.is_constant(first) else (first, second)


def _check_dilation(graph: Graph, operator: Operator) -> None:
    rates = (operator.options.DilationHFactor(), operator.options.DilationWFactor())
    check(rates == (1, 1), graph, operator, f"a dilation of {max(rates)}")
