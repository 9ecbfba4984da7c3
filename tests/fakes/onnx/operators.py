"""Models of one or a few operators, over the forms that exporters write, by name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto

from tests.fakes.onnx.files import model, node

Array = npt.NDArray[Any]


def numbers(*shape: int, seed: int = 0) -> Array:
    """Random float32 numbers."""
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


def whole(*values: int) -> Array:
    return np.array(values, np.int64)


def one(
    kind: str, shape: Sequence[int], opset: int = 17, *, domain: str = "", **settings: Any
) -> onnx.ModelProto:
    """One operator on the input `x`; arrays in `settings` are constant inputs, in order."""
    constants = {key: value for key, value in settings.items() if isinstance(value, np.ndarray)}
    attributes = {key: value for key, value in settings.items() if key not in constants}
    inputs = " ".join(["x", *(key if constants[key].size else "-" for key in constants)])
    constants = {key: value for key, value in constants.items() if value.size}
    made = node(kind, inputs, "y", domain=domain, **attributes)
    return model([made], {"x": shape}, ["y"], constants, opset)


def constant_first(kind: str, constant: Array, shape: Sequence[int]) -> onnx.ModelProto:
    return model([node(kind, "c x", "y")], {"x": shape}, ["y"], {"c": constant})


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


def flattened_image() -> onnx.ModelProto:
    """A flattened image goes through layers of each element to a dense layer."""
    nodes = [
        node("Conv", "x w", "c", kernel_shape=[3, 3]),
        node("Flatten", "c", "f"),
        node("BatchNormalization", "f s b m v", "n"),
        node("Relu", "n", "r"),
        node("Add", "r t", "a"),
        node("Gemm", "a g h", "y", transB=1),
    ]
    constants = {
        "w": numbers(4, 2, 3, 3),
        **{key: np.abs(numbers(48, seed=index)) for index, key in enumerate("sbmv", 1)},
        "t": numbers(1, 48, seed=6),
        "g": numbers(5, 48, seed=7),
        "h": numbers(5, seed=8),
    }
    return model(nodes, {"x": ("N", 2, 5, 6)}, ["y"], constants)


def computed_shape() -> onnx.ModelProto:
    """`x.view(x.shape[0], -1)`, as PyTorch's exporter writes it with an open batch."""
    nodes = [
        node("MaxPool", "x", "p", kernel_shape=[2, 2], strides=[2, 2]),
        node("Shape", "p", "s"),
        node("Constant", "", "zero", value=onnx.numpy_helper.from_array(np.array(0, np.int64))),
        node("Gather", "s zero", "n"),
        node("Unsqueeze", "n axis", "u"),
        node("Concat", "u rest", "shape", axis=0),
        node("Reshape", "p shape", "f"),
        node("MatMul", "f w", "m"),
        node("Add", "m b", "y"),
    ]
    constants = {
        "axis": whole(0),
        "rest": whole(-1),
        "w": numbers(12, 4),
        "b": numbers(4, seed=1),
    }
    return model(nodes, {"x": ("batch", 3, 4, 5)}, ["y"], constants)


def channels_last_file() -> onnx.ModelProto:
    """As tf2onnx writes it: the input and the output have their channels last."""
    nodes = [
        node("Transpose", "x", "t", perm=[0, 3, 1, 2]),
        node("Conv", "t w", "c", kernel_shape=[3, 3], auto_pad="SAME_UPPER", strides=[2, 2]),
        node("Transpose", "c", "u", perm=[0, 2, 3, 1]),
        node("Add", "u b", "a"),
        node("Clip", "a low high", "l"),
        node("Reshape", "l shape", "f"),
        node("MatMul", "f g", "y"),
    ]
    constants = {
        "w": numbers(4, 3, 3, 3),
        "b": numbers(4, seed=1),
        "low": np.array(0, np.float32),
        "high": np.array(6, np.float32),
        "shape": whole(1, -1),
        "g": numbers(3 * 3 * 4, 2, seed=2),
    }
    return model(nodes, {"x": ("N", 6, 5, 3)}, ["y"], constants)


def residual() -> onnx.ModelProto:
    nodes = [
        node("Conv", "x w", "c", kernel_shape=[3], pads=[1, 1]),
        node("Relu", "c", "r"),
        node("Add", "r x", "a"),
        node("Sub", "a c", "d"),
        node("Sum", "d x r", "s"),
        node("ReduceMean", "s", "y", axes=[2], keepdims=0),
    ]
    return model(nodes, {"x": (1, 4, 9)}, ["y"], {"w": numbers(4, 4, 3)})


def positions_of_signal() -> onnx.ModelProto:
    """A dense layer on each position of a signal with channels last, which a convolution made."""
    nodes = [
        node("Conv", "x w", "c", kernel_shape=[3]),
        node("Transpose", "c", "t", perm=[0, 2, 1]),
        node("MatMul", "t g", "m"),
        node("Add", "m b", "a"),
        node("Softmax", "a", "y", axis=-1),
    ]
    constants = {"w": numbers(4, 2, 3), "g": numbers(4, 3, seed=1), "b": numbers(3, seed=2)}
    return model(nodes, {"x": (1, 2, 8)}, ["y"], constants)


def two_inputs_two_outputs() -> onnx.ModelProto:
    nodes = [
        node("Gemm", "a w b", "p"),
        node("Add", "p c", "s"),
        node("Tanh", "s", "y"),
        node("Sigmoid", "p", "z"),
    ]
    constants = {"w": numbers(3, 4), "b": numbers(4, seed=1)}
    return model(nodes, {"a": (1, 3), "c": (1, 4)}, ["y", "z"], constants)


def classifier() -> onnx.ModelProto:
    """As scikit-learn's exporter writes it: a scaler, layers, a label that is left out."""
    nodes = [
        node("Scaler", "x", "n", domain="ai.onnx.ml", offset=[1.0, 2.0, 3.0], scale=[0.5, 2.0, 1]),
        node("Cast", "n", "k", to=TensorProto.FLOAT),
        node("MatMul", "k w", "m"),
        node("Add", "m b", "a"),
        node("Softmax", "a", "p", axis=1),
        node("ArgMax", "p", "i", axis=1),
        node("Identity", "p", "y"),
    ]
    constants = {"w": numbers(3, 4), "b": numbers(1, 4, seed=1)}
    types = {"i": TensorProto.INT64}
    return model(nodes, {"x": ("N", 3)}, ["i", "y"], constants, types=types)


def linear(kind: str, transform: str) -> onnx.ModelProto:
    settings: dict[str, Any] = {"targets": 3}
    outputs = "y"
    if kind == "LinearClassifier":
        settings, outputs = {"classlabels_ints": [0, 1, 2]}, "i y"
    made = node(
        kind,
        "x",
        outputs,
        domain="ai.onnx.ml",
        coefficients=numbers(12).tolist(),
        intercepts=[0.5, -1.0, 0.0],
        post_transform=transform,
        **settings,
    )
    return model([made], {"x": (1, 4)}, ["y"])


def branches() -> onnx.ModelProto:
    """Two branches are joined by channels, and again after they are flattened."""
    nodes = [
        node("Conv", "x w", "a"),
        node("Conv", "x v", "b"),
        node("Concat", "a b", "c", axis=1),
        node("Mul", "c g", "d"),
        node("Flatten", "d", "e"),
        node("Flatten", "a", "f"),
        node("Concat", "f e", "h", axis=1),
        node("Gemm", "h k", "y"),
    ]
    constants = {
        "w": numbers(2, 3, 1, 1),
        "v": numbers(4, 3, 1, 1, seed=1),
        "g": numbers(6, 1, 1, seed=2),
        "k": numbers(160, 3, seed=3),
    }
    return model(nodes, {"x": (1, 3, 4, 5)}, ["y"], constants)


def attention_of_channels() -> onnx.ModelProto:
    """Squeeze and excitation: each channel is multiplied by a number that was computed."""
    nodes = [
        node("Conv", "x w", "a"),
        node("GlobalAveragePool", "a", "b"),
        node("Conv", "b v", "c"),
        node("Sigmoid", "c", "d"),
        node("Mul", "a d", "e"),
        node("Max", "e a", "y"),
    ]
    constants = {"w": numbers(4, 3, 1, 1), "v": numbers(4, 4, 1, 1, seed=1)}
    return model(nodes, {"x": (1, 3, 5, 6)}, ["y"], constants)


def turned() -> onnx.ModelProto:
    """A signal is reshaped in the file's order and goes on as an image: it must be turned."""
    nodes = [
        node("Conv", "x w", "a"),
        node("Reshape", "a s", "b"),
        node("Conv", "b v", "c"),
        node("Softmax", "c", "d", axis=2),
        node("Flatten", "d", "y"),
    ]
    constants = {
        "w": numbers(4, 3, 1),
        "v": numbers(3, 2, 2, 1, seed=1),
        "s": whole(1, 2, 4, 5),
    }
    return model(nodes, {"x": (1, 3, 10)}, ["y"], constants)


def parts() -> onnx.ModelProto:
    """Halves of the channels, every second position backwards, single positions."""
    nodes = [
        node("Conv", "x w", "a"),
        node("Split", "a", "b c", axis=1),
        node("Slice", "b from to axes step", "d"),
        node("Gather", "d last", "e", axis=2),
        node("Gather", "c two", "f", axis=2),
        node("Flatten", "f", "g"),
        node("Concat", "e g", "y", axis=1),
    ]
    constants = {
        "w": numbers(6, 2, 1),
        "from": whole(9),
        "to": whole(0),
        "axes": whole(2),
        "step": whole(-2),
        "last": np.array(-1, np.int64),
        "two": whole(1, 3),
    }
    return model(nodes, {"x": (1, 2, 10)}, ["y"], constants, opset=13)


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
    "branches": branches,
    "attention of channels": attention_of_channels,
    "turned": turned,
    "parts": parts,
    "flattened image": flattened_image,
    "computed shape": computed_shape,
    "channels last in the file": channels_last_file,
    "residual": residual,
    "dense on positions": positions_of_signal,
    "two inputs and outputs": two_inputs_two_outputs,
    "classifier": classifier,
    "linear regressor": lambda: linear("LinearRegressor", "NONE"),
    "linear classifier": lambda: linear("LinearClassifier", "SOFTMAX"),
}
