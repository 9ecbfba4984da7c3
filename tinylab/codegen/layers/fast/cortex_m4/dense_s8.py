"""Dense layers of int8 tensors on the Cortex-M4 and M33: eight outputs at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from tinylab.codegen.layers.fast.cortex_m4.cores import CORES
from tinylab.codegen.layers.fast.fast_kernel import FastKernel, Unsuited
from tinylab.codegen.layers.fast.int8_packing import MOST_SHIFTED, Filters, quantised_layer
from tinylab.codegen.layers.kernel import Call, Kernel, Order, Parameter, Request, Value
from tinylab.codegen.layers.requantize import Quantised
from tinylab.zoo.execution.integer.fixed_point import multiplied_once
from tinylab.zoo.network import Shape, elements
from tinylab.zoo.operations import Dense, Operation

NAME = "tl_dense_pairs_s8"
WIDTH = 8
"""Outputs of a block."""


@dataclass(frozen=True, eq=False)
class DensePairsKernel(Kernel):
    """`rows` vectors of int8 through one dense layer."""

    rows: int
    layer: Dense
    types: Quantised
    filters: Filters
    """Padded."""

    @property
    def depth(self) -> int:
        return int(self.filters.weights.shape[1])

    def parameters(self) -> tuple[Parameter, ...]:
        return (Parameter("stream", self.filters.blocks(WIDTH, self.filters.once_rounded())),)

    def scratch(self) -> int:
        rest = self.filters.bias.size if self.layer.bias.size % WIDTH else 0
        return 2 * self.depth + rest

    def order(self) -> Order | None:
        return None

    def call(self) -> Call:
        inputs, outputs = self.layer.weights.shape
        sizes = {"rows": self.rows, "inputs": inputs, "outputs": outputs}
        shape: Mapping[str, Value] = {
            "dense": {**sizes, **self.types.fields},
            "compute": "tl_dense_rows_m4_s8",
            "depth": self.depth,
            "blocks": self.filters.bias.size // WIDTH,
        }
        return Call(NAME, "tl_dense_pairs_s8_t", shape)

    def absorb(self, operation: Operation, shape: Shape) -> Kernel | None:
        types = self.types.then(operation)
        return replace(self, types=types) if types else None


def kernel(request: Request) -> Kernel | Unsuited:
    layer = request.operation
    assert isinstance(layer, Dense)
    types = quantised_layer(request)
    if isinstance(types, Unsuited):
        return types
    filters = Filters.of(layer.weights.T, layer.bias, layer.quantization, types, multiplied_once)
    if reason := filters.why_not(2, MOST_SHIFTED + 1):
        return reason
    rows = elements(request.inputs[0].shape[:-1])
    return DensePairsKernel(rows, layer, types, filters.padded(WIDTH, 4))


FAST_DENSE = FastKernel(NAME, CORES, kernel)
