"""Quantised .tflite files of one operator, whose scales, zero points and biases tests choose."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from ai_edge_litert import schema_py_generated as schema

from tests.fakes.tflite.files import Op, Tensor, model
from tests.fakes.tflite.int8 import GEOMETRIES, Geometry, windowed

Quantization = tuple[float, int]
"""A scale and a zero point."""

INPUT: Quantization = (0.03, 0)
OUTPUT: Quantization = (0.1, 0)
POINTWISE: Geometry = GEOMETRIES[0]


def weighted(
    kind: str,
    *,
    given: Quantization = INPUT,
    made: Quantization = OUTPUT,
    inputs: int = 4,
    outputs: int = 3,
    scales: Sequence[float] = (0.01,),
    zero_points: Sequence[int] = (),
    axis: int | None = None,
    weight: int = 100,
    bias: Any = None,
    bias_scales: Sequence[float] = (),
    bias_zero_points: Sequence[int] = (),
) -> bytes:
    """FULLY_CONNECTED, CONV_2D or DEPTHWISE_CONV_2D of size 1, all of whose weights are alike."""
    image = (1, *POINTWISE.shape[:2])
    shapes = {
        "FULLY_CONNECTED": ((1, inputs), (outputs, inputs), (1, outputs)),
        "CONV_2D": ((*image, inputs), (outputs, 1, 1, inputs), (*image, outputs)),
        "DEPTHWISE_CONV_2D": ((*image, outputs), (1, 1, 1, outputs), (*image, outputs)),
    }[kind]
    weights = np.full(shapes[1], weight, np.int8)
    along = (3 if kind.startswith("DEPTHWISE") else 0) if axis is None else axis
    biases = np.zeros(outputs, np.int32) if bias is None else bias
    products = [float(np.float32(given[0]) * np.float32(one)) for one in scales]
    return model(
        [
            Tensor(shapes[0], "int8", [given[0]], [given[1]]),
            Tensor.constant(weights, scales=scales, zero_points=zero_points, axis=along),
            Tensor.constant(biases, scales=bias_scales or products, zero_points=bias_zero_points),
            Tensor(shapes[2], "int8", [made[0]], [made[1]]),
        ],
        [Op(kind, [0, 1, 2], [3], _options(kind))],
        [0],
        [3],
    )


def _options(kind: str) -> Any:
    if kind == "FULLY_CONNECTED":
        return schema.FullyConnectedOptionsT()
    depthwise = kind.startswith("DEPTHWISE")
    options = schema.DepthwiseConv2DOptionsT() if depthwise else schema.Conv2DOptionsT()
    options.dilationHFactor = options.dilationWFactor = 1
    if depthwise:
        options.depthMultiplier = 1
    return windowed(options, POINTWISE, "NONE")


def single(
    kind: str, given: Quantization, made: Quantization, options: Any = None, dtype: str = "int8"
) -> bytes:
    """An operator of one tensor of 8 elements."""
    tensors = [Tensor((1, 8), dtype, [one[0]], [one[1]]) for one in (given, made)]
    return model(tensors, [Op(kind, [0], [1], options)], [0], [1])


def pair(kind: str, first: Quantization, second: Quantization, made: Quantization) -> bytes:
    """An operator of two tensors of 8 elements."""
    options = {
        "ADD": schema.AddOptionsT,
        "MUL": schema.MulOptionsT,
        "MAXIMUM": schema.MaximumMinimumOptionsT,
    }[kind]()
    tensors = [Tensor((1, 8), "int8", [one[0]], [one[1]]) for one in (first, second, made)]
    return model(tensors, [Op(kind, [0, 1], [2], options)], [0, 1], [2])


def softmax(given: Quantization, made: Quantization, beta: float = 1.0) -> bytes:
    options = schema.SoftmaxOptionsT()
    options.beta = beta
    return single("SOFTMAX", given, made, options)
