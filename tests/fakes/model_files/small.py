"""Small valid model files of every format."""

from __future__ import annotations

import functools
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema

from tests.fakes.keras_files import (
    called,
    dense,
    functional,
    layer,
    numbers,
    sequential,
    write_h5,
    write_keras,
)

FORMATS = (".keras", ".h5", ".tflite")


@functools.cache
def valid(suffix: str) -> tuple[bytes, ...]:
    """The content of some valid files."""
    if suffix == ".tflite":
        return (tflite(),)
    made = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"net{suffix}")
        for config, arrays in (_chain(), _branches()):
            if suffix == ".h5":
                write_h5(path, config, arrays)
            else:
                write_keras(path, config, {f"layers/{key}": one for key, one in arrays.items()})
            made.append(path.read_bytes())
    return tuple(made)


def _chain() -> tuple[Any, dict[str, list[np.ndarray]]]:
    config = sequential(
        layer("ZeroPadding2D", "pad", padding=[[1, 0], [0, 1]]),
        layer("Conv2D", "conv2d", filters=3, kernel_size=[2, 2], padding="same", activation="relu"),
        layer("BatchNormalization", "batch_normalization"),
        layer("DepthwiseConv2D", "depthwise_conv2d", kernel_size=2, strides=2, use_bias=False),
        layer("MaxPooling2D", "max", pool_size=2, strides=1, padding="same"),
        layer("Dropout", "dropout", rate=0.5),
        layer("Flatten", "flatten"),
        dense("dense", 4, activation="softmax"),
        shape=(5, 4, 2),
    )
    variance = np.abs(numbers(3, seed=8)) + 0.5
    return config, {
        "conv2d": [numbers(2, 2, 2, 3), numbers(3)],
        "batch_normalization": [
            numbers(3, seed=5),
            numbers(3, seed=6),
            numbers(3, seed=7),
            variance,
        ],
        "depthwise_conv2d": [numbers(2, 2, 3, 1)],
        "dense": [numbers(18, 4), numbers(4)],
    }


def _branches() -> tuple[Any, dict[str, list[np.ndarray]]]:
    layers = [
        called(layer("InputLayer", "given", batch_input_shape=[None, 6, 2])),
        called(
            layer("Conv1D", "conv1d", filters=2, kernel_size=3, padding="causal"),
            [["given", 0, 0, {}]],
        ),
        called(layer("Add", "add"), [["given", 0, 0, {}], ["conv1d", 0, 0, {}]]),
        called(layer("ReLU", "relu", max_value=6.0), [["add", 0, 0, {}]]),
        called(layer("GlobalAveragePooling1D", "pool"), [["relu", 0, 0, {}]]),
        called(layer("Reshape", "reshape", target_shape=[2, -1]), [["pool", 0, 0, {}]]),
    ]
    config = functional("branches", layers, ["given", 0, 0], ["reshape", 0, 0])
    return config, {"conv1d": [numbers(3, 2, 2), numbers(2)]}


class _Graph:
    """Collects the tensors and operators of a .tflite file."""

    def __init__(self) -> None:
        self.model, self.graph = schema.ModelT(), schema.SubGraphT()
        self.model.version = 3
        self.model.buffers = [schema.BufferT()]
        self.model.operatorCodes, self.model.subgraphs = [], [self.graph]
        self.graph.tensors, self.graph.operators = [], []

    def tensor(self, *shape: int, values: np.ndarray | None = None) -> int:
        entry = schema.TensorT()
        entry.name = f"tensor_{len(self.graph.tensors)}".encode()
        entry.shape, entry.buffer = list(shape), 0
        entry.type = schema.TensorType.FLOAT32
        if values is not None:
            entry.shape, entry.buffer = list(values.shape), len(self.model.buffers)
            if values.dtype == np.int32:
                entry.type = schema.TensorType.INT32
            buffer = schema.BufferT()
            buffer.data = np.frombuffer(values.tobytes(), np.uint8)
            self.model.buffers.append(buffer)
        self.graph.tensors.append(entry)
        return len(self.graph.tensors) - 1

    def constant(self, values: Any) -> int:
        return self.tensor(values=np.asarray(values))

    def apply(
        self, kind: str, inputs: list[int], shape: tuple[int, ...], options: Any = None
    ) -> int:
        made = self.tensor(*shape)
        code = schema.OperatorCodeT()
        code.builtinCode = getattr(schema.BuiltinOperator, kind)
        code.deprecatedBuiltinCode = code.builtinCode
        entry = schema.OperatorT()
        entry.opcodeIndex = len(self.model.operatorCodes)
        entry.inputs, entry.outputs = inputs, [made]
        if options is not None:
            entry.builtinOptions = options
            name = type(options).__name__.removesuffix("T")
            entry.builtinOptionsType = getattr(schema.BuiltinOptions, name)
        self.model.operatorCodes.append(code)
        self.graph.operators.append(entry)
        return made


def _options(kind: str, **values: object) -> Any:
    options = getattr(schema, f"{kind}OptionsT")()
    for key, value in values.items():
        setattr(options, key, value)
    return options


def tflite(change: Callable[[Any], object] = lambda model: None) -> bytes:
    """A file with most kinds of operator, after `change` of its `schema.ModelT`."""
    net = _Graph()
    step = {"strideW": 1, "strideH": 1, "padding": schema.Padding.SAME}
    relu = schema.ActivationFunctionType.RELU
    given = net.tensor(1, 5, 4, 2)
    x = net.apply(
        "PAD", [given, net.constant(np.int32([[0, 0], [1, 0], [0, 1], [0, 0]]))], (1, 6, 5, 2)
    )
    conv = _options("Conv2D", fusedActivationFunction=relu, **step)
    weights = [net.constant(numbers(3, 2, 2, 2)), net.constant(numbers(3))]
    x = net.apply("CONV_2D", [x, *weights], (1, 6, 5, 3), conv)
    weights = [net.constant(numbers(1, 2, 2, 3)), net.constant(numbers(3))]
    depthwise = _options("DepthwiseConv2D", depthMultiplier=1, **step)
    x = net.apply("DEPTHWISE_CONV_2D", [x, *weights], (1, 6, 5, 3), depthwise)
    x = net.apply("MUL", [x, net.constant(numbers(3, seed=4))], (1, 6, 5, 3), _options("Mul"))
    x = net.apply("ADD", [x, net.constant(numbers(3, seed=5))], (1, 6, 5, 3), _options("Add"))
    pool = _options("Pool2D", filterWidth=2, filterHeight=2, **{**step, "strideW": 2, "strideH": 2})
    x = net.apply("AVERAGE_POOL_2D", [x], (1, 3, 3, 3), pool)
    y = net.apply("LOGISTIC", [x], (1, 3, 3, 3))
    x = net.apply("ADD", [x, y], (1, 3, 3, 3), _options("Add"))
    x = net.apply("MEAN", [x, net.constant(np.int32([1, 2]))], (1, 3), _options("Reducer"))
    weights = [net.constant(numbers(4, 3)), net.constant(numbers(4))]
    x = net.apply("FULLY_CONNECTED", [x, *weights], (1, 4), _options("FullyConnected"))
    x = net.apply("SOFTMAX", [x], (1, 4), _options("Softmax", beta=1.0))
    net.graph.inputs, net.graph.outputs = [given], [x]
    change(net.model)
    builder = flatbuffers.Builder(1024)
    builder.Finish(net.model.Pack(builder), b"TFL3")
    return bytes(builder.Output())
