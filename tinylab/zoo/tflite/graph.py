"""The tensors of a .tflite file: their shapes, constants, and the layers that output them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import numpy.typing as npt
from tflite.BuiltinOperator import BuiltinOperator

from tinylab.errors import ModelFileError
from tinylab.zoo.builder import Builder
from tinylab.zoo.network import Shape, elements
from tinylab.zoo.operations import Constant, Convert
from tinylab.zoo.shapes import MAX_DIMENSIONS
from tinylab.zoo.tensor_type import FLOAT, Array, FloatArray, TensorType
from tinylab.zoo.tflite.tensors import INTEGERS, REMEDY_DAMAGED, REMEDY_SHAPE, Tensors, inputs_of

Blocks = tuple[int, int]
"""Height and width of what SPACE_TO_BATCH_ND puts into as many batches."""


def sample(full: Shape) -> tuple[Shape, bool, Shape | None]:
    """The layer's shape for a tensor of the shape `full`; whether it is flat; `full` if wide."""
    flat = len(full) < 2 or full[0] != 1
    shape = (full or (1,)) if flat else full[1:]
    if len(shape) <= MAX_DIMENSIONS:
        return shape, flat, None if full else full
    joined = elements(shape[: -MAX_DIMENSIONS + 1])
    return (joined, *shape[-MAX_DIMENSIONS + 1 :]), flat, full


class Graph(Tensors):
    """A subgraph while it is converted to layers.

    All queries raise ModelFileError for tensors of unsupported types or without a fixed shape, and
    IndexError for tensors that are not in the file. A computed tensor has the shape of the layer
    that outputs it, with a batch of one before it. It has no such batch if it is *flat*: a matrix
    whose rows are the positions of one sample. One of more dimensions than a layer has is *wide*:
    its layer has the same elements in another shape.
    """

    def __init__(self, model: Any, subgraph: Any) -> None:
        super().__init__(model, subgraph)
        operators = [subgraph.Operators(index) for index in range(subgraph.OperatorsLength())]
        self._uses = Counter(tensor for entry in operators for tensor in inputs_of(entry))
        casts = [entry for entry in operators if self._code(entry) == BuiltinOperator.CAST]
        cast = Counter(tensor for entry in casts for tensor in inputs_of(entry))
        self.plain = frozenset(one for one in self.inputs if 0 < cast[one] == self._uses[one])
        self._uses.update(subgraph.Outputs(index) for index in range(subgraph.OutputsLength()))
        self._integers: dict[int, npt.NDArray[np.int64]] = {}
        self._names: dict[int, str] = {}
        self._flat: set[int] = set()
        self.handles: dict[int, str] = {}
        """The variables that tensors name."""
        self.variables: dict[str, str] = {}
        """What readers of a variable get: a state, or the layer that was assigned last."""
        self.kept: dict[str, str] = {}
        """The state of a variable that an inference reads before it assigns."""
        self.first: Mapping[str, tuple[Array, TensorType]] = {}
        """The elements that variables begin with."""
        self._wide: dict[int, Shape] = {}
        self._blocks: dict[int, Blocks] = {}
        self.builder: Builder

    def _code(self, operator: Any) -> int:
        code = self._model.OperatorCodes(operator.OpcodeIndex())
        return int(max(code.BuiltinCode(), code.DeprecatedBuiltinCode()))

    def begin(self) -> None:
        """Start with the inputs, whose types are checked."""
        for tensor in self.inputs:
            self._given_type(tensor)
        for number, tensor in enumerate(self.inputs):
            shape, kind = self._stated(tensor), self._given_type(tensor)
            if number == 0:
                self.builder = Builder(shape, kind)
                name = self.builder.inputs[0].name
            else:
                name = self.builder.add_input(shape, kind)
            inside = self.type_of(tensor)
            if inside != kind:
                name = self.builder.add("convert", Convert(), name, type=inside)
            self._names[tensor] = name

    def _given_type(self, tensor: int) -> TensorType:
        """The type of an input: as the file states it; floats for whole numbers."""
        whole = self.is_integer(tensor) and not self.is_condition(tensor)
        return FLOAT if whole else self.border_type(tensor)

    def finish(self, tensor: int) -> str:
        """The name of an output of the network, in the type that the file states.

        An output without a batch keeps its shape.
        """
        name, kind = self.name_of(tensor), self.border_type(tensor)
        if self.builder.types[name] == kind:
            return name
        if kind.is_whole and not self.builder.types[name].is_whole:
            self.check_float(tensor)
        return self.builder.add("convert", Convert(), name, type=kind)

    def define(
        self,
        tensor: int,
        name: str,
        *,
        flat: bool = False,
        wide: Shape | None = None,
        blocks: Blocks | None = None,
    ) -> None:
        """Layer `name` outputs `tensor`; `wide` is the shape of a wide one, with its batch.

        With `blocks`, the layer's output is the image whose pixels the file has in blocks.
        Raises ModelFileError if the file states another shape.
        """
        self._names[tensor] = name
        if flat:
            self._flat.add(tensor)
        if wide is not None:
            self._wide[tensor] = wide
        if blocks is not None:
            self._blocks[tensor] = blocks
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

    def state(self, tensor: int, shape: Shape) -> str:
        """A state of `shape` for the variable `tensor`, which begins with zeros."""
        total, entry = elements(shape), self._tensor(tensor)
        if not entry.variable or elements(entry.shape) != total:
            raise ModelFileError(
                f"has no variable of {total} elements as the state {self.shown(tensor)}.",
                remedy="Convert the model again with a batch of 1; the converter makes states of "
                "Keras' recurrent layers variables.",
            )
        return self.builder.add_state(
            entry.name.split(";")[0] or "state", shape, self.type_of(tensor)
        )

    def type_of(self, tensor: int) -> TensorType:
        """As that of a tensor; of whole numbers, what the layer has that makes them."""
        if self.is_integer(tensor) and tensor in self._names:
            return self.builder.types[self._names[tensor]]
        return super().type_of(tensor)

    @contextmanager
    def whole_as_floats(self, tensors: Sequence[int]) -> Iterator[None]:
        """While it lasts, those of `tensors` that ARG_MAX made are floats, to compute with."""
        whole = {
            tensor: self._names[tensor]
            for tensor in tensors
            if tensor in self._names and self.builder.types[self._names[tensor]].is_whole
        }
        for tensor, name in whole.items():
            self._names[tensor] = self.builder.add("convert", Convert(), name, type=FLOAT)
        yield
        self._names.update(whole)

    def define_integers(self, tensor: int, values: npt.NDArray[np.int64]) -> None:
        """`tensor` is part of a shape."""
        self._integers[tensor] = values

    def source(self, tensor: int, reader: int) -> str:
        """The layer that outputs `tensor`; a constant becomes one.

        A constant gets the number of dimensions of the computed tensor `reader`.
        """
        if not self.is_constant(tensor):
            return self.name_of(tensor)
        values, kind = self.stored(tensor)
        rank = len(self.full_shape(reader))
        shape = (*(1,) * (rank - values.ndim), *values.shape)
        if not self.is_flat(reader):
            if len(shape) != rank or shape[0] != 1:
                self.refuse_shape(tensor)
            shape = shape[1:]
        return self.builder.add("constant", Constant(values.reshape(shape)), type=kind)

    def stored(self, tensor: int) -> tuple[Array, TensorType]:
        """A constant's elements as they are stored inside the network, and their type."""
        if tensor in self._names:
            values = self.builder.constants[self._names[tensor]].values
            return values.reshape(self.full_shape(tensor)), self.builder.types[self._names[tensor]]
        if tensor in self._integers:
            return self._integers[tensor].astype(np.float32), FLOAT
        return super().stored(tensor)

    def floats(self, tensor: int) -> FloatArray:
        """A constant of floats, or of whole numbers as floats."""
        if tensor in self._names or tensor in self._integers:
            values, kind = self.stored(tensor)
            return kind.decode(values)
        return super().floats(tensor)

    def is_constant(self, tensor: int) -> bool:
        """Whether `tensor` is a constant of the file, or computed of constants alone."""
        if tensor in self._names:
            return self._names[tensor] in self.builder.constants
        return tensor in self._integers or super().is_constant(tensor)

    def is_in_file(self, tensor: int) -> bool:
        """Whether `tensor` is a constant that the file holds."""
        return tensor not in self._names and super().is_constant(tensor)

    def name_of(self, tensor: int) -> str:
        """The layer that outputs `tensor`; a constant becomes one."""
        if tensor not in self._names and tensor >= 0 and self.is_constant(tensor):
            values, kind = self.stored(tensor)
            shape, flat, wide = sample(values.shape)
            constant = Constant(np.ascontiguousarray(values.reshape(shape)))
            name = self.builder.add("constant", constant, type=kind)
            self.define(tensor, name, flat=flat, wide=wide)
        if tensor not in self._names:
            raise ModelFileError("reads a tensor that no operator writes.", remedy=REMEDY_DAMAGED)
        return self._names[tensor]

    def uses(self, tensor: int) -> int:
        """The number of operators that read `tensor`; the network's output counts as one."""
        return self._uses[tensor]

    def bias(self, tensor: int) -> Array:
        """A constant of biases: floats, or integers of the scale input x weights."""
        if self._tensor(tensor).type in INTEGERS:
            return np.array(self.integers(tensor), INTEGERS[self._tensor(tensor).type])
        if self.is_quantised(tensor):
            raise ModelFileError(
                f"has 8-bit numbers in the bias {self.shown(tensor)}, which must be int32.",
                remedy=REMEDY_DAMAGED,
            )
        return self.floats(tensor)

    def shape(self, tensor: int) -> Shape:
        """The shape of a computed tensor without its batch of 1."""
        return self.builder.shapes[self.name_of(tensor)]

    def is_flat(self, tensor: int) -> bool:
        """Whether a computed tensor has no batch."""
        return tensor in self._flat

    def full_shape(self, tensor: int) -> Shape:
        """The shape of a computed tensor as TensorFlow Lite has it."""
        shape = self.shape(tensor)
        if tensor in self._wide:
            return self._wide[tensor]
        if tensor in self._blocks:
            (height, width), (*sizes, channels) = self._blocks[tensor], shape
            inner = zip(sizes, (height, width)[-len(sizes) :], strict=True)
            return (height * width, *(size // block for size, block in inner), channels)
        return shape if self.is_flat(tensor) else (1, *shape)

    def any_shape(self, tensor: int) -> Shape:
        """The shape of a computed tensor, or of a constant, as TensorFlow Lite has it."""
        if tensor in self._names or not self.is_constant(tensor):
            return self.full_shape(tensor)
        return self.stored(tensor)[0].shape

    def is_wide(self, tensor: int) -> bool:
        """Whether a computed tensor has more dimensions than a layer."""
        return tensor in self._wide or len(self.shape(tensor)) > MAX_DIMENSIONS

    def blocks(self, tensor: int) -> Blocks | None:
        """The size of the blocks of a tensor that SPACE_TO_BATCH_ND made."""
        return self._blocks.get(tensor)

    def stated_shape(self, tensor: int) -> Shape:
        """The shape, with its batch of 1, that the file states for a tensor not computed yet."""
        return (1, *self._stated(tensor))

    def _stated(self, tensor: int) -> Shape:
        entry = self._tensor(tensor)
        batch_of_one = len(entry.shape) >= 2 and entry.shape[0] == 1
        if not batch_of_one or any(size < 0 for size in entry.signature[1:]):
            self.refuse_shape(tensor)
        return entry.shape[1:]

    def is_known(self, tensor: int) -> bool:
        """Whether `tensor` holds integers that are constant or were computed."""
        if tensor in self._names:
            return False
        return tensor in self._integers or (self.is_integer(tensor) and self.is_constant(tensor))

    def known(self, tensor: int) -> npt.NDArray[np.int64]:
        """Integers that are constant or were computed."""
        if tensor in self._integers:
            return self._integers[tensor]
        if tensor in self._names and not self.is_constant(tensor):
            raise ModelFileError(
                f"computes shapes at run time ({self.shown(tensor)}).", remedy=REMEDY_SHAPE
            )
        if tensor in self._names:
            return self.stored(tensor)[0].astype(np.int64)
        kind = np.dtype(INTEGERS[self._tensor(tensor).type])
        return self._constant(tensor, kind).astype(np.int64)

    def integers(self, tensor: int) -> tuple[int, ...]:
        """The same, flat."""
        return tuple(int(value) for value in self.known(tensor).ravel())
