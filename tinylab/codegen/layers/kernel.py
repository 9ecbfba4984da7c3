"""The interface of every layer kind of the generator: parameters, access order, call."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from tinylab.zoo.network import Clip, FloatArray, Function, Operation, Shape

Times = npt.NDArray[np.int64]

Value = int | float | Mapping[str, "Value"]
"""A field of a shape structure: a number or a nested structure."""


@dataclass(frozen=True, eq=False)
class Parameter:
    """One array of the weights file, in the kernel's storage order."""

    name: str
    data: bytes
    c_type: str = "float"

    @staticmethod
    def floats(name: str, values: FloatArray) -> Parameter:
        return Parameter(name, np.ascontiguousarray(values, dtype="<f4").tobytes())


@dataclass(frozen=True, eq=False)
class Order:
    """When a kernel accesses each element, in ticks of its own loops.

    `reads`: for each element of the input, its last read, -1 for never; `writes`: for
    each element of the output, its first write. Within a tick, reads precede writes.
    Kernels with two inputs read both in this order.
    """

    reads: Times
    writes: Times

    @property
    def lead(self) -> int:
        """The largest safe start of the output, in elements relative to the input's start.

        Safe means that no write overwrites an input element that is still to be read.
        Any smaller (more negative) start is safe too.
        """
        # The running maximum of the reads is sorted, so one search finds, for each write, the
        # first element that it must not reach.
        latest = np.maximum.accumulate(self.reads)
        reach = np.searchsorted(latest, self.writes, side="right")
        bound = reach < latest.size
        if not bound.any():
            return int(latest.size)
        return int((reach - 1 - np.arange(reach.size))[bound].min())


@dataclass(frozen=True)
class Call:
    """A call of a kernel: `function(&shape or numbers, inputs, parameters, output)`."""

    function: str
    shape_type: str = ""
    shape: Mapping[str, Value] = field(default_factory=dict)
    numbers: tuple[int | float, ...] = ()


class Kernel(ABC):
    """A C kernel with its shapes and parameters fixed; one subclass for each layer kind."""

    def parameters(self) -> tuple[Parameter, ...]:
        """The arrays for the weights file, in the order of the call's arguments."""
        return ()

    @abstractmethod
    def order(self) -> Order | None:
        """The order of reads and writes; None if the output must not overlap the input."""

    @abstractmethod
    def call(self) -> Call:
        """The C function and its shapes."""

    def absorb(self, operation: Operation, shape: Shape) -> Kernel | None:
        """This kernel fused with `operation`, with output `shape`; None if not supported."""
        return None


@dataclass(frozen=True)
class Clamp:
    """Activation functions that clamp values: `min(max(x, low), high)`."""

    low: float = -math.inf
    high: float = math.inf

    @staticmethod
    def of(operation: Operation) -> Clamp | None:
        """`operation` as a clamp, or None."""
        if isinstance(operation, Clip):
            return Clamp(operation.low, operation.high)
        return _CLAMPS.get(getattr(operation, "function", None))

    def then(self, later: Clamp) -> Clamp:
        """This clamp followed by `later`, as one clamp."""
        return Clamp(later.apply(self.low), later.apply(self.high))

    def apply(self, value: float) -> float:
        return min(max(value, self.low), self.high)

    @property
    def fields(self) -> Mapping[str, float]:
        return {"low": self.low, "high": self.high}


UNCLAMPED = Clamp()

_CLAMPS: Mapping[Function | None, Clamp] = {
    Function.LINEAR: UNCLAMPED,
    Function.RELU: Clamp(low=0.0),
    Function.RELU6: Clamp(low=0.0, high=6.0),
}


def element_by_element(count: int) -> Order:
    """Each element is read, then written, before the next."""
    ticks = np.arange(count, dtype=np.int64)
    return Order(reads=ticks, writes=ticks)
