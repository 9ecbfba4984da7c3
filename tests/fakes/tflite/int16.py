"""Whole .tflite networks of 16x8 bits: int16 activations, int8 weights, biases of 64 or 32 bits."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from ai_edge_litert import schema_py_generated as schema

from tests.fakes.tflite.files import Op, Tensor, model
from tests.fakes.tflite.int8 import Random, fused
from tests.fakes.tflite.operators import INT16, integers

SHARE = 1 / 32768
"""The scale of softmax and of sigmoids."""
STEP = 4 / 32768
"""The scale of other activations: from -4 to 4."""


def activation(*shape: int, scale: float = STEP) -> Tensor:
    return Tensor((1, *shape), INT16, [scale], [0])


class Net:
    """A file, tensor by tensor: `add` appends an operator, and returns the number of its output."""

    def __init__(self, random: Random, given: Tensor) -> None:
        self.random = random
        self.tensors = [given]
        self.ops: list[Op] = []

    def tensor(self, tensor: Tensor) -> int:
        self.tensors.append(tensor)
        return len(self.tensors) - 1

    def add(self, kind: str, inputs: list[int], output: Tensor, options: Any = None) -> int:
        made = self.tensor(output)
        self.ops.append(Op(kind, inputs, [made], options))
        return made

    def weighted(
        self, kind: str, source: int, shape: tuple[int, ...], output: Tensor, options: Any
    ) -> int:
        """A layer with weights of `shape`, a scale per output channel, outputs around 1."""
        axis = 3 if kind == "DEPTHWISE_CONV_2D" else 0
        outputs, spread = shape[axis], 127 * np.sqrt(np.prod(shape) / shape[axis] / 3)
        scales = (self.random.uniform(0.5, 1.5, outputs) / spread).astype(np.float32)
        weights = self.random.integers(-127, 128, shape).astype(np.int8)
        narrow = getattr(options, "quantizedBiasType", 0) == schema.TensorType.INT32
        bias: npt.NDArray[Any] = self.random.integers(-(10**6), 10**6, outputs)
        bias = bias.astype(np.int32 if narrow else np.int64)
        given = self.tensors[source].scales[0]
        parts = [
            source,
            self.tensor(Tensor.constant(weights, scales=scales.tolist(), axis=axis)),
            self.tensor(Tensor.constant(bias, scales=(scales * np.float32(given)).tolist())),
        ]
        return self.add(kind, parts, output, options)

    def content(self, output: int) -> bytes:
        return model(self.tensors, self.ops, [0], [output])


def _windowed(options: Any, stride: int, activation: str = "NONE") -> Any:
    options.strideH = options.strideW = stride
    if hasattr(options, "dilationHFactor"):
        options.dilationHFactor = options.dilationWFactor = 1
    options.padding = schema.Padding.SAME
    options.fusedActivationFunction = fused(activation)
    return options


def convolutional(random: Random) -> bytes:
    """Floats (12, 10, 3) to the shares of 5 classes: convolutions, a sum, pools, a dense layer."""
    net = Net(random, Tensor((1, 12, 10, 3)))
    name = net.add("QUANTIZE", [0], activation(12, 10, 3), schema.QuantizeOptionsT())
    first = _windowed(schema.Conv2DOptionsT(), 2, "RELU")
    name = net.weighted("CONV_2D", name, (8, 3, 3, 3), activation(6, 5, 8), first)
    options = _windowed(schema.DepthwiseConv2DOptionsT(), 1, "RELU6")
    options.depthMultiplier = 1
    deep = net.weighted("DEPTHWISE_CONV_2D", name, (1, 3, 3, 8), activation(6, 5, 8), options)
    narrow = _windowed(schema.Conv2DOptionsT(), 1)
    narrow.quantizedBiasType = schema.TensorType.INT32
    deep = net.weighted("CONV_2D", deep, (8, 1, 1, 8), activation(6, 5, 8), narrow)
    adding = schema.AddOptionsT()
    adding.potScaleInt16 = False
    name = net.add("ADD", [name, deep], activation(6, 5, 8), adding)
    pooling = _windowed(schema.Pool2DOptionsT(), 2)
    pooling.filterHeight = pooling.filterWidth = 2
    name = net.add("MAX_POOL_2D", [name], activation(3, 3, 8), pooling)
    axes = net.tensor(integers(1, 2))
    name = net.add("MEAN", [name, axes], activation(8), schema.ReducerOptionsT())
    dense = schema.FullyConnectedOptionsT()
    name = net.weighted("FULLY_CONNECTED", name, (5, 8), activation(5), dense)
    softmax = schema.SoftmaxOptionsT()
    softmax.beta = 1.0
    name = net.add("SOFTMAX", [name], activation(5, scale=SHARE), softmax)
    return net.content(net.add("DEQUANTIZE", [name], Tensor((1, 5)), schema.DequantizeOptionsT()))


def dense(random: Random) -> bytes:
    """int16 (20) to int16 (3): dense layers, tanh, a leaky ReLU, the sigmoid, a product."""
    net = Net(random, activation(20))
    name = net.weighted(
        "FULLY_CONNECTED", 0, (16, 20), activation(16), schema.FullyConnectedOptionsT()
    )
    name = net.add("TANH", [name], activation(16, scale=SHARE))
    narrow = schema.FullyConnectedOptionsT()
    narrow.quantizedBiasType = schema.TensorType.INT32
    name = net.weighted("FULLY_CONNECTED", name, (12, 16), activation(12), narrow)
    leaky = schema.LeakyReluOptionsT()
    leaky.alpha = 0.2
    name = net.add("LEAKY_RELU", [name], activation(12, scale=STEP * 0.7), leaky)
    gate = net.add("LOGISTIC", [name], activation(12, scale=SHARE))
    name = net.add("MUL", [name, gate], activation(12), schema.MulOptionsT())
    last = schema.FullyConnectedOptionsT()
    return net.content(net.weighted("FULLY_CONNECTED", name, (3, 12), activation(3), last))
