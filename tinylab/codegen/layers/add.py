"""Sums of two tensors."""

from __future__ import annotations

from dataclasses import dataclass, replace

from tinylab.codegen.layers.kernel import (
    UNCLAMPED,
    Call,
    Clamp,
    Kernel,
    Order,
    Request,
    element_by_element,
)
from tinylab.zoo.network import Operation, Shape


@dataclass(frozen=True)
class AddKernel(Kernel):
    count: int
    clamp: Clamp = UNCLAMPED

    def order(self) -> Order | None:
        return element_by_element(self.count)

    def call(self) -> Call:
        return Call("tl_add_f32", numbers=(self.count, self.clamp.low, self.clamp.high))

    def absorb(self, operation: Operation, shape: Shape) -> Kernel | None:
        clamp = Clamp.of(operation)
        return replace(self, clamp=self.clamp.then(clamp)) if clamp else None


def kernel(request: Request) -> Kernel:
    return AddKernel(request.output.elements)
