"""The tensors of a .tflite file: their shapes, constants, and the layers that make them."""

from __future__ import annotations

from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np
import numpy.typing as npt

from tinylab.errors import ModelFileError
from tinylab.zoo.builder import Builder
from tinylab.zoo.network import INPUT, FloatArray, Shape

REMEDY_DAMAGED = "Convert or download the file again."
REMEDY_FLOAT = (
    "Only float32 .tflite files are supported; convert the model again without quantisation."
)
REMEDY_SHAPE = "Convert the model with a fixed input shape and a batch of 1."


@dataclass(frozen=True)
class Operator:
    """One operator: TensorFlow Lite's name, its options, tensor indexes in and out."""

    kind: str
    options: Any
    inputs: tuple[int, ...]
    """A missing optional input is -1."""
    output: int


class Graph:
    """A subgraph while it is turned into layers.

    `names` maps a tensor's index to the layer that makes it. All questions raise
    ModelFileError for tensors that are not float32 or have no fixed shape.
    """

    def __init__(self, schema: ModuleType, model: Any, subgraph: Any) -> None:
        self.schema = schema
        self._tensors = subgraph.tensors
        self._buffers = model.buffers
        self._uses = [int(index) for entry in subgraph.operators or () for index in entry.inputs]
        source = int(subgraph.inputs[0])
        self.check_float(source)
        self.builder = Builder(self.shape(source))
        self.names: dict[int, str] = {source: INPUT}

    def name_of(self, tensor: int) -> str:
        """The layer that makes `tensor`."""
        if tensor not in self.names:
            raise ModelFileError("reads a tensor that nothing makes.", remedy=REMEDY_DAMAGED)
        return self.names[tensor]

    def uses(self, tensor: int) -> int:
        """How many operators read `tensor`."""
        return self._uses.count(tensor)

    def is_float(self, tensor: int) -> bool:
        return bool(self._tensors[tensor].type == self.schema.TensorType.FLOAT32)

    def is_integer(self, tensor: int) -> bool:
        """Whether `tensor` can be part of a shape."""
        types = self.schema.TensorType
        return self._tensors[tensor].type in (types.INT32, types.INT64)

    def check_float(self, tensor: int) -> None:
        """Raises ModelFileError unless `tensor` holds float32 numbers."""
        if not self.is_float(tensor):
            types = {code: name for name, code in vars(self.schema.TensorType).items()}
            kind = str(types.get(self._tensors[tensor].type, "unknown")).lower()
            raise ModelFileError(
                f"holds {kind} numbers in tensor {self._shown(tensor)}.", remedy=REMEDY_FLOAT
            )

    def shape(self, tensor: int) -> Shape:
        """The shape of an activation without its batch of 1."""
        entry = self._tensors[tensor]
        signature = entry.shape if entry.shapeSignature is None else entry.shapeSignature
        shape = tuple(int(size) for size in entry.shape) if entry.shape is not None else ()
        if len(shape) < 2 or shape[0] != 1 or any(size < 0 for size in signature[1:]):
            shown = ", ".join("?" if size < 0 else str(size) for size in signature)
            raise ModelFileError(
                f"tensor {self._shown(tensor)} has the shape ({shown}), not a batch of 1 "
                "with fixed dimensions.",
                remedy=REMEDY_SHAPE,
            )
        return shape[1:]

    def is_constant(self, tensor: int) -> bool:
        data = self._buffers[self._tensors[tensor].buffer].data
        return data is not None and len(data) > 0

    def floats(self, tensor: int) -> FloatArray:
        """A constant of float32 numbers."""
        self.check_float(tensor)
        return np.ascontiguousarray(self._constant(tensor, np.dtype("<f4")), dtype=np.float32)

    def integers(self, tensor: int) -> tuple[int, ...]:
        """A constant of integers, flat."""
        types = self.schema.TensorType
        widths = {types.INT32: "<i4", types.INT64: "<i8"}
        data = self._constant(tensor, np.dtype(widths[self._tensors[tensor].type]))
        return tuple(int(value) for value in data.ravel())

    def _constant(self, tensor: int, kind: np.dtype[Any]) -> npt.NDArray[Any]:
        entry = self._tensors[tensor]
        if not self.is_constant(tensor) or entry.sparsity is not None:
            raise ModelFileError(
                f"does not hold the plain values of tensor {self._shown(tensor)}.",
                remedy="Weights must be constants inside the file, not sparse and not computed.",
            )
        shape = tuple(int(size) for size in entry.shape) if entry.shape is not None else ()
        data = np.asarray(self._buffers[entry.buffer].data, np.uint8).tobytes()
        return np.frombuffer(data, kind).reshape(shape)

    def _shown(self, tensor: int) -> str:
        name = bytes(self._tensors[tensor].name or b"").decode("utf-8", "replace")
        return repr(name.split(";")[0][:60] or str(tensor))
