"""The weights of a TensorFlow Lite operator, and whether the file quantises them consistently."""

from __future__ import annotations

import numpy as np

from tinylab.errors import ModelFileError
from tinylab.zoo.operations import WeightQuantization
from tinylab.zoo.tensor_type import Array
from tinylab.zoo.tflite.graph import Graph
from tinylab.zoo.tflite.tensors import Operator

REMEDY = "Convert the model again: the file contradicts itself."
SYMMETRIC = ("CONV_2D", "DEPTHWISE_CONV_2D", "TRANSPOSE_CONV")
"""Operators whose int8 weights have no zero point."""
CLOSE = 0.01
"""By which part a bias's scale may differ from input scale x weight scale without a word."""
LARGEST_DIFFERENCE = 0.02
"""Of a dense layer's bias scale from that product, in output scales: TensorFlow Lite's limit."""
OTHER_SCALE = (
    "states the scale {stated:.4g} in channel {channel}; it is taken as input scale x weight "
    "scale, {product:.4g}, as TensorFlow Lite does."
)


def read(
    graph: Graph, operator: Operator, axis: int, place: int = 0
) -> tuple[Array, WeightQuantization | None]:
    """`graph.weights` of the operator's second input, whose outputs are along `axis`.

    The activation is input number `place`; a bias follows the greater of the two.
    Raises ModelFileError for a quantisation that contradicts itself.
    """
    source, weights = operator.inputs[place], operator.inputs[1]
    if graph.is_quantised(weights):
        _check_axis(graph, operator, weights, axis)
    found, quantization = graph.weights(weights, source)
    if quantization is not None:
        _check_zero_points(graph, operator, weights)
        following = operator.inputs[max(place, 1) + 1 :]
        if following and following[0] >= 0:
            _check_bias(graph, operator, source, quantization, following[0])
    return found, quantization


def _check_axis(graph: Graph, operator: Operator, weights: int, axis: int) -> None:
    stated, count = graph.quantised_axis(weights)
    if count > 1 and stated != axis:
        raise ModelFileError(
            f"has {count} scales along dimension {stated} of the weights of "
            f"{graph.shown_operator(operator)}, whose output channels are dimension {axis}.",
            remedy=REMEDY,
        )


def _check_zero_points(graph: Graph, operator: Operator, weights: int) -> None:
    if operator.kind not in SYMMETRIC or not graph.is_int8(weights):
        return
    zeros = graph.stated_zero_points(weights)
    if zeros.any():
        channel = int(np.flatnonzero(zeros)[0])
        raise ModelFileError(
            f"has the zero point {zeros[channel]} for int8 weights of "
            f"{graph.shown_operator(operator)}, which must be 0.",
            remedy=REMEDY,
        )


def _check_bias(
    graph: Graph, operator: Operator, source: int, weights: WeightQuantization, bias: int
) -> None:
    """What TensorFlow Lite refuses is refused; what it ignores is noted."""
    scales = graph.stated_scales(bias)
    if not scales.size:
        return
    if graph.stated_zero_points(bias).any():
        raise ModelFileError(
            f"has a zero point for the bias of {graph.shown_operator(operator)}, which must be 0.",
            remedy=REMEDY,
        )
    products = graph.type_of(source).step * weights.scales.astype(np.float64)
    if scales.size not in (1, products.size) and products.size != 1:
        return
    stated, wanted = np.broadcast_arrays(scales.astype(np.float64), products)
    differences = np.abs(stated - wanted)
    apart = differences > CLOSE * wanted
    if not apart.any():
        return
    channel = int(np.flatnonzero(apart)[0])
    made = graph.type_of(operator.output).step
    shown, scale, product = graph.shown_operator(operator), stated[channel], wanted[channel]
    dense = operator.kind == "FULLY_CONNECTED" and products.size == 1
    if dense and differences[channel] > LARGEST_DIFFERENCE * made:
        raise ModelFileError(
            f"has the scale {scale:.6g} for the bias of {shown}, "
            f"not input scale x weight scale, {product:.6g}.",
            remedy=REMEDY,
        )
    told = OTHER_SCALE.format(stated=scale, product=product, channel=channel)
    graph.note("bias scale", f"The bias of {shown}", told)
