"""Lookups and normalisation of rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tinylab.codegen.layers.kernel import (
    Call,
    Kernel,
    Order,
    Parameter,
    Request,
    element_by_element,
)
from tinylab.zoo.operations import Embedding, LayerNorm


@dataclass(frozen=True, eq=False)
class EmbeddingKernel(Kernel):
    layer: Embedding
    count: int

    def parameters(self) -> tuple[Parameter, ...]:
        return (Parameter.of("weights", self.layer.weights),)

    def order(self) -> Order | None:
        ticks = np.arange(self.count, dtype=np.int64)
        return Order(ticks, np.repeat(ticks, self.layer.weights.shape[1]))

    def call(self) -> Call:
        return Call("tl_embedding_f32", numbers=(self.count, *self.layer.weights.shape))


@dataclass(frozen=True, eq=False)
class LayerNormKernel(Kernel):
    layer: LayerNorm
    rows: int

    @property
    def count(self) -> int:
        """Elements of a row."""
        return self.layer.scale.size

    def parameters(self) -> tuple[Parameter, ...]:
        scale = Parameter.of("scale", self.layer.scale)
        return scale, Parameter.of("offset", self.layer.offset)

    def order(self) -> Order | None:
        # The row is summed twice first; then each element is read, and written.
        return element_by_element(self.rows * self.count)

    def call(self) -> Call:
        return Call("tl_layer_norm_f32", numbers=(self.rows, self.count, self.layer.epsilon))


def embedding(request: Request) -> Kernel:
    assert isinstance(request.operation, Embedding)
    return EmbeddingKernel(request.operation, request.inputs[0].elements)


def layer_norm(request: Request) -> Kernel:
    assert isinstance(request.operation, LayerNorm)
    return LayerNormKernel(
        request.operation, request.output.elements // request.operation.scale.size
    )
