"""Converts each TensorFlow Lite operator to operations of the network description.

A fused activation becomes a separate layer, `name_nl`, as in Cube.AI's report.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

import numpy as np
from tflite.ActivationFunctionType import ActivationFunctionType
from tflite.Padding import Padding as TflitePadding

from tinylab.errors import ModelFileError
from tinylab.zoo.network import (
    NO_PADDING,
    Activate,
    Add,
    BatchNorm,
    Conv,
    Dense,
    DepthwiseConv,
    FloatArray,
    Function,
    GlobalPool,
    Pad,
    Padding,
    Pool,
    PoolKind,
    elements,
)
from tinylab.zoo.shapes import same_padding
from tinylab.zoo.tflite.graph import Graph, Operator

FUSED = {
    ActivationFunctionType.NONE: Function.LINEAR,
    ActivationFunctionType.RELU: Function.RELU,
    ActivationFunctionType.RELU6: Function.RELU6,
    ActivationFunctionType.TANH: Function.TANH,
}
Lower = Callable[[Graph, Operator], str]
"""Appends an operator to the graph's builder; returns the name of its output."""


def lower(graph: Graph, operator: Operator) -> str:
    """Append the operations of `operator`; returns the result's name. Raises ModelFileError."""
    if operator.kind not in (*KINDS, *CONVERSIONS):
        refuse(operator.kind)
    graph.check_float(operator.inputs[0])
    graph.check_float(operator.output)
    return KINDS[operator.kind](graph, operator)


def refuse(kind: str) -> NoReturn:
    raise ModelFileError(
        f"has the operator {kind}, which is not supported.",
        remedy=f"Supported operators: {', '.join(KINDS)}.",
    )


def _fully_connected(graph: Graph, operator: Operator) -> str:
    _check(operator.options.WeightsFormat() == 0, operator, "shuffled weights")
    weights = np.ascontiguousarray(graph.floats(operator.inputs[1]).T)
    source = graph.name_of(operator.inputs[0])
    shape = graph.builder.shapes[source]
    if not operator.options.KeepNumDims() and shape != (elements(shape),):
        source = graph.builder.reshape("flatten", source, (elements(shape),))
    operation = Dense(weights, _bias(graph, operator, weights.shape[1]))
    return _activated(graph, operator, graph.builder.add("dense", operation, source))


def _conv(graph: Graph, operator: Operator) -> str:
    """The file's kernel is (outputs, height, width, inputs)."""
    _check_dilation(operator)
    kernel = np.ascontiguousarray(graph.floats(operator.inputs[1]).transpose(1, 2, 3, 0))
    channels = graph.shape(operator.inputs[0])[-1]
    _check(kernel.shape[2] == channels, operator, f"{channels // kernel.shape[2]} groups")
    window = (kernel.shape[0], kernel.shape[1])
    bias = _bias(graph, operator, kernel.shape[3])
    operation = Conv(kernel, bias, _stride(operator), _padding(graph, operator, window))
    return _activated(graph, operator, _add_layer(graph, operator, "conv2d", operation))


def _depthwise(graph: Graph, operator: Operator) -> str:
    """The file's kernel is (1, height, width, channels x multiplier)."""
    _check_dilation(operator)
    packed = graph.floats(operator.inputs[1])
    channels = graph.shape(operator.inputs[0])[-1]
    kernel = np.ascontiguousarray(packed.reshape(*packed.shape[1:3], channels, -1))
    window = (kernel.shape[0], kernel.shape[1])
    bias = _bias(graph, operator, packed.shape[3])
    operation = DepthwiseConv(kernel, bias, _stride(operator), _padding(graph, operator, window))
    return _activated(graph, operator, _add_layer(graph, operator, "depthwise_conv2d", operation))


def _pool(kind: PoolKind) -> Lower:
    def lower_pool(graph: Graph, operator: Operator) -> str:
        size = (operator.options.FilterHeight(), operator.options.FilterWidth())
        operation = Pool(kind, size, _stride(operator), _padding(graph, operator, size))
        name = _add_layer(graph, operator, f"{kind}_pooling2d", operation)
        return _activated(graph, operator, name)

    return lower_pool


def _global_pool(kind: PoolKind) -> Lower:
    """A reduction over all positions; dimensions of size 1 need not be listed."""

    def lower_reduction(graph: Graph, operator: Operator) -> str:
        shape = graph.shape(operator.inputs[0])
        rank = len(shape) + 1
        axes = {axis % rank for axis in graph.integers(operator.inputs[1])}
        positions = {axis for axis in range(1, rank - 1) if shape[axis - 1] > 1}
        covered = positions <= axes <= set(range(1, rank - 1))
        _check(covered, operator, f"the axes {sorted(axes)}, not all of height and width")
        source = graph.name_of(operator.inputs[0])
        name = graph.builder.add(f"global_{kind}_pooling", GlobalPool(kind), source)
        made = graph.shape(operator.output)
        if made == graph.builder.shapes[name]:
            return name
        return graph.builder.reshape("reshape", name, made)

    return lower_reduction


def _reshape(graph: Graph, operator: Operator) -> str:
    source = graph.name_of(operator.inputs[0])
    return graph.builder.reshape("reshape", source, graph.shape(operator.output))


def _activate(function: Function) -> Lower:
    def lower_activation(graph: Graph, operator: Operator) -> str:
        return _add_layer(graph, operator, function.value, Activate(function))

    return lower_activation


def _softmax(graph: Graph, operator: Operator) -> str:
    _check(operator.options.Beta() == 1.0, operator, f"beta {operator.options.Beta()}")
    return _add_layer(graph, operator, "softmax", Activate(Function.SOFTMAX))


def _add(graph: Graph, operator: Operator) -> str:
    """An addition of two activations; a constant is a batch normalisation's offset."""
    first, second = _constant_last(graph, operator)
    if not graph.is_constant(second):
        sources = graph.name_of(first), graph.name_of(second)
        name = graph.builder.add("add", Add(), *sources, shape=graph.shape(operator.output))
        return _activated(graph, operator, name)
    offset = _per_channel(graph, operator, first, second)
    name = graph.name_of(first)
    last = graph.builder.layers[-1] if graph.builder.layers else None
    alone = last is not None and last.name == name and graph.uses(first) == 1
    if last and alone and isinstance(last.operation, BatchNorm):
        scale, before = last.operation.scale, last.operation.offset
        graph.builder.change_last(BatchNorm(scale, before + offset))
        return _activated(graph, operator, name)
    operation = BatchNorm(np.ones_like(offset), offset)
    return _activated(graph, operator, graph.builder.add("batch_normalization", operation, name))


def _multiply(graph: Graph, operator: Operator) -> str:
    """Multiplication by a constant per channel: a batch normalisation's scale."""
    first, second = _constant_last(graph, operator)
    _check(graph.is_constant(second), operator, "two computed factors")
    scale = _per_channel(graph, operator, first, second)
    operation = BatchNorm(scale, np.zeros_like(scale))
    name = graph.builder.add("batch_normalization", operation, graph.name_of(first))
    return _activated(graph, operator, name)


def _pad(graph: Graph, operator: Operator) -> str:
    pairs = np.reshape(graph.integers(operator.inputs[1]), (-1, 2)).tolist()
    inside = not any(pairs[0]) and not any(pairs[-1]) and len(pairs) in (3, 4)
    _check(inside, operator, "padding of other dimensions than height and width")
    top, left = ([0, 0], *pairs[1:-1])[-2:]
    padding: Padding = ((top[0], top[1]), (left[0], left[1]))
    return _add_layer(graph, operator, "zero_padding2d", Pad(padding))


KINDS: dict[str, Lower] = {
    "FULLY_CONNECTED": _fully_connected,
    "CONV_2D": _conv,
    "DEPTHWISE_CONV_2D": _depthwise,
    "MAX_POOL_2D": _pool(PoolKind.MAX),
    "AVERAGE_POOL_2D": _pool(PoolKind.AVERAGE),
    "MEAN": _global_pool(PoolKind.AVERAGE),
    "REDUCE_MAX": _global_pool(PoolKind.MAX),
    "RESHAPE": _reshape,
    "SQUEEZE": _reshape,
    "EXPAND_DIMS": _reshape,
    "SOFTMAX": _softmax,
    "LOGISTIC": _activate(Function.SIGMOID),
    "TANH": _activate(Function.TANH),
    "RELU": _activate(Function.RELU),
    "RELU6": _activate(Function.RELU6),
    "ADD": _add,
    "MUL": _multiply,
    "PAD": _pad,
}


CONVERSIONS = ("QUANTIZE", "DEQUANTIZE")
"""Conversions between number types, one of which is not float32; rejected for that type."""


def _add_layer(graph: Graph, operator: Operator, name: str, operation: Any) -> str:
    """Append a layer on the operator's first input, with the shape stated in the file."""
    source = graph.name_of(operator.inputs[0])
    return graph.builder.add(name, operation, source, shape=graph.shape(operator.output))


def _activated(graph: Graph, operator: Operator, name: str) -> str:
    fused = operator.options.FusedActivationFunction()
    _check(fused in FUSED, operator, f"the fused activation {fused}")
    return graph.builder.activate(name, FUSED[fused], name)


def _bias(graph: Graph, operator: Operator, outputs: int) -> FloatArray:
    if len(operator.inputs) < 3 or operator.inputs[2] < 0:
        return np.zeros(outputs, np.float32)
    return graph.floats(operator.inputs[2])


def _stride(operator: Operator) -> tuple[int, int]:
    return operator.options.StrideH(), operator.options.StrideW()


def _padding(graph: Graph, operator: Operator, window: tuple[int, int]) -> Padding:
    kind = operator.options.Padding()
    if kind == TflitePadding.VALID:
        return NO_PADDING
    _check(kind == TflitePadding.SAME, operator, f"the padding {kind}")
    return same_padding(graph.shape(operator.inputs[0]), window, _stride(operator))


def _constant_last(graph: Graph, operator: Operator) -> tuple[int, int]:
    first, second = operator.inputs
    return (second, first) if graph.is_constant(first) else (first, second)


def _per_channel(graph: Graph, operator: Operator, tensor: int, constant: int) -> FloatArray:
    """A constant as one number for each channel of `tensor`."""
    values = graph.floats(constant)
    channels = graph.shape(tensor)[-1]
    spread = values.size == 1 or (values.size == channels == values.shape[-1])
    _check(spread, operator, f"a constant of shape {values.shape}")
    return np.broadcast_to(values.ravel(), (channels,)).astype(np.float32)


def _check_dilation(operator: Operator) -> None:
    rates = (operator.options.DilationHFactor(), operator.options.DilationWFactor())
    _check(rates == (1, 1), operator, f"a dilation of {max(rates)}")


def _check(supported: bool, operator: Operator, what: str) -> None:
    if not supported:
        raise ModelFileError(
            f"has the operator {operator.kind} with {what}, which is not supported.",
            remedy="Build the model without it and convert it again.",
        )
