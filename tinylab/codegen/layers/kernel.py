"""The interface of every layer kind of the generator: what is asked for, and a kernel.

A `Request` states a layer's operation and its tensors; a kernel that is chosen for it states its
parameters, the order of its accesses, its scratch memory and its call.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from tinylab.codegen.compress import Codebook
from tinylab.codegen.target import ANY, Target
from tinylab.zoo.network import Shape, elements
from tinylab.zoo.operations import Clip, Function, Operation
from tinylab.zoo.tensor_type import FLOAT, TensorType

ALIGNMENT = 4
"""Bytes: every tensor and every parameter begins at a multiple of this."""

Times = npt.NDArray[np.int64]

Value = int | float | str | Mapping[str, "Value"]
"""A field of a shape structure: a number, the name of a function, or a nested structure."""


@dataclass(frozen=True)
class Operand:
    """The shape and the type of a tensor that a layer reads or writes."""

    shape: Shape
    type: TensorType = FLOAT

    @property
    def elements(self) -> int:
        return elements(self.shape)

    @property
    def bytes(self) -> int:
        return self.elements * self.type.number.bytes


@dataclass(frozen=True, eq=False)
class Request:
    """A layer that needs a kernel."""

    operation: Operation
    inputs: tuple[Operand, ...]
    output: Operand
    codebook: Codebook | None = None
    states: tuple[Operand, ...] = ()
    target: Target = ANY

    @property
    def shapes(self) -> tuple[Shape, Shape]:
        """Of the (first) input and of the output."""
        return self.inputs[0].shape, self.output.shape

    @property
    def is_float(self) -> bool:
        """Whether all tensors are floats."""
        return all(one.type.is_float for one in (*self.inputs, self.output))


@dataclass(frozen=True, eq=False)
class Parameter:
    """One array of the weights file, in the kernel's storage order."""

    name: str
    data: bytes

    @staticmethod
    def of(name: str, values: npt.ArrayLike, dtype: str = "<f4") -> Parameter:
        """`values` stored as `dtype`, which is little-endian."""
        return Parameter(name, np.ascontiguousarray(values, dtype=dtype).tobytes())


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

    def lead_bytes(self, input_bytes: int, output_bytes: int) -> int:
        """`lead` in bytes, for elements of these sizes, down to a multiple of `ALIGNMENT`."""
        if input_bytes == output_bytes:
            lead = input_bytes * self.lead
        else:
            reads, writes = self.reads.repeat(input_bytes), self.writes.repeat(output_bytes)
            lead = Order(reads, writes).lead
        return lead // ALIGNMENT * ALIGNMENT


@dataclass(frozen=True)
class Call:
    """A call of a kernel: `function(&shape, numbers, inputs, parameters, scratch, output)`."""

    function: str
    shape_type: str = ""
    shape: Mapping[str, Value] = field(default_factory=dict)
    numbers: tuple[int | float, ...] = ()
    inputs_as_array: bool = False
    """The inputs are one argument: an array of pointers."""


class Kernel(ABC):
    """A C kernel with its shapes and parameters fixed; one subclass for each layer kind."""

    def parameters(self) -> tuple[Parameter, ...]:
        """The arrays for the weights file, in the order of the call's arguments."""
        return ()

    def states(self) -> int:
        """How many states the call has, after the parameters; NULL for a layer without them."""
        return 0

    def scratch(self) -> int:
        """Bytes of memory that the kernel needs while it runs; 0: the call has no scratch."""
        return 0

    @abstractmethod
    def order(self) -> Order | None:
        """The order of reads and writes; None if the output must not overlap the input."""

    @abstractmethod
    def call(self) -> Call:
        """The C function and its shapes."""

    def makes_image(self, shape: Shape) -> bool:
        """Whether the kernel's output, before any reshaping, is an image of this shape."""
        return False

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


@dataclass(frozen=True, eq=False)
class ClampedKernel(Kernel):
    """A kernel that clamps its outputs, and so takes over activation functions that clamp."""

    clamp: Clamp = field(default=UNCLAMPED, kw_only=True)

    def absorb(self, operation: Operation, shape: Shape) -> Kernel | None:
        clamp = Clamp.of(operation)
        return replace(self, clamp=self.clamp.then(clamp)) if clamp else None


def element_by_element(count: int) -> Order:
    """Each element is read, then written, before the next."""
    ticks = np.arange(count, dtype=np.int64)
    return Order(reads=ticks, writes=ticks)
