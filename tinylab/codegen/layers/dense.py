"""Dense layers, with float weights or with codes into a table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from tinylab.codegen.compress import Codebook
from tinylab.codegen.layers.filters import interleaved
from tinylab.codegen.layers.kernel import (
    Call,
    ClampedKernel,
    Kernel,
    Order,
    Parameter,
    Request,
    Value,
)
from tinylab.codegen.layers.requantize import Quantised, is_int8, variant, weight_zero
from tinylab.zoo.network import Shape, elements
from tinylab.zoo.operations import Dense, Operation


@dataclass(frozen=True, eq=False)
class FloatDense(ClampedKernel):
    """`rows` vectors of floats through one dense layer."""

    rows: int
    layer: Dense

    def order(self) -> Order | None:
        return None  # the last output depends on the first input

    @property
    def fields(self) -> Mapping[str, Value]:
        """Of `tl_dense_t`."""
        inputs, outputs = self.layer.weights.shape
        return {"rows": self.rows, "inputs": inputs, "outputs": outputs, **self.clamp.fields}


@dataclass(frozen=True, eq=False)
class DenseKernel(FloatDense):
    codebook: Codebook | None

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

    def call(self) -> Call:
        kind = {32: "", 8: "_x4", 4: "_x8"}[self.codebook.bits if self.codebook else 32]
        return Call(f"tl_dense{kind}_f32", "tl_dense_t", self.fields)


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
    types: Quantised
    weight_zero: int

    def parameters(self) -> tuple[Parameter, ...]:
        weights = Parameter.of("weights", self.layer.weights.T, "i1")
        return weights, *self.types.parameters(self.layer.bias, self.layer.quantization)

    def order(self) -> Order | None:
        return None

    def call(self) -> Call:
        inputs, outputs = self.layer.weights.shape
        sizes = {"rows": self.rows, "inputs": inputs, "outputs": outputs}
        shape = {**sizes, "weight_zero": self.weight_zero, **self.types.fields}
        return Call(variant("tl_dense", self.weight_zero), "tl_dense_s8_t", shape)

    def absorb(self, operation: Operation, shape: Shape) -> Kernel | None:
        types = self.types.then(operation)
        return replace(self, types=types) if types else None


def quantised(request: Request) -> Kernel | None:
    """For int8 tensors, and weights with one zero point."""
    layer = request.operation
    assert isinstance(layer, Dense)
    zero = weight_zero(layer.quantization)
    if zero is None or not is_int8(request):
        return None
    rows = elements(request.inputs[0].shape[:-1])
    return QuantisedDenseKernel(rows, layer, Quantised.of(request), zero)


def _packed(codes: np.ndarray[tuple[int], np.dtype[np.uint8]], bits: int) -> bytes:
    """8-bit codes unchanged; 4-bit codes two per byte, the first in the low half."""
    if bits == 8:
        return codes.tobytes()
    even = np.append(codes, np.zeros(codes.size % 2, np.uint8))
    return (even[0::2] | even[1::2] << 4).astype(np.uint8).tobytes()
