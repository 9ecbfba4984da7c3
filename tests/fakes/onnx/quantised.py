"""Models on integers, in both forms: QLinear operators, and QuantizeLinear around operators."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx

from tests.fakes.onnx.files import model, node

Array = npt.NDArray[Any]
INPUT_STEP, OUTPUT_STEP = 0.03, 0.0607
"""Their ratio is no simple fraction: halves, which are rounded in other ways, are rare."""
MICROSOFT = "com.microsoft"


class Parts:
    """Nodes and constants of a model whose integers are signed or not."""

    def __init__(self, dtype: str, seed: int = 0) -> None:
        self.dtype = np.dtype(dtype)
        self.random = np.random.default_rng(seed)
        self.nodes: list[Any] = []
        zero = 128 if dtype == "uint8" else 0
        self.constants: dict[str, Array] = {
            "xs": np.array(INPUT_STEP, np.float32),
            "xz": np.array(zero + 7, self.dtype),
            "ys": np.array(OUTPUT_STEP, np.float32),
            "yz": np.array(zero - 11, self.dtype),
        }
        self.add("QuantizeLinear", "x xs xz", "xq")

    def add(self, kind: str, inputs: str, outputs: str, **attributes: Any) -> None:
        self.nodes.append(node(kind, inputs, outputs, **attributes))

    def weights(self, shape: tuple[int, ...], axis: int, *, per_channel: bool) -> None:
        """`w` int8 with `ws` and `wz`, and the bias `b` int32 with its scale `bs`."""
        outputs = shape[axis]
        scales = self.random.uniform(0.01, 0.03, outputs if per_channel else ()).astype(np.float32)
        self.constants |= {
            "w": self.random.integers(-127, 128, shape).astype(np.int8),
            "ws": scales,
            "wz": np.zeros(scales.shape, np.int8),
            "b": self.random.integers(-2000, 2000, outputs).astype(np.int32),
            "bs": (scales * np.float32(INPUT_STEP)).astype(np.float32),
        }

    def between(self, kind: str, inputs: str = "xr", clamp: str = "", **attributes: Any) -> None:
        """QuantizeLinear and DequantizeLinear around the operator `kind`."""
        self.add("DequantizeLinear", "xq xs xz", "xr")
        self.add(kind, inputs, "r", **attributes)
        if clamp:
            self.add(clamp, "r", "l")
        self.add("QuantizeLinear", f"{'l' if clamp else 'r'} ys yz", "yq")

    def made(self, *shape: int) -> onnx.ModelProto:
        self.add("DequantizeLinear", "yq ys yz", "y")
        return model(self.nodes, {"x": (1, *shape)}, ["y"], self.constants, opset=13)


def q_conv(dtype: str, *, per_channel: bool, group: int = 1) -> onnx.ModelProto:
    parts = Parts(dtype)
    parts.weights((6, 3 // group, 3, 2), 0, per_channel=per_channel)
    parts.add(
        "QLinearConv",
        "xq xs xz w ws wz ys yz b",
        "yq",
        group=group,
        pads=[1, 0, 1, 1],
        strides=[1, 2],
    )
    return parts.made(3, 7, 8)


def qdq_conv(dtype: str, *, per_channel: bool, clamp: str = "Relu") -> onnx.ModelProto:
    parts = Parts(dtype)
    parts.weights((5, 4, 3), 0, per_channel=per_channel)
    parts.add("DequantizeLinear", "w ws wz", "wr", axis=0)
    parts.add("DequantizeLinear", "b bs", "br", axis=0)
    parts.between("Conv", "xr wr br", clamp, pads=[1, 1])
    return parts.made(4, 9)


def contradictory(axis: int = 0, **constants: Array) -> onnx.ModelProto:
    """A Conv of 5 channels with some constants of another value, and scales along `axis`."""
    parts = Parts("int8")
    parts.weights((5, 4, 1), 0, per_channel=True)
    parts.constants |= constants
    parts.add("DequantizeLinear", "w ws wz", "wr", axis=axis)
    parts.add("DequantizeLinear", "b bs", "br", axis=0)
    parts.between("Conv", "xr wr br")
    return parts.made(4, 9)


def q_matmul(dtype: str, *, per_channel: bool) -> onnx.ModelProto:
    parts = Parts(dtype)
    parts.weights((12, 5), 1, per_channel=per_channel)
    parts.add("QLinearMatMul", "xq xs xz w ws wz ys yz", "yq")
    return parts.made(12)


def q_gemm(dtype: str, *, per_channel: bool) -> onnx.ModelProto:
    parts = Parts(dtype)
    parts.weights((5, 12), 0, per_channel=per_channel)
    parts.add("QGemm", "xq xs xz w ws wz b ys yz", "yq", domain=MICROSOFT, transB=1, alpha=1.0)
    return parts.made(12)


def qdq_gemm(dtype: str, *, per_channel: bool) -> onnx.ModelProto:
    """With a bias of floats, after an image that is flattened."""
    parts = Parts(dtype)
    parts.weights((5, 24), 0, per_channel=per_channel)
    parts.constants["bf"] = parts.random.standard_normal(5).astype(np.float32)
    parts.add("DequantizeLinear", "w ws wz", "wr", axis=0)
    parts.add("MaxPool", "xq", "pq", kernel_shape=[2, 2], strides=[2, 2])
    parts.add("Flatten", "pq", "fq")
    parts.add("DequantizeLinear", "fq xs xz", "fr")
    parts.between("Gemm", "fr wr bf", transB=1)
    return parts.made(2, 6, 8)


def q_add(dtype: str) -> onnx.ModelProto:
    parts = Parts(dtype)
    parts.constants |= {"zs": np.array(0.05, np.float32), "zz": parts.constants["yz"]}
    parts.add("Neg", "x", "n")
    parts.add("Identity", "n", "c")
    parts.add("QuantizeLinear", "c zs zz", "zq")
    parts.add("QLinearAdd", "xq xs xz zq zs zz ys yz", "yq", domain=MICROSOFT)
    return parts.made(3, 4, 5)


def q_concat(dtype: str) -> onnx.ModelProto:
    """The tensor twice: with its own scale, which is not the output's."""
    parts = Parts(dtype)
    parts.add("QLinearConcat", "ys yz xq xs xz xq xs xz", "yq", domain=MICROSOFT, axis=1)
    return parts.made(3, 4, 5)


def mul(dtype: str) -> onnx.ModelProto:
    parts = Parts(dtype)
    parts.add("QLinearMul", "xq xs xz xq xs xz ys yz", "yq", domain=MICROSOFT)
    return parts.made(3, 4, 5)


def one(kind: str, dtype: str, **attributes: Any) -> onnx.ModelProto:
    """An operator without weights between quantised tensors."""
    parts = Parts(dtype)
    parts.between(kind, **attributes)
    return parts.made(3, 6, 8)


def softmax(dtype: str) -> onnx.ModelProto:
    """With the only output type that softmax on integers has."""
    parts = Parts(dtype)
    parts.constants["ys"] = np.array(1 / 256, np.float32)
    parts.constants["yz"] = np.array(np.iinfo(dtype).min, dtype)
    parts.between("Softmax", axis=1)
    return parts.made(10)


MODELS: dict[str, Callable[[str], onnx.ModelProto]] = {
    "QLinearConv": lambda dtype: q_conv(dtype, per_channel=False),
    "QLinearConv per channel": lambda dtype: q_conv(dtype, per_channel=True),
    "QLinearConv depthwise": lambda dtype: q_conv(dtype, per_channel=True, group=3),
    "Conv": lambda dtype: qdq_conv(dtype, per_channel=True),
    "Conv without clamp": lambda dtype: qdq_conv(dtype, per_channel=False, clamp=""),
    "QLinearMatMul": lambda dtype: q_matmul(dtype, per_channel=False),
    "QGemm": lambda dtype: q_gemm(dtype, per_channel=True),
    "Gemm": lambda dtype: qdq_gemm(dtype, per_channel=False),
    "QLinearAdd": q_add,
    "QLinearMul": mul,
    "QLinearConcat": q_concat,
    "GlobalAveragePool": lambda dtype: one("GlobalAveragePool", dtype),
    "Sigmoid": lambda dtype: one("Sigmoid", dtype),
    "Tanh": lambda dtype: one("Tanh", dtype),
    "Softmax": lambda dtype: one("Softmax", dtype, axis=3),
    "Softmax of integers": softmax,
    "Relu": lambda dtype: one("Relu", dtype),
    "MaxPool": lambda dtype: one("MaxPool", dtype, kernel_shape=[2, 3]),
}
