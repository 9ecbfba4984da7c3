"""Models of one operator, over the forms that exporters write, and all models by name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import onnx

from tests.fakes.onnx import more_operators as more
from tests.fakes.onnx import networks
from tests.fakes.onnx.files import Array, constant_first, model, node, numbers, one, whole


def convolution(
    shape: Sequence[int], outputs: int, window: Sequence[int], group: int = 1, **attributes: Any
) -> onnx.ModelProto:
    w = numbers(outputs, shape[1] // group, *window)
    return one("Conv", shape, w=w, b=numbers(outputs, seed=1), group=group, **attributes)


def batch_norm(shape: Sequence[int], opset: int = 17) -> onnx.ModelProto:
    channels = shape[1]
    return one(
        "BatchNormalization",
        shape,
        opset,
        s=numbers(channels),
        b=numbers(channels, seed=1),
        m=numbers(channels, seed=2),
        v=np.abs(numbers(channels, seed=3)) + np.float32(0.1),
    )


def transposed_convolution(**attributes: Any) -> onnx.ModelProto:
    w, b = numbers(2, 4, 3, 2), numbers(4, seed=1)
    return one("ConvTranspose", (1, 2, 5, 6), w=w, b=b, **attributes)


def resized(
    scale: float, shape: tuple[int, ...] = (1, 2, 5, 6), **attributes: Any
) -> onnx.ModelProto:
    scales = np.array([1, 1, *(scale,) * (len(shape) - 2)], np.float32)
    return one("Resize", shape, roi=EMPTY, scales=scales, **attributes)


def after_relu(kind: str, shape: Sequence[int], constant: Array) -> onnx.ModelProto:
    nodes = [node("Relu", "x", "h"), node(kind, "h c", "y")]
    return model(nodes, {"x": shape}, ["y"], {"c": constant})


def split_weights() -> onnx.ModelProto:
    """A dense layer, whose weights are parts of one constant."""
    nodes = [
        node("Split", "all", "w v", axis=1),
        node("Gemm", "x w", "h"),
        node("Gemm", "h v", "y"),
    ]
    return model(nodes, {"x": (1, 4)}, ["y"], {"all": numbers(4, 8)}, 13)


def first_step() -> onnx.ModelProto:
    """The first step of an unrolled recurrent layer, whose state is constant."""
    nodes = [
        node("MatMul", "state r", "h"),
        node("MatMul", "x w", "i"),
        node("Add", "h i", "sum"),
        node("Tanh", "sum", "y"),
    ]
    constants = {"state": numbers(1, 3), "r": numbers(3, 3, seed=1), "w": numbers(4, 3, seed=2)}
    return model(nodes, {"x": (1, 4)}, ["y"], constants)


def reversed_order() -> onnx.ModelProto:
    """Two branches, from the output to the input."""
    nodes = [
        node("Add", "left right", "y"),
        node("Tanh", "right0", "right"),
        node("Relu", "middle", "left"),
        node("Sigmoid", "middle", "right0"),
        node("Gemm", "x w", "middle"),
    ]
    return model(nodes, {"x": (1, 4)}, ["y"], {"w": numbers(4, 3)})


EMPTY = np.zeros(0, np.float32)
"""A missing optional input."""
MODELS: dict[str, Callable[[], onnx.ModelProto]] = {
    "conv 2d": lambda: convolution((1, 3, 7, 6), 4, (3, 2), strides=[2, 1], pads=[1, 0, 2, 1]),
    "conv 1d": lambda: convolution((1, 3, 9), 6, (4,), strides=[2], pads=[1, 2]),
    "conv without bias": lambda: one("Conv", (1, 2, 5, 6), w=numbers(3, 2, 3, 3)),
    "depthwise": lambda: convolution((1, 3, 7, 5), 6, (3, 3), 3, auto_pad="SAME_LOWER"),
    "depthwise 1d": lambda: convolution((1, 4, 8), 4, (3,), 4, auto_pad="VALID"),
    "conv same": lambda: convolution((1, 2, 7, 5), 3, (2, 4), auto_pad="SAME_UPPER"),
    "max pool": lambda: one("MaxPool", (1, 3, 7, 6), kernel_shape=[3, 2], pads=[1, 0, 1, 1]),
    "max pool 1d": lambda: one("MaxPool", (1, 3, 9), kernel_shape=[2], strides=[2]),
    "max pool ceil": lambda: one(
        "MaxPool", (1, 2, 6, 7), kernel_shape=[3, 2], strides=[2, 2], ceil_mode=1
    ),
    "average pool": lambda: one(
        "AveragePool", (1, 2, 6, 7), kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1]
    ),
    "average pool with padding": lambda: one(
        "AveragePool", (1, 2, 6, 7), kernel_shape=[3, 3], pads=[1, 1, 1, 1], count_include_pad=1
    ),
    "average pool ceil": lambda: one(
        "AveragePool", (1, 2, 6, 6), 19, kernel_shape=[3, 3], strides=[2, 2], ceil_mode=1
    ),
    "global average pool": lambda: one("GlobalAveragePool", (1, 3, 4, 5)),
    "global max pool": lambda: one("GlobalMaxPool", (1, 3, 6)),
    "mean keeping axes": lambda: one("ReduceMean", (1, 3, 4, 5), 13, axes=[2, 3]),
    "mean of new opset": lambda: one(
        "ReduceMean", (1, 3, 4, 5), 18, axes=whole(-1, -2), keepdims=0
    ),
    "maximum of features": lambda: one("ReduceMax", (1, 6, 5), 13, axes=[1], keepdims=0),
    "gemm": lambda: one("Gemm", ("N", 4), w=numbers(4, 3), b=numbers(3, seed=1)),
    "gemm with factors": lambda: one(
        "Gemm", (1, 4), w=numbers(3, 4), b=numbers(1, 3), transB=1, alpha=0.5, beta=-2.0
    ),
    "gemm without bias": lambda: one("Gemm", (1, 4), w=numbers(4, 3)),
    "matmul on positions": lambda: one("MatMul", (1, 5, 4), w=numbers(4, 3)),
    "batch norm": lambda: batch_norm((1, 3, 4, 5)),
    "batch norm of opset 8": lambda: batch_norm((1, 3, 4, 5), 8),
    "batch norm 1d": lambda: batch_norm((1, 3, 4)),
    "batch norm of features": lambda: batch_norm((1, 6)),
    "relu": lambda: one("Relu", (1, 6)),
    "sigmoid": lambda: one("Sigmoid", (1, 2, 3, 4)),
    "tanh": lambda: one("Tanh", (1, 6)),
    "hard sigmoid": lambda: one("HardSigmoid", (1, 6), alpha=0.4, beta=0.3),
    "clip attributes": lambda: one("Clip", (1, 6), 7, min=-0.5, max=0.5),
    "clip inputs": lambda: one("Clip", (1, 6), low=EMPTY, high=np.array(0.5, np.float32)),
    "relu6": lambda: one("Clip", (1, 6), 10, min=0.0, max=6.0),
    "maximum": lambda: one("Max", (1, 6), c=np.array([0.1], np.float32)),
    "minimum": lambda: one("Min", (1, 6), c=np.array([0.1], np.float32)),
    "softmax": lambda: one("Softmax", (1, 6)),
    "softmax of opset 11": lambda: one("Softmax", (1, 6), 11),
    "softmax of opset 12 over an image": lambda: one("Softmax", (1, 2, 3, 4), 12, axis=1),
    "softmax over channels": lambda: one("Softmax", (1, 3, 4), axis=2),
    "add number": lambda: one("Add", (1, 6), c=np.array(2.5, np.float32)),
    "add elements": lambda: one("Add", (1, 2, 3, 4), c=numbers(2, 3, 4)),
    "add column": lambda: one("Add", (1, 2, 3, 4), c=numbers(2, 1, 1)),
    "multiply rows": lambda: one("Mul", (1, 2, 3, 4), c=numbers(3, 1)),
    "subtract": lambda: one("Sub", (1, 6), c=numbers(6)),
    "subtract from": lambda: constant_first("Sub", numbers(6), (1, 6)),
    "divide": lambda: one("Div", (1, 6), c=np.abs(numbers(6)) + np.float32(0.5)),
    "negate": lambda: one("Neg", (1, 6)),
    "pad": lambda: one("Pad", (1, 2, 3, 4), pads=whole(0, 0, 1, 2, 0, 0, 0, 1)),
    "pad of opset 10": lambda: one("Pad", (1, 2, 5), 10, pads=[0, 0, 2, 0, 0, 1]),
    "pad of channels": lambda: one(
        "Pad", (1, 2, 3, 4), p=whole(0, 1, 0, 0, 0, 2, 0, 0), v=np.array(-1.5, np.float32)
    ),
    "pad of channels and positions": lambda: one(
        "Pad", (1, 2, 3, 4), p=whole(0, 0, 1, 0, 0, 3, 0, 2)
    ),
    "pad of channels 1d": lambda: one("Pad", (1, 2, 5), p=whole(0, 1, 2, 0, 1, 0)),
    "pad of features": lambda: one("Pad", (1, 6), p=whole(0, 2, 0, 1)),
    "tile of features": lambda: one("Tile", (1, 6), r=whole(1, 3)),
    "tile of a position": lambda: one("Tile", (1, 1, 6), r=whole(1, 5, 1)),
    "tile of an image": lambda: one("Tile", (1, 2, 3, 5), r=whole(1, 3, 1, 2)),
    "tile of nothing": lambda: after_relu("Tile", (1, 2, 3), whole(1, 1, 1)),
    "expand": lambda: one("Expand", (1, 1, 6), s=whole(1, 5, 6)),
    "expand channels": lambda: one("Expand", (1, 3, 1, 5), s=whole(3, 4, 1)),
    "expand to the same shape": lambda: after_relu("Expand", (1, 6), whole(1, 1)),
    "expand to more axes": lambda: one("Expand", (1, 6), s=whole(1, 4, 6)),
    "weights that the file splits": lambda: split_weights(),
    "first step of an unrolled layer": lambda: first_step(),
    "operators in another order": lambda: reversed_order(),
    "reshape": lambda: one("Reshape", (1, 2, 6), s=whole(0, 3, -1)),
    "squeeze": lambda: one("Squeeze", (1, 1, 6), a=whole(1)),
    "unsqueeze": lambda: one("Unsqueeze", (1, 6), 11, axes=[1]),
    "dropout": lambda: one("Dropout", (1, 6), 11, ratio=0.3),
    "leaky relu": lambda: one("LeakyRelu", (1, 6), alpha=0.2),
    "elu": lambda: one("Elu", (1, 6), alpha=0.7),
    "gelu": lambda: one("Gelu", (1, 6), 20),
    "gelu by tanh": lambda: one("Gelu", (1, 6), 20, approximate="tanh"),
    "hard swish": lambda: one("HardSwish", (1, 6), 14),
    "prelu": lambda: one("PRelu", (1, 3, 4, 5), a=numbers(3, 1, 1)),
    "maximum of elements": lambda: one("Max", (1, 2, 3), c=numbers(2, 3)),
    "larger constant": lambda: one("Mul", (1, 1, 3), c=numbers(2, 1)),
    "pad with a number": lambda: one(
        "Pad", (1, 2, 3, 4), p=whole(0, 0, 1, 2, 0, 0, 0, 1), v=np.array(2.5, np.float32)
    ),
    "sum": lambda: one("ReduceSum", (1, 3, 4, 5), axes=whole(2, 3)),
    "selu": lambda: one("Selu", (1, 6)),
    "softplus": lambda: one("Softplus", (1, 6)),
    "exp": lambda: one("Exp", (1, 6)),
    "layer norm": lambda: one(
        "LayerNormalization", (1, 5, 6), s=numbers(6), b=numbers(6, seed=1), axis=-1
    ),
    "dilation": lambda: convolution((1, 3, 9, 8), 4, (3, 2), dilations=[2, 3], pads=[1, 0, 1, 2]),
    "groups": lambda: convolution((1, 4, 6, 5), 6, (3, 3), 2),
    "lstm": lambda: networks.recurrent("LSTM", 4),
    "lstm with states": lambda: networks.continued("LSTM", 4),
    "lstm begins with constants": lambda: networks.continued("LSTM", 4, constant=True),
    "lstm memory": lambda: networks.recurrent("LSTM", 4, "- h c"),
    "gru with states": lambda: networks.continued("GRU", 3),
    "rnn begins with constants": lambda: networks.continued("RNN", 1, constant=True),
    "lstm backwards": lambda: networks.recurrent("LSTM", 4, direction="reverse"),
    "lstm both ways": lambda: networks.recurrent("LSTM", 4, direction="bidirectional"),
    "lstm last state": lambda: networks.recurrent("LSTM", 4, "- h"),
    "gru": lambda: networks.recurrent("GRU", 3, "y"),
    "gru of PyTorch": lambda: networks.recurrent("GRU", 3, linear_before_reset=1),
    "gru both ways": lambda: networks.recurrent("GRU", 3, "- h", direction="bidirectional"),
    "rnn": lambda: networks.recurrent("RNN", 1, activations=["Relu"]),
    "transposed": lambda: transposed_convolution(strides=[2, 2]),
    "transposed with padding": lambda: transposed_convolution(
        strides=[2, 1], pads=[1, 0, 1, 1], output_padding=[1, 0]
    ),
    "transposed same": lambda: transposed_convolution(strides=[2, 2], auto_pad="SAME_UPPER"),
    "nearest": lambda: resized(2, mode="nearest"),
    "nearest of a signal": lambda: resized(3, (1, 2, 7), mode="nearest"),
    "nearest asymmetric": lambda: resized(
        1.5, mode="nearest", nearest_mode="floor", coordinate_transformation_mode="asymmetric"
    ),
    "bilinear": lambda: resized(2, mode="linear"),
    "bilinear corners": lambda: resized(
        2, mode="linear", coordinate_transformation_mode="align_corners"
    ),
    "bilinear asymmetric": lambda: resized(
        2, mode="linear", coordinate_transformation_mode="asymmetric"
    ),
    **more.MODELS,
    "normalised": networks.normalised,
    "embedding": networks.embedding,
    "branches": networks.branches,
    "attention of channels": networks.attention_of_channels,
    "turned": networks.turned,
    "parts": networks.parts,
    "flattened image": networks.flattened_image,
    "computed shape": networks.computed_shape,
    "channels last in the file": networks.channels_last_file,
    "residual": networks.residual,
    "dense on positions": networks.positions_of_signal,
    "two inputs and outputs": networks.two_inputs_two_outputs,
    "classifier": networks.classifier,
    "linear regressor": lambda: networks.linear("LinearRegressor", "NONE"),
    "linear classifier": lambda: networks.linear("LinearClassifier", "SOFTMAX"),
}
