"""Dense layers, with float weights or with codes into a table."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from tinylab.codegen.compress import Codebook
from tinylab.codegen.layers.filters import interleaved
from tinylab.codegen.layers.kernel import UNCLAMPED, Call, Clamp, Kernel, Order, Parameter
from tinylab.zoo.network import Dense, Operation, Shape, elements


@dataclass(frozen=True, eq=False)
class DenseKernel(Kernel):
    """`rows` vectors through one dense layer."""

    rows: int
    layer: Dense
    codebook: Codebook | None
    clamp: Clamp = UNCLAMPED

    def parameters(self) -> tuple[Parameter, ...]:
        bias = Parameter.floats("bias", self.layer.bias)
        if self.codebook is None:
            return Parameter.floats("weights", interleaved(self.layer.weights.T)), bias
        codes = interleaved(self.codebook.codes.T)
        return (
            Parameter.floats("table", self.codebook.table),
            Parameter("codes", _packed(codes, self.codebook.bits), "uint8_t"),
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


def kernel(layer: Dense, shape: Shape, codebook: Codebook | None) -> Kernel:
    """For an input of `shape`; the layer applies to its last axis."""
    return DenseKernel(elements(shape[:-1]), layer, codebook)


def _packed(codes: np.ndarray[tuple[int], np.dtype[np.uint8]], bits: int) -> bytes:
    """8-bit codes unchanged; 4-bit codes two per byte, the first in the low half."""
    if bits == 8:
        return codes.tobytes()
    even = np.append(codes, np.zeros(codes.size % 2, np.uint8))
    return (even[0::2] | even[1::2] << 4).astype(np.uint8).tobytes()
