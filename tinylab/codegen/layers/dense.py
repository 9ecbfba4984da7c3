"""Dense layers, with float weights or with codes into a table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from tinylab.codegen.compress import Codebook
from tinylab.codegen.layers import requantize
from tinylab.codegen.layers.filters import interleaved
from tinylab.codegen.layers.kernel import (
    UNCLAMPED,
    Call,
    Clamp,
    Kernel,
    Order,
    Parameter,
    Request,
    Value,
)
from tinylab.zoo.network import Dense, Operation, Shape, elements
from tinylab.zoo.tensor_type import TensorType


@dataclass(frozen=True, eq=False)
class DenseKernel(Kernel):
    """`rows` vectors through one dense layer."""

    rows: int
    layer: Dense
    codebook: Codebook | None
    clamp: Clamp = UNCLAMPED

    def parameters(self) -> tuple[Parameter, ...]:
        bias = Parameter.of("bias", self.layer.bias)
        if self.codebook is None:
            return Parameter.of("weights", interleaved(self.layer.weights.T)), bias
        codes = interleaved(self.codebook.codes.T)
        return (
            Parameter.of("table", self.codebook.table),
            Parameter("codes", _packed(codes, self.codebook.bits)),
            bias,
        )

    def order(self) -> Order | None:
        return None  # the last output depends on the first input

    def call(self) -> Call:
        inputs, outputs = self.layer.weights.shape
        kind = {32: "", 8: "_x4", 4: "_x8"}[self.codebook.bits if self.codebook else 32]
        shape = {"rows": self.rows, "inputs": inputs, "outputs": outputs, **self.clamp.fields}
        return Call(f"tl_dense{kind}_f32", "tl_dense_t", shape)

    def absorb(self, operation: Operation, shape: Shape) -> Kernel | None:
        clamp = Clamp.of(operation)
        return replace(self, clamp=self.clamp.then(clamp)) if clamp else None


def kernel(request: Request) -> Kernel:
    """For float tensors; the layer applies to the last axis of its input."""
    assert isinstance(request.operation, Dense)
    rows = elements(request.inputs[0].shape[:-1])
    return DenseKernel(rows, request.operation, request.codebook)


@dataclass(frozen=True, eq=False)
class QuantisedDenseKernel(Kernel):
    """`rows` vectors of int8 through one dense layer."""

    rows: int
    layer: Dense
    input: TensorType
    output: TensorType
    limits: tuple[int, int]

    def parameters(self) -> tuple[Parameter, ...]:
        assert self.layer.quantization is not None
        outputs = self.layer.weights.shape[1]
        return (
            Parameter.of("weights", self.layer.weights.T, "i1"),
            Parameter.of("bias", self.layer.bias, "<i4"),
            *requantize.parameters(self.layer.quantization, outputs, self.input, self.output),
        )

    def order(self) -> Order | None:
        return None

    def call(self) -> Call:
        inputs, outputs = self.layer.weights.shape
        shape: Mapping[str, Value] = {
            "rows": self.rows,
            "inputs": inputs,
            "outputs": outputs,
            "input_zero": self.input.zero_point,
            "output_zero": self.output.zero_point,
            "low": self.limits[0],
            "high": self.limits[1],
        }
        return Call("tl_dense_s8", "tl_dense_s8_t", shape)

    def absorb(self, operation: Operation, shape: Shape) -> Kernel | None:
        limits = requantize.limited(self.limits, operation, self.output)
        return replace(self, limits=limits) if limits else None


def quantised(request: Request) -> Kernel | None:
    """For int8 tensors with symmetric weights."""
    assert isinstance(request.operation, Dense)
    if not requantize.is_int8(request, request.operation.quantization):
        return None
    given, made = request.inputs[0], request.output.type
    rows = elements(given.shape[:-1])
    return QuantisedDenseKernel(rows, request.operation, given.type, made, made.number.range)


def _packed(codes: np.ndarray[tuple[int], np.dtype[np.uint8]], bits: int) -> bytes:
    """8-bit codes unchanged; 4-bit codes two per byte, the first in the low half."""
    if bits == 8:
        return codes.tobytes()
    even = np.append(codes, np.zeros(codes.size % 2, np.uint8))
    return (even[0::2] | even[1::2] << 4).astype(np.uint8).tobytes()
