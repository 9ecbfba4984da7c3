"""Dense layers with weights that are codes of 8 bits, eight outputs at a time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tinylab.codegen.compress import Codebook
from tinylab.codegen.layers.dense import FloatDense
from tinylab.codegen.layers.fast.fast_kernel import Unsuited
from tinylab.codegen.layers.kernel import (
    Call,
    Kernel,
    Parameter,
    Request,
)
from tinylab.codegen.target import Goal
from tinylab.zoo.network import elements
from tinylab.zoo.operations import Dense

BLOCK = 8
TABLE_BYTES = 4 * 256


@dataclass(frozen=True, eq=False)
class DenseCodedKernel(FloatDense):
    codebook: Codebook
    function: str
    """Of a core."""

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

    def call(self) -> Call:
        return Call(
            "tl_dense_coded_f32", "tl_dense_coded_t", {"layer": self.fields, "add": self.function}
        )


def kernel(request: Request, function: str) -> Kernel | Unsuited:
    """For weights compressed four times."""
    layer, book = request.operation, request.codebook
    assert isinstance(layer, Dense)
    if not request.is_float or book is None or book.bits != 8:
        return Unsuited("has weights that are compressed four times")
    if request.target.goal is Goal.RAM:
        return Unsuited(f"needs {TABLE_BYTES} bytes for a table")
    return DenseCodedKernel(elements(request.inputs[0].shape[:-1]), layer, book, function)
