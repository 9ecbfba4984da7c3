"""Dense layers with weights that are codes of 8 bits, eight outputs at a time."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from tinylab.codegen.compress import Codebook
from tinylab.codegen.layers.fast.fast_kernel import Unsuited
from tinylab.codegen.layers.kernel import (
    UNCLAMPED,
    Call,
    Clamp,
    Kernel,
    Order,
    Parameter,
    Request,
)
from tinylab.zoo.network import Shape, elements
from tinylab.zoo.operations import Dense, Operation

BLOCK = 8
TABLE_BYTES = 4 * 256


@dataclass(frozen=True, eq=False)
class DenseCodedKernel(Kernel):
    """`rows` vectors through one dense layer."""

    rows: int
    layer: Dense
    codebook: Codebook
    function: str
    """Of a core."""
    clamp: Clamp = UNCLAMPED

    def parameters(self) -> tuple[Parameter, ...]:
        inputs, outputs = self.codebook.codes.shape
        codes = np.pad(self.codebook.codes, ((0, 0), (0, -outputs % BLOCK)))
        blocks = codes.reshape(inputs, -1, BLOCK).transpose(1, 0, 2)
        return (
            Parameter.of("table", self.codebook.table),
            Parameter.of("codes", blocks, "u1"),
            Parameter.of("bias", self.layer.bias),
        )

    def scratch(self) -> int:
        return TABLE_BYTES

    def order(self) -> Order | None:
        return None  # the last output depends on the first input

    def call(self) -> Call:
        inputs, outputs = self.layer.weights.shape
        layer = {"rows": self.rows, "inputs": inputs, "outputs": outputs, **self.clamp.fields}
        return Call(
            "tl_dense_coded_f32", "tl_dense_coded_t", {"layer": layer, "add": self.function}
        )

    def absorb(self, operation: Operation, shape: Shape) -> Kernel | None:
        clamp = Clamp.of(operation)
        return replace(self, clamp=self.clamp.then(clamp)) if clamp else None


def kernel(request: Request, function: str) -> Kernel | Unsuited:
    """For weights compressed four times."""
    layer, book = request.operation, request.codebook
    assert isinstance(layer, Dense)
    if not request.is_float or book is None or book.bits != 8:
        return Unsuited("has weights that are compressed four times")
    return DenseCodedKernel(elements(request.inputs[0].shape[:-1]), layer, book, function)
