"""Quantised .tflite files of single operators, with numbers from a seed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from ai_edge_litert import schema_py_generated as schema

from tests.fakes.tflite.files import Op, Tensor, model

Random = np.random.Generator


def fused(name: str) -> int:
    """The number of a fused activation."""
    return int(getattr(schema.ActivationFunctionType, name))


def dense(random: Random, activation: str, per_channel: bool) -> bytes:
    inputs, outputs = random.integers(1, 40, 2)
    weights = random.integers(-127, 128, (outputs, inputs)).astype(np.int8)
    scales = random.uniform(0.001, 0.02, outputs if per_channel else 1).tolist()
    bias = random.integers(-3000, 3000, outputs).astype(np.int32)
    options = schema.FullyConnectedOptionsT()
    options.fusedActivationFunction = fused(activation)
    zero_in, zero_out = random.integers(-128, 128, 2).tolist()
    return model(
        [
            Tensor((1, inputs), "int8", [0.03], [zero_in]),
            Tensor.constant(weights, scales=scales),
            Tensor.constant(bias, scales=[0.03 * scale for scale in scales]),
            Tensor((1, outputs), "int8", [random.uniform(0.01, 0.5)], [zero_out]),
        ],
        [Op("FULLY_CONNECTED", [0, 1, 2], [3], options)],
        [0],
        [3],
    )


def conversions(random: Random) -> bytes:
    """Floats to int8, to another scale, and back to floats."""
    first, second = random.uniform(0.001, 0.1, 2).tolist()
    zeros = random.integers(-128, 128, 2).tolist()
    return model(
        [
            Tensor((1, 200)),
            Tensor((1, 200), "int8", [first], [zeros[0]]),
            Tensor((1, 200), "int8", [second], [zeros[1]]),
            Tensor((1, 200)),
        ],
        [
            Op("QUANTIZE", [0], [1], schema.QuantizeOptionsT()),
            Op("QUANTIZE", [1], [2], schema.QuantizeOptionsT()),
            Op("DEQUANTIZE", [2], [3], schema.DequantizeOptionsT()),
        ],
        [0],
        [3],
    )


@dataclass(frozen=True)
class Geometry:
    """A window over an input of (height, width, channels)."""

    shape: tuple[int, int, int] = (9, 7, 5)
    size: tuple[int, int] = (3, 3)
    stride: tuple[int, int] = (1, 1)
    padding: str = "SAME"

    @property
    def output(self) -> tuple[int, int]:
        size = (1, 1) if self.padding == "SAME" else self.size
        height, width = (
            (length - one) // step + 1
            for length, one, step in zip(self.shape, size, self.stride, strict=False)
        )
        return height, width


def _activation(random: Random, shape: tuple[int, ...], dtype: str, scale: float) -> Tensor:
    """With a random zero point; int16 has none, and finer steps."""
    if dtype == "int16":
        return Tensor(shape, dtype, [scale / 256], [0])
    limits = np.iinfo(dtype)
    return Tensor(shape, dtype, [scale], [int(random.integers(limits.min, limits.max + 1))])


GEOMETRIES = (
    Geometry(size=(1, 1), padding="VALID"),
    Geometry(),
    Geometry(size=(3, 2), stride=(2, 2)),
    Geometry(size=(3, 2), stride=(1, 3), padding="VALID"),
    Geometry(size=(9, 7)),
    Geometry(shape=(1, 12, 3), size=(1, 4), stride=(1, 2)),
    Geometry(shape=(8, 6, 3), stride=(2, 2)),
    Geometry(shape=(8, 6, 3), size=(2, 2), stride=(3, 3)),
    Geometry(shape=(8, 7, 3), size=(2, 1), stride=(4, 3), padding="VALID"),
    Geometry(shape=(7, 8, 2), size=(1, 1), stride=(2, 3)),
    Geometry(shape=(1, 1, 8), size=(3, 3)),
)


def windowed(options: Any, geometry: Geometry, activation: str) -> Any:
    options.strideH, options.strideW = geometry.stride
    options.padding = getattr(schema.Padding, geometry.padding)
    options.fusedActivationFunction = fused(activation)
    return options


def _filtered(
    random: Random,
    geometry: Geometry,
    op: str,
    options: Any,
    kernel: tuple[int, ...],
    axis: int,
    dtype: str,
) -> bytes:
    """A scale for each output channel; uint8 weights have one, and a zero point."""
    outputs = kernel[axis]
    given = _activation(random, (1, *geometry.shape), dtype, 0.03)
    scales = random.uniform(0.001, 0.02, outputs if dtype != "uint8" else 1).tolist()
    zeros = [int(random.integers(90, 170))] if dtype == "uint8" else []
    weights = random.integers(-127, 128, kernel).astype(np.int8)
    if dtype == "uint8":
        weights = random.integers(0, 256, kernel).astype(np.uint8)
    bias = random.integers(-3000, 3000, outputs) * (256 if dtype == "int16" else 1)
    bias = bias.astype(np.int64 if dtype == "int16" else np.int32)
    steps = [given.scales[0] * scale for scale in scales]
    made = (1, *geometry.output, outputs)
    return model(
        [
            given,
            Tensor.constant(weights, scales=scales, zero_points=zeros, axis=axis),
            Tensor.constant(bias, scales=steps),
            _activation(random, made, dtype, random.uniform(0.02, 0.5)),
        ],
        [Op(op, [0, 1, 2], [3], options)],
        [0],
        [3],
    )


def conv(
    random: Random,
    geometry: Geometry,
    activation: str = "NONE",
    dtype: str = "int8",
    outputs: int = 6,
) -> bytes:
    options = windowed(schema.Conv2DOptionsT(), geometry, activation)
    options.dilationHFactor = options.dilationWFactor = 1
    kernel = (outputs, *geometry.size, geometry.shape[2])
    return _filtered(random, geometry, "CONV_2D", options, kernel, 0, dtype)


def saturated_conv(random: Random, geometry: Geometry, outputs: int) -> bytes:
    """Whose least output is 0, and sums that are 2^7 to 2^10 times the outputs."""
    options = windowed(schema.Conv2DOptionsT(), geometry, "RELU6")
    options.dilationHFactor = options.dilationWFactor = 1
    given = _activation(random, (1, *geometry.shape), "int8", 0.03)
    made = Tensor((1, *geometry.output, outputs), "int8", [0.0235], [-128])
    scales = (random.uniform(0.001, 0.007, outputs) * 0.0235 / 0.03).tolist()
    weights = random.integers(-127, 128, (outputs, *geometry.size, geometry.shape[2]))
    bias = random.integers(-3000, 3000, outputs).astype(np.int32)
    return model(
        [
            given,
            Tensor.constant(weights.astype(np.int8), scales=scales, axis=0),
            Tensor.constant(bias, scales=[0.03 * scale for scale in scales]),
            made,
        ],
        [Op("CONV_2D", [0, 1, 2], [3], options)],
        [0],
        [3],
    )


def depthwise(
    random: Random,
    geometry: Geometry,
    activation: str = "NONE",
    multiplier: int = 1,
    dtype: str = "int8",
) -> bytes:
    options = windowed(schema.DepthwiseConv2DOptionsT(), geometry, activation)
    options.dilationHFactor = options.dilationWFactor = 1
    options.depthMultiplier = multiplier
    kernel = (1, *geometry.size, geometry.shape[2] * multiplier)
    return _filtered(random, geometry, "DEPTHWISE_CONV_2D", options, kernel, 3, dtype)


def pool(
    random: Random,
    geometry: Geometry,
    kind: str,
    activation: str = "NONE",
    dtype: str = "int8",
) -> bytes:
    """`kind` is MAX or AVERAGE."""
    options = windowed(schema.Pool2DOptionsT(), geometry, activation)
    options.filterHeight, options.filterWidth = geometry.size
    given = _activation(random, (1, *geometry.shape), dtype, 0.05)
    made = (1, *geometry.output, geometry.shape[2])
    return model(
        [given, Tensor(made, dtype, given.scales, given.zero_points)],
        [Op(f"{kind}_POOL_2D", [0], [1], options)],
        [0],
        [1],
    )


def softmax(random: Random, rows: int, count: int) -> bytes:
    options = schema.SoftmaxOptionsT()
    options.beta = 1.0
    shape = (1, rows, count)
    scale = float(random.choice([0.01, 0.1, 0.5]))
    return model(
        [
            Tensor(shape, "int8", [scale], [int(random.integers(-128, 128))]),
            Tensor(shape, "int8", [1 / 256], [-128]),
        ],
        [Op("SOFTMAX", [0], [1], options)],
        [0],
        [1],
    )


CURVES = {"LOGISTIC": (1 / 256, -128), "TANH": (1 / 128, 0)}
"""The scale and zero point of the output of each function."""


def curve(random: Random, op: str) -> bytes:
    """A function of single elements; all 256 of them fit."""
    scale, zero = CURVES[op]
    given = float(random.choice([0.01, 0.03, 0.1]) * random.uniform(0.5, 2))
    return model(
        [
            Tensor((1, 256), "int8", [given], [int(random.integers(-128, 128))]),
            Tensor((1, 256), "int8", [scale], [zero]),
        ],
        [Op(op, [0], [1])],
        [0],
        [1],
    )


def residual(random: Random, activation: str) -> bytes:
    """The sum of a convolution and its input, then the mean over all positions."""
    geometry = Geometry()
    channels = geometry.shape[2]
    options = windowed(schema.Conv2DOptionsT(), geometry, "NONE")
    options.dilationHFactor = options.dilationWFactor = 1
    scales = random.uniform(0.001, 0.02, channels).tolist()
    weights = random.integers(-127, 128, (channels, *geometry.size, channels)).astype(np.int8)
    zeros = random.integers(-128, 128, 4).tolist()
    adding, reducing = schema.AddOptionsT(), schema.ReducerOptionsT()
    adding.fusedActivationFunction = fused(activation)
    reducing.keepDims = bool(random.integers(2))
    mean = (1, 1, 1, channels) if reducing.keepDims else (1, channels)
    image = (1, *geometry.shape)
    return model(
        [
            Tensor(image, "int8", [0.03], [zeros[0]]),
            Tensor.constant(weights, scales=scales, axis=0),
            Tensor.constant(
                np.zeros(channels, np.int32), scales=[0.03 * scale for scale in scales]
            ),
            Tensor(image, "int8", [0.08], [zeros[1]]),
            Tensor(image, "int8", [0.06], [zeros[2]]),
            Tensor.constant(np.array([1, 2], np.int32)),
            Tensor(mean, "int8", [0.05], [zeros[3]]),
        ],
        [
            Op("CONV_2D", [0, 1, 2], [3], options),
            Op("ADD", [3, 0], [4], adding),
            Op("MEAN", [4, 5], [6], reducing),
        ],
        [0],
        [6],
    )
