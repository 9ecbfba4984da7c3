"""Converts each TensorFlow Lite operator to operations of the network description.

A fused activation becomes a separate layer, `name_nl`, as in Cube.AI's report.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from tflite.Padding import Padding as TflitePadding

from tinylab.zoo import affine
from tinylab.zoo.execution.windows import dilated
from tinylab.zoo.operations import (
    NO_PADDING,
    Activate,
    Arithmetic,
    ArithmeticKind,
    Clip,
    Conv,
    Convert,
    Corners,
    DepthwiseConv,
    Function,
    Padding,
    Pool,
    PoolKind,
    Resize,
    TransposeConv,
)
from tinylab.zoo.shapes import same_padding
from tinylab.zoo.tensor_type import FLOAT, Number
from tinylab.zoo.tflite import (
    arithmetic,
    blocks,
    moving,
    quantised_weights,
    recurrent,
    reducing,
    refusals,
    repeating,
    shape_arithmetic,
    shaping,
    variables,
)
from tinylab.zoo.tflite.graph import Graph, sample
from tinylab.zoo.tflite.shaping import activated, become, bias, check, has_bias
from tinylab.zoo.tflite.tensors import Operator

Lower = Callable[[Graph, Operator], str]
"""Appends an operator to the graph's builder; returns the name of its output."""


def lower(graph: Graph, operator: Operator) -> None:
    """Append the operations of `operator`, and define its output. Raises ModelFileError."""
    if operator.kind not in KINDS:
        refusals.refuse(graph, operator)
    graph.builder.owner = f"operator {graph.shown_operator(operator)}"
    if any(graph.blocks(one) for one in operator.inputs) and operator.kind not in blocks.KINDS:
        blocks.refuse(graph, operator)
    with graph.whole_as_floats(() if operator.kind in moving.OF_WHOLE else operator.inputs):
        _lower(graph, operator)


def _lower(graph: Graph, operator: Operator) -> None:
    if operator.kind in DEFINING:
        DEFINING[operator.kind](graph, operator)
        return
    if operator.kind in CONVERSIONS and graph.is_in_file(operator.inputs[0]):
        CONVERSIONS[operator.kind](graph, operator)
        return
    computed = next((one for one in operator.inputs if not graph.is_constant(one)), -1)
    computed = operator.inputs[0] if computed < 0 else computed
    flat = graph.is_flat(computed)
    if flat and operator.kind in WITH_POSITIONS:
        graph.refuse_shape(computed)
    name = LAYERS[operator.kind](graph, operator)
    if operator.kind in WITH_POSITIONS:
        graph.define(operator.output, name, flat=flat, blocks=graph.blocks(computed))
    elif graph.blocks(computed):
        graph.define(operator.output, name, blocks=graph.blocks(computed))
    else:
        full = np.broadcast_shapes(*(graph.any_shape(one) for one in operator.inputs if one >= 0))
        become(graph, operator.output, name, full)


def makes_shape(graph: Graph, operator: Operator) -> bool:
    """Whether an operator computes whole numbers, or what they fill, when the file is read."""
    if not operator.outputs:
        return False
    return shape_arithmetic.is_known(graph, operator) or (
        graph.is_integer(operator.output) and operator.kind not in KINDS
    )


def _convert(graph: Graph, operator: Operator) -> str:
    source = graph.name_of(operator.inputs[0])
    if graph.builder.types[source] == graph.type_of(operator.output):
        return source  # uint8 and int8 of the same numbers are alike inside the network
    return _add_layer(graph, operator, "convert", Convert())


def _dequantise_constant(graph: Graph, operator: Operator) -> None:
    graph.define_floats(operator.output, graph.dequantised(operator.inputs[0]))


def _quantise_constant(graph: Graph, operator: Operator) -> None:
    """Training with quantisation leaves weights that the network rounds before it uses them."""
    graph.define_steps(operator.output, graph.floats(operator.inputs[0]))


CONVERSIONS: Mapping[str, Callable[[Graph, Operator], None]] = {
    "QUANTIZE": _quantise_constant,
    "DEQUANTIZE": _dequantise_constant,
}
"""Operators whose results are constants if their inputs are."""


def _conv(graph: Graph, operator: Operator) -> str:
    """The file's kernel is (outputs, height, width, inputs)."""
    packed, quantization = quantised_weights.read(graph, operator, axis=0)
    kernel = np.ascontiguousarray(packed.transpose(1, 2, 3, 0))
    channels = graph.shape(operator.inputs[0])[-1]
    groups, rest = divmod(channels, kernel.shape[2])
    whole = groups > 0 and not rest and kernel.shape[3] % groups == 0
    check(whole, graph, operator, f"{kernel.shape[2]} of {channels} input channels")
    window = (kernel.shape[0], kernel.shape[1])
    offset = bias(graph, operator, kernel.shape[3])
    dilation = blocks.dilation(graph, operator, _dilation(operator))
    padding = _padding(graph, operator, dilated(window, dilation))
    operation = Conv(
        kernel,
        offset,
        _stride(operator),
        padding,
        quantization=quantization,
        dilation=dilation,
        groups=groups,
        biased=has_bias(operator),
    )
    return activated(graph, operator, _add_layer(graph, operator, "conv2d", operation))


def _depthwise(graph: Graph, operator: Operator) -> str:
    """The file's kernel is (1, height, width, channels x multiplier)."""
    packed, quantization = quantised_weights.read(graph, operator, axis=3)
    channels = graph.shape(operator.inputs[0])[-1]
    kernel = np.ascontiguousarray(packed.reshape(*packed.shape[1:3], channels, -1))
    window = (kernel.shape[0], kernel.shape[1])
    offset = bias(graph, operator, packed.shape[3])
    dilation = blocks.dilation(graph, operator, _dilation(operator))
    padding = _padding(graph, operator, dilated(window, dilation))
    operation = DepthwiseConv(
        kernel,
        offset,
        _stride(operator),
        padding,
        quantization=quantization,
        dilation=dilation,
        biased=has_bias(operator),
    )
    return activated(graph, operator, _add_layer(graph, operator, "depthwise_conv2d", operation))


def _transpose_conv(graph: Graph, operator: Operator) -> str:
    """Inputs: the output's shape, a kernel (outputs, height, width, inputs), a tensor, a bias."""
    sizes, weights, source = operator.inputs[:3]
    packed, quantization = quantised_weights.read(graph, operator, axis=0, place=2)
    kernel = np.ascontiguousarray(packed.transpose(1, 2, 3, 0))
    outputs = kernel.shape[3]
    usual = replace(operator, inputs=(source, weights, *operator.inputs[3:]))
    offset = bias(graph, usual, outputs)
    height, width = graph.integers(sizes)[1:3]
    stride, shape = _stride(operator), (height, width, outputs)
    cut = (0, 0)
    if operator.options.Padding() == TflitePadding.SAME:
        (top, _), (left, _) = same_padding(shape, kernel.shape[:2], stride)
        cut = (top, left)
    size, biased = (height, width), has_bias(usual)
    operation = TransposeConv(kernel, offset, stride, cut, size, quantization, biased)
    name = graph.builder.add(
        "conv2d_transpose", operation, graph.name_of(source), type=graph.type_of(operator.output)
    )
    return activated(graph, operator, name)


def _resize(*, bilinear: bool) -> Lower:
    def lower_resize(graph: Graph, operator: Operator) -> str:
        options = operator.options
        corners = Corners.ALIGNED if options.AlignCorners() else Corners.TOP_LEFT
        if options.HalfPixelCenters():
            both = corners is not Corners.ALIGNED
            check(both, graph, operator, "aligned corners and half-pixel centers")
            corners = Corners.CENTRED
        height, width = graph.integers(operator.inputs[1])
        operation = Resize((height, width), bilinear, corners)
        if not bilinear or graph.border_type(operator.output).number is not Number.UINT8:
            return _add_layer(graph, operator, "resize", operation)
        builder, source = graph.builder, graph.name_of(operator.inputs[0])
        floats = builder.add("convert", Convert(), source, type=FLOAT)
        larger = builder.add("resize", operation, floats)
        return builder.add("convert", Convert(), larger, type=graph.type_of(operator.output))

    return lower_resize


def _pool(kind: PoolKind) -> Lower:
    def lower_pool(graph: Graph, operator: Operator) -> str:
        size = (operator.options.FilterHeight(), operator.options.FilterWidth())
        unsigned = graph.border_type(operator.inputs[0]).number is Number.UINT8
        padding = _padding(graph, operator, size)
        operation = Pool(kind, size, _stride(operator), padding, halves_up=unsigned)
        name = _add_layer(graph, operator, f"{kind}_pooling2d", operation)
        return activated(graph, operator, name)

    return lower_pool


def _activate(function: Function) -> Lower:
    def lower_activation(graph: Graph, operator: Operator) -> str:
        return _add_layer(graph, operator, function.value, Activate(function))

    return lower_activation


def _softmax(graph: Graph, operator: Operator) -> str:
    source, beta = graph.name_of(operator.inputs[0]), operator.options.Beta()
    if graph.is_float(operator.inputs[0]):
        if beta != 1.0:
            source = affine.append(graph.builder, "beta", source, scale=beta)
        return graph.builder.add("softmax", Activate(Function.SOFTMAX), source)
    return _add_layer(graph, operator, "softmax", Activate(Function.SOFTMAX, beta))


def _of_rows(function: Function) -> Lower:
    """Of the last dimension, which is the layer's too."""

    def lower_rows(graph: Graph, operator: Operator) -> str:
        return _add_layer(graph, operator, function.value, Activate(function))

    return lower_rows


def _negate(graph: Graph, operator: Operator) -> str:
    check(graph.type_of(operator.output).is_float, graph, operator, "quantised numbers")
    return affine.append(graph.builder, "negative", graph.name_of(operator.inputs[0]), scale=-1.0)


def _inverted(graph: Graph, operator: Operator) -> str:
    source = graph.name_of(operator.inputs[0])
    return affine.append(graph.builder, "logical_not", source, scale=-1.0, offset=1.0)


def _cast(graph: Graph, operator: Operator) -> str:
    """Whole numbers and conditions are floats inside the network.

    Of integers of 8 bits without a scale, the integers themselves, not what they represent.
    """
    given, made = operator.inputs[0], operator.output
    if graph.type_of(given).is_whole:
        check(not graph.is_condition(made), graph, operator, "other types")
        return _convert(graph, operator) if graph.is_float(made) else graph.name_of(given)
    numbers = [graph.is_float(one) or graph.is_integer(one) for one in (given, made)]
    if not numbers[0] and given in graph.plain and not graph.has_scale(given):
        check(graph.is_float(made), graph, operator, "other types")
        return _convert(graph, operator)
    check(all(numbers), graph, operator, "other types")
    source = graph.name_of(given)
    if graph.is_condition(made) and not graph.is_condition(given):
        shape, _, _ = sample(graph.any_shape(given))
        source = graph.builder.reshape_to(source, shape)
        zero = graph.builder.constant("zero", np.zeros((1,) * len(shape), np.float32))
        operation = Arithmetic(ArithmeticKind.NOT_EQUAL)
        return graph.builder.add("not_equal", operation, source, zero)
    if graph.is_float(given) and graph.is_integer(made):
        return graph.builder.add("truncate", Activate(Function.TRUNCATE), source)
    return source


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


FUNCTIONS = {
    "EXP": Function.EXP,
    "LOG": Function.LOG,
    "ABS": Function.ABS,
    "SIGN": Function.SIGN,
    "SQUARE": Function.SQUARE,
    "SQRT": Function.SQRT,
    "RSQRT": Function.RSQRT,
    "SIN": Function.SIN,
    "COS": Function.COS,
    "FLOOR": Function.FLOOR,
    "CEIL": Function.CEIL,
    "ROUND": Function.ROUND,
}
LAYERS: dict[str, Lower] = {
    "CONV_2D": _conv,
    "DEPTHWISE_CONV_2D": _depthwise,
    "TRANSPOSE_CONV": _transpose_conv,
    "MAX_POOL_2D": _pool(PoolKind.MAX),
    "AVERAGE_POOL_2D": _pool(PoolKind.AVERAGE),
    "RESIZE_NEAREST_NEIGHBOR": _resize(bilinear=False),
    "RESIZE_BILINEAR": _resize(bilinear=True),
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
    **{kind: _activate(function) for kind, function in FUNCTIONS.items()},
    "NEG": _negate,
    "LOGICAL_NOT": _inverted,
    "CAST": _cast,
    "LOG_SOFTMAX": _of_rows(Function.LOG_SOFTMAX),
    **arithmetic.KINDS,
    "QUANTIZE": _convert,
    "DEQUANTIZE": _convert,
}
DEFINING = {
    **shaping.KINDS,
    **moving.KINDS,
    **reducing.KINDS,
    **repeating.KINDS,
    **blocks.DEFINING,
    **arithmetic.DEFINING,
    **recurrent.KINDS,
    **variables.KINDS,
}
"""Operators that define their outputs themselves."""
KINDS = (*LAYERS, *DEFINING)
WITH_POSITIONS = frozenset(
    {
        *("CONV_2D", "DEPTHWISE_CONV_2D", "TRANSPOSE_CONV", "MAX_POOL_2D", "AVERAGE_POOL_2D"),
        *("RESIZE_NEAREST_NEIGHBOR", "RESIZE_BILINEAR"),
    }
)
"""Operators that treat the dimensions differently, and therefore require the batch."""


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
    if graph.blocks(operator.inputs[0]):
        check(window == (1, 1), graph, operator, "padding in blocks")
    return same_padding(graph.shape(operator.inputs[0]), window, _stride(operator))


def _dilation(operator: Operator) -> tuple[int, int]:
    return operator.options.DilationHFactor(), operator.options.DilationWFactor()
