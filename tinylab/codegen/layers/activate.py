"""Activation functions that are not part of another kernel."""

from __future__ import annotations

from dataclasses import dataclass, replace

from tinylab.codegen.layers.kernel import UNCLAMPED, Call, Clamp, Kernel, Order, element_by_element
from tinylab.zoo.network import Activate, Clip, Function, Operation, Shape, elements


@dataclass(frozen=True)
class ClampKernel(Kernel):
    count: int
    clamp: Clamp

    def order(self) -> Order | None:
        return element_by_element(self.count)

    def call(self) -> Call:
        return Call("tl_clamp_f32", numbers=(self.count, self.clamp.low, self.clamp.high))

    def absorb(self, operation: Operation, shape: Shape) -> Kernel | None:
        clamp = Clamp.of(operation)
        return replace(self, clamp=self.clamp.then(clamp)) if clamp else None


@dataclass(frozen=True)
class CurveKernel(Kernel):
    """Sigmoid and tanh."""

    function: Function
    count: int

    def order(self) -> Order | None:
        return element_by_element(self.count)

    def call(self) -> Call:
        return Call(f"tl_{self.function}_f32", numbers=(self.count,))


@dataclass(frozen=True)
class SoftmaxKernel(Kernel):
    rows: int
    count: int

    def order(self) -> Order | None:
        # Each row is first searched for its maximum; nothing is written before that.
        return element_by_element(self.rows * self.count)

    def call(self) -> Call:
        return Call("tl_softmax_f32", numbers=(self.rows, self.count))


def kernel(layer: Activate | Clip, shape: Shape) -> Kernel:
    clamp = Clamp.of(layer)
    if clamp or isinstance(layer, Clip):
        return ClampKernel(elements(shape), clamp or UNCLAMPED)
    if layer.function is Function.SOFTMAX:
        return SoftmaxKernel(elements(shape[:-1]), shape[-1])
    return CurveKernel(layer.function, elements(shape))
