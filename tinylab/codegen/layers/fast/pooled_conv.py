"""Convolutions of floats that are computed together with the max pooling that follows them."""

from __future__ import annotations

from dataclasses import dataclass, replace

from tinylab.codegen.layers.conv import ConvMaxPoolKernel
from tinylab.codegen.layers.kernel import Kernel
from tinylab.zoo.network import Shape
from tinylab.zoo.operations import Operation


@dataclass(frozen=True, eq=False)
class PooledConv(Kernel):
    """A kernel for both layers, which `fused` describes."""

    fused: ConvMaxPoolKernel

    def absorb(self, operation: Operation, shape: Shape) -> Kernel | None:
        fused = self.fused.absorb(operation, shape)
        return replace(self, fused=fused) if isinstance(fused, ConvMaxPoolKernel) else None
