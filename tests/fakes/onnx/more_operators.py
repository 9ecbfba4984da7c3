"""Models of functions, comparisons, repetitions and reductions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto

from tests.fakes.onnx.files import Array, constant_first, model, node, numbers, one, whole

IMAGE = (1, 3, 4, 5)
POSITIVE = ("Sqrt", "Log", "Reciprocal")


def function(kind: str) -> onnx.ModelProto:
    """Some only of numbers above 0."""
    nodes = [node("Exp", "x", "e"), node(kind, "e" if kind in POSITIVE else "x", "y")]
    return model(nodes[kind not in POSITIVE :], {"x": IMAGE}, ["y"])


def power(exponent: Array) -> onnx.ModelProto:
    nodes = [node("Exp", "x", "e"), node("Pow", "e p", "y")]
    return model(nodes, {"x": (1, 6)}, ["y"], {"p": exponent})


def after_convolution(
    nodes: Sequence[Any], opset: int = 17, outputs: str = "y", **constants: Array
) -> onnx.ModelProto:
    """`nodes` on the image `a` (1, 4, 4, 5), whose channels are last in memory."""
    first = node("Conv", "x w", "a")
    constants = {"w": numbers(4, 3, 1, 1), **constants}
    return model([first, *nodes], {"x": IMAGE}, outputs.split(), constants, opset)


def on_image(kind: str, inputs: str = "a", opset: int = 17, **settings: Any) -> onnx.ModelProto:
    constants = {key: value for key, value in settings.items() if isinstance(value, np.ndarray)}
    attributes = {key: value for key, value in settings.items() if key not in constants}
    return after_convolution([node(kind, inputs, "y", **attributes)], opset, **constants)


def gelu_of_exporters() -> onnx.ModelProto:
    """`0.5 x (1 + erf(x / sqrt(2)))`, as it was written before there was an operator."""
    nodes = [
        node("Div", "x root", "d"),
        node("Erf", "d", "e"),
        node("Add", "e one", "a"),
        node("Mul", "x a", "m"),
        node("Mul", "m half", "y"),
    ]
    constants = {
        "root": np.array(np.sqrt(2), np.float32),
        "one": np.array(1, np.float32),
        "half": np.array(0.5, np.float32),
    }
    return model(nodes, {"x": (1, 3, 8)}, ["y"], constants)


def layer_norm_of_exporters() -> onnx.ModelProto:
    """As exporters write it without an operator: means, a square, a root, a division."""
    nodes = [
        node("ReduceMean", "x", "m", axes=[-1]),
        node("Sub", "x m", "d"),
        node("Pow", "d two", "s"),
        node("ReduceMean", "s", "v", axes=[-1]),
        node("Add", "v tiny", "t"),
        node("Sqrt", "t", "r"),
        node("Div", "d r", "n"),
        node("Mul", "n g", "k"),
        node("Add", "k b", "y"),
    ]
    constants = {
        "two": np.array(2, np.float32),
        "tiny": np.array(1e-5, np.float32),
        "g": numbers(8),
        "b": numbers(8, seed=1),
    }
    return model(nodes, {"x": (1, 5, 8)}, ["y"], constants)


def choice(kind: str, *, constant: bool) -> onnx.ModelProto:
    """Where `kind` of an image and a number holds, the image, else its double or a constant."""
    nodes = [
        node(kind, "a half", "c"),
        node("Add", "a a", "d"),
        node("Where", "c a other" if constant else "c a d", "y"),
    ]
    extra = {"half": np.array(0.5, np.float32), "other": numbers(4, 4, 5, seed=3)}
    return after_convolution(nodes, **extra)


def conditions() -> onnx.ModelProto:
    """Of several comparisons, as floats."""
    nodes = [
        node("Less", "x half", "a"),
        node("Greater", "x low", "b"),
        node("And", "a b", "c"),
        node("Not", "a", "d"),
        node("Or", "c d", "e"),
        node("Cast", "e", "y", to=TensorProto.FLOAT),
        node("Cast", "c", "z", to=TensorProto.FLOAT),
    ]
    numbers_of = {"half": np.array(0.5, np.float32), "low": np.array(-0.5, np.float32)}
    return model(nodes, {"x": (1, 20)}, ["y", "z"], numbers_of)


def whole_numbers() -> onnx.ModelProto:
    nodes = [
        node("Mul", "x three", "m"),
        node("Cast", "m", "i", to=TensorProto.INT32),
        node("Cast", "i", "y", to=TensorProto.FLOAT),
    ]
    return model(nodes, {"x": (1, 20)}, ["y"], {"three": np.array(3, np.float32)})


def of_constants() -> onnx.ModelProto:
    """Weights that are parts of a constant, after a function; nodes in another order."""
    nodes = [
        node("MatMul", "x t", "m"),
        node("Add", "m b", "y"),
        node("Tanh", "first", "t"),
        node("Split", "w s", "first b", axis=0),
    ]
    return model(nodes, {"x": (1, 3)}, ["y"], {"w": numbers(4, 5), "s": whole(3, 1)}, 17)


REDUCTIONS = (*("ReduceMean", "ReduceMax", "ReduceMin", "ReduceL1", "ReduceL2", "ReduceSumSquare"),)
KINDS = (
    *("Abs", "Sign", "Sqrt", "Reciprocal", "Log", "Sin", "Cos", "Erf", "Floor", "Ceil", "Round"),
)
MODELS: dict[str, Callable[[], onnx.ModelProto]] = {
    **{kind: partial(function, kind) for kind in KINDS},
    **{
        f"{kind} over {axes}": partial(on_image, kind, axes=axes, keepdims=keep)
        for kind in REDUCTIONS
        for keep, axes in ((0, [1]), (1, [2, 3]), (0, [1, 3]), (1, [2]))
    },
    "sum over one axis": lambda: on_image("ReduceSum", "a n", n=whole(-2), keepdims=0),
    "mish": lambda: one("Mish", IMAGE, 18),
    "log softmax": lambda: one("LogSoftmax", (1, 6)),
    "log softmax over channels": lambda: on_image("LogSoftmax", axis=1),
    "square": lambda: power(np.array(2, np.float32)),
    "root": lambda: power(np.array([0.5], np.float32)),
    "cube": lambda: power(np.array(3, np.float32)),
    "powers": lambda: power(np.abs(numbers(6))),
    "power of a number": lambda: constant_first("Pow", np.array([1.5], np.float32), (1, 6)),
    "divide a number": lambda: after_convolution(
        [node("Exp", "a", "e"), node("Div", "one e", "y")], one=np.array(1.5, np.float32)
    ),
    "divide tensors": lambda: after_convolution([node("Exp", "a", "e"), node("Div", "a e", "y")]),
    "gelu of exporters": gelu_of_exporters,
    "layer norm of exporters": layer_norm_of_exporters,
    **{
        f"where {kind}": partial(choice, kind, constant=kind == "Less")
        for kind in ("Less", "LessOrEqual", "Greater", "GreaterOrEqual")
    },
    "conditions": conditions,
    "whole numbers": whole_numbers,
    "expand": lambda: on_image("Expand", "a n", n=whole(1, 4, 4, 5)),
    "expand a column": lambda: after_convolution(
        [node("ReduceMean", "a", "m", axes=[2, 3]), node("Expand", "m n", "y")], n=whole(1, 4, 2, 3)
    ),
    "tile": lambda: on_image("Tile", "a n", n=whole(1, 2, 1, 3)),
    "irregular places": lambda: on_image("Gather", "a n", n=whole(2, 0, 1), axis=1),
    "backwards": lambda: on_image("Gather", "a n", n=whole(3, 2, 1, 0), axis=2),
    "pad channels": lambda: on_image("Pad", "a n", n=whole(0, 1, 0, 0, 0, 2, 1, 0)),
    "reflect": lambda: on_image("Pad", "a n", n=whole(0, 0, 1, 2, 0, 0, 0, 3), mode="reflect"),
    "repeat the edge": lambda: on_image("Pad", "a n", n=whole(0, 0, 1, 2, 0, 0, 0, 3), mode="edge"),
    "pixel shuffle": lambda: on_image("DepthToSpace", blocksize=2, mode="CRD"),
    "depth to space": lambda: on_image("DepthToSpace", blocksize=2),
    "space to depth": lambda: after_convolution(
        [node("Pad", "a n", "p"), node("SpaceToDepth", "p", "y", blocksize=2)],
        n=whole(0, 0, 0, 0, 0, 0, 0, 1),
    ),
    "of constants": of_constants,
    "row of a table in blocks": lambda: after_convolution(
        [
            node("Transpose", "a", "t", perm=[0, 2, 3, 1]),
            node("Tile", "t n", "u"),
            node("Flatten", "u", "y"),
        ],
        n=whole(1, 2, 1, 1),
    ),
}
