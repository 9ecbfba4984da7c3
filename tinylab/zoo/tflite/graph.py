"""The tensors of a .tflite file: their shapes, constants, and the layers that output them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cache
from typing import Any, NoReturn

import numpy as np
import numpy.typing as npt
from tflite.TensorType import TensorType

from tinylab.errors import ModelFileError
from tinylab.zoo.builder import Builder
from tinylab.zoo.network import INPUT, FloatArray, Shape

REMEDY_DAMAGED = "Convert or download the file again."
REMEDY_FLOAT = (
    "Only float32 .tflite files are supported; convert the model again without quantisation."
)
LONGEST_NAME = 80
GENERAL_NAMES = ("'StatefulPartitionedCall", "'PartitionedCall", "'Identity")
"""How the converter calls a network's output, shown; the layer's name is lost."""
REMEDY_SHAPE = "Convert the model with a fixed input shape and a batch of 1."


@dataclass(frozen=True)
class Operator:
    """One operator: TensorFlow Lite's name, its options, tensor indexes in and out."""

    kind: str
    options: Any
    inputs: tuple[int, ...]
    """A missing optional input is -1."""
    output: int


@dataclass(frozen=True)
class Tensor:
    """A tensor as described in the file: `type` is a number of the schema's TensorType."""

    name: str
    type: int
    shape: Shape
    signature: tuple[int, ...]
    """The shape as declared; -1 stands for any size."""
    buffer: int
    sparse: bool


class Graph:
    """A subgraph while it is converted to layers.

    All queries raise ModelFileError for tensors that are not float32 or have no fixed shape, and
    IndexError for tensors that are not in the file. A computed tensor has the shape of the layer
    that outputs it, with a batch of one before it. It has no such batch if it is *flat*: a matrix
    whose rows are the positions of one sample.
    """

    def __init__(self, model: Any, subgraph: Any) -> None:
        self._model = model
        self._subgraph = subgraph
        operators = (subgraph.Operators(index) for index in range(subgraph.OperatorsLength()))
        self._uses = Counter(tensor for entry in operators for tensor in inputs_of(entry))
        self._uses.update(subgraph.Outputs(index) for index in range(subgraph.OutputsLength()))
        self._integers: dict[int, npt.NDArray[np.int64]] = {}
        self._names: dict[int, str] = {}
        self._flat: set[int] = set()
        self.check_float(subgraph.Inputs(0))
        self.builder: Builder

    def begin(self) -> None:
        """Start with the input."""
        source = self._subgraph.Inputs(0)
        self.builder = Builder(self._stated(source))
        self._names[source] = INPUT

    def define(self, tensor: int, name: str, *, flat: bool = False) -> None:
        """Layer `name` outputs `tensor`. Raises ModelFileError if the file states another shape."""
        self._names[tensor] = name
        if flat:
            self._flat.add(tensor)
        entry, made = self._tensor(tensor), self.full_shape(tensor)
        stated = entry.signature
        agrees = len(stated) == len(made) and all(
            size in (-1, actual) for size, actual in zip(stated, made, strict=True)
        )
        if stated and not agrees:
            raise ModelFileError(
                f"tensor {self.shown(tensor)} has the shape {made}, but the file states {stated}.",
                remedy=REMEDY_DAMAGED,
            )

    def define_integers(self, tensor: int, values: npt.NDArray[np.int64]) -> None:
        """`tensor` is part of a shape."""
        self._integers[tensor] = values

    def name_of(self, tensor: int) -> str:
        """The layer that outputs `tensor`."""
        if tensor not in self._names:
            raise ModelFileError("reads a tensor that no operator writes.", remedy=REMEDY_DAMAGED)
        return self._names[tensor]

    def uses(self, tensor: int) -> int:
        """The number of operators that read `tensor`; the network's output counts as one."""
        return self._uses[tensor]

    def is_float(self, tensor: int) -> bool:
        return bool(self._tensor(tensor).type == TensorType.FLOAT32)

    def is_integer(self, tensor: int) -> bool:
        """Whether `tensor` can be part of a shape."""
        return self._tensor(tensor).type in (TensorType.INT32, TensorType.INT64)

    def check_float(self, tensor: int) -> None:
        """Raises ModelFileError unless `tensor` has the type float32."""
        if not self.is_float(tensor):
            kind = constants(TensorType).get(self._tensor(tensor).type, "unknown").lower()
            raise ModelFileError(
                f"contains {kind} numbers in tensor {self.shown(tensor)}.", remedy=REMEDY_FLOAT
            )

    def shape(self, tensor: int) -> Shape:
        """The shape of a computed tensor without its batch of 1."""
        return self.builder.shapes[self.name_of(tensor)]

    def is_flat(self, tensor: int) -> bool:
        """Whether a computed tensor has no batch."""
        return tensor in self._flat

    def full_shape(self, tensor: int) -> Shape:
        """The shape of a computed tensor as TensorFlow Lite has it."""
        shape = self.shape(tensor)
        return shape if self.is_flat(tensor) else (1, *shape)

    def rank(self, tensor: int) -> int:
        """The number of dimensions, with the batch, that the file states."""
        return len(self._tensor(tensor).shape)

    def stated_shape(self, tensor: int) -> Shape:
        """The shape, with its batch of 1, that the file states for a tensor not computed yet."""
        return (1, *self._stated(tensor))

    def _stated(self, tensor: int) -> Shape:
        entry = self._tensor(tensor)
        batch_of_one = len(entry.shape) >= 2 and entry.shape[0] == 1
        if not batch_of_one or any(size < 0 for size in entry.signature[1:]):
            self.refuse_shape(tensor)
        return entry.shape[1:]

    def refuse_shape(self, tensor: int) -> NoReturn:
        """Raises ModelFileError for a tensor that is not a batch of 1 of a fixed shape."""
        shown = ", ".join("?" if size < 0 else str(size) for size in self._tensor(tensor).signature)
        raise ModelFileError(
            f"tensor {self.shown(tensor)} has the shape ({shown}), not a batch of 1 "
            "with fixed dimensions.",
            remedy=REMEDY_SHAPE,
        )

    def is_constant(self, tensor: int) -> bool:
        return self._data(tensor).size > 0

    def floats(self, tensor: int) -> FloatArray:
        """A constant of float32 numbers."""
        self.check_float(tensor)
        return np.ascontiguousarray(self._constant(tensor, np.dtype("<f4")), dtype=np.float32)

    def is_known(self, tensor: int) -> bool:
        """Whether `tensor` holds integers that are constant or were computed."""
        return tensor in self._integers or (self.is_integer(tensor) and self.is_constant(tensor))

    def known(self, tensor: int) -> npt.NDArray[np.int64]:
        """Integers that are constant or were computed."""
        if tensor in self._integers:
            return self._integers[tensor]
        widths = {TensorType.INT32: "<i4", TensorType.INT64: "<i8"}
        return self._constant(tensor, np.dtype(widths[self._tensor(tensor).type])).astype(np.int64)

    def integers(self, tensor: int) -> tuple[int, ...]:
        """The same, flat."""
        return tuple(int(value) for value in self.known(tensor).ravel())

    def shown(self, tensor: int) -> str:
        """A tensor's name, which contains the name of the layer in Keras."""
        return repr(self._tensor(tensor).name.split(";")[0][:LONGEST_NAME] or str(tensor))

    def shown_operator(self, operator: Operator) -> str:
        """An operator's kind, and where it is: by its output, unless that has a general name."""
        place = self.shown(operator.output)
        if place.startswith(GENERAL_NAMES) and operator.inputs and operator.inputs[0] >= 0:
            place = f"on {self.shown(operator.inputs[0])}"
        return f"{operator.kind} {place}"

    def _tensor(self, index: int) -> Tensor:
        if not 0 <= index < self._subgraph.TensorsLength():
            raise IndexError(f"there is no tensor {index}")
        entry = self._subgraph.Tensors(index)
        shape = () if entry.ShapeIsNone() else _integers(entry.ShapeAsNumpy())
        return Tensor(
            (entry.Name() or b"").decode("utf-8", "replace"),
            entry.Type(),
            shape,
            shape if entry.ShapeSignatureIsNone() else _integers(entry.ShapeSignatureAsNumpy()),
            entry.Buffer(),
            entry.Sparsity() is not None,
        )

    def _data(self, tensor: int) -> npt.NDArray[np.uint8]:
        """The bytes of a constant; empty for a computed tensor."""
        index = self._tensor(tensor).buffer
        if not 0 <= index < self._model.BuffersLength():
            raise IndexError(f"there is no buffer {index}")
        buffer = self._model.Buffers(index)
        if buffer.DataIsNone():
            return np.zeros(0, np.uint8)
        data: npt.NDArray[np.uint8] = buffer.DataAsNumpy()
        return data

    def _constant(self, tensor: int, kind: np.dtype[Any]) -> npt.NDArray[Any]:
        entry, data = self._tensor(tensor), self._data(tensor)
        if data.size == 0 or entry.sparse:
            raise ModelFileError(
                f"does not contain plain values for tensor {self.shown(tensor)}.",
                remedy="Weights must be dense constants in the file, not sparse or computed.",
            )
        return np.frombuffer(data, kind).reshape(entry.shape)


def inputs_of(operator: Any) -> tuple[int, ...]:
    """The tensors that an operator of the file reads; a missing optional one is -1."""
    return () if operator.InputsIsNone() else _integers(operator.InputsAsNumpy())


def _integers(values: npt.NDArray[np.int32]) -> tuple[int, ...]:
    return tuple(int(value) for value in values)


@cache
def constants(enumeration: type) -> dict[int, str]:
    """The names of an enumeration of the schema by their numbers."""
    return {code: name for name, code in vars(enumeration).items() if isinstance(code, int)}
