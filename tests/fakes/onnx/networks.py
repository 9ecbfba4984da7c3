"""Small networks of several operators, as exporters write them."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
from onnx import TensorProto

from tests.fakes.onnx.files import model, node, numbers, whole


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


def embedding() -> onnx.ModelProto:
    """Numbers of words become rows of a table, whose mean is taken."""
    constants = {
        "table": numbers(4, 3),
        "low": np.array(0, np.float32),
        "high": np.array(3, np.float32),
    }
    nodes = [
        node("Abs", "table", "rows"),
        node("Clip", "x low high", "k"),
        node("Cast", "k", "i", to=TensorProto.INT64),
        node("Gather", "rows i", "e"),
        node("ReduceMean", "e", "y", axes=[1], keepdims=0),
    ]
    return model(nodes, {"x": (1, 5)}, ["y"], constants)


def normalised() -> onnx.ModelProto:
    """Logistic regression of scikit-learn: what a softmax made is normalised once more."""
    nodes = [
        node("Gemm", "x w", "m"),
        node("Softmax", "m", "s"),
        node("Normalizer", "s", "y", domain="ai.onnx.ml", norm="L1"),
    ]
    return model(nodes, {"x": (1, 4)}, ["y"], {"w": numbers(4, 3)})


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


def continued(kind: str, gates: int, *, constant: bool = False) -> onnx.ModelProto:
    """A recurrent layer that begins with states it is given, and gives those after it.

    They are inputs, as streaming models have them, or constants of both directions."""
    directions, memory = 2 if constant else 1, kind == "LSTM"
    states = ["h0", "c0"] if memory else ["h0"]
    constants = {
        "w": numbers(directions, 4 * gates, 3),
        "r": numbers(directions, 4 * gates, 4, seed=1),
        "b": numbers(directions, 8 * gates, seed=2),
        "rows": whole(1, -1),
        **({one: numbers(directions, 1, 4, seed=3) for one in states} if constant else {}),
    }
    outputs = ["y", "h", "c"] if memory else ["y", "h"]
    way = "bidirectional" if constant else "forward"
    nodes = [
        node("Transpose", "x", "t", perm=[1, 0, 2]),
        node(
            kind, f"t w r b - {' '.join(states)}", " ".join(outputs), hidden_size=4, direction=way
        ),
        *(node("Reshape", f"{one} rows", f"{one}_flat") for one in outputs),
    ]
    inputs: dict[str, tuple[int, ...]] = {"x": (1, 6, 3)}
    inputs |= {} if constant else dict.fromkeys(states, (1, 1, 4))
    return model(nodes, inputs, [f"{one}_flat" for one in outputs], constants)


def recurrent(
    kind: str, gates: int, outputs: str = "y h", direction: str = "forward", **settings: Any
) -> onnx.ModelProto:
    """A sequence in PyTorch's order goes through `kind`; all that it outputs is flattened."""
    directions = 2 if direction == "bidirectional" else 1
    constants = {
        "w": numbers(directions, 4 * gates, 3),
        "r": numbers(directions, 4 * gates, 4, seed=1),
        "b": numbers(directions, 8 * gates, seed=2),
        "zero": np.zeros((directions, 1, 4), np.float32),
        "rows": whole(1, -1),
    }
    names = [one for one in outputs.split() if one != "-"]
    nodes = [
        node("Transpose", "x", "t", perm=[1, 0, 2]),
        node(kind, "t w r b - zero", outputs, hidden_size=4, direction=direction, **settings),
        *(node("Reshape", f"{one} rows", f"{one}_flat") for one in names),
    ]
    flat = [f"{one}_flat" for one in names]
    return model(nodes, {"x": (1, 6, 3)}, flat, constants)
