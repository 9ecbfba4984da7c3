"""The tensors of a .tflite file as it describes them: types, shapes, constants."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, NoReturn

import numpy as np
import numpy.typing as npt
from tflite.TensorType import TensorType as TFLITE_TYPES

from tinylab.errors import ModelFileError
from tinylab.zoo.execution.integer.conversion import quantised
from tinylab.zoo.network import Shape
from tinylab.zoo.operations import WeightQuantization
from tinylab.zoo.tensor_type import (
    FLOAT,
    WHOLE,
    Array,
    FloatArray,
    Number,
    TensorType,
    saturated,
)

INTEGERS = {TFLITE_TYPES.INT32: "<i4", TFLITE_TYPES.INT64: "<i8", TFLITE_TYPES.BOOL: "?"}
"""Types of shapes, of biases, and of conditions. Where they are computed at run time, floats."""
WHOLES = {TFLITE_TYPES.INT32: Number.INT32, TFLITE_TYPES.INT64: Number.INT64}
QUANTISED = {
    TFLITE_TYPES.INT8: Number.INT8,
    TFLITE_TYPES.UINT8: Number.UINT8,
    TFLITE_TYPES.INT16: Number.INT16,
}
"""Types of quantised tensors. Inside the network, uint8 becomes int8 with another zero point."""
FLOATS = {TFLITE_TYPES.FLOAT32: "<f4", TFLITE_TYPES.FLOAT16: "<f2"}
"""Types of constants that are floats."""
DEQUANTISED = (
    "Weights of {types} were made float32: the network runs in floats, not in the file's integers."
)
REMEDY_DAMAGED = "Convert or download the file again."
REMEDY_TYPES = (
    "Tensors of float32, int8, uint8 and int16 numbers are supported; convert the model again, or "
    "let ST's tool generate the code: --runtime cubeai with --cubeai-dir."
)
SIGN = -128
"""What uint8 numbers become int8 by."""
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
    outputs: tuple[int, ...]
    intermediates: tuple[int, ...] = ()
    """Tensors that only state the scale of a number inside the operator."""

    @property
    def output(self) -> int:
        """The first one."""
        return self.outputs[0]


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
    variable: bool
    """Whether it keeps its elements between inferences."""


class Tensors:
    """The tensors of a subgraph, by their numbers.

    All queries raise ModelFileError for types that are not supported, and IndexError for tensors
    that are not in the file.
    """

    def __init__(self, model: Any, subgraph: Any) -> None:
        self._model = model
        self._subgraph = subgraph
        self.plain: frozenset[int] = frozenset()
        """Inputs that may be integers without a scale, as only CAST reads them."""
        self._floats: dict[int, FloatArray] = {}
        self._steps_made: dict[int, Array] = {}
        self._dequantised: dict[str, None] = {}
        self._notes: dict[str, list[tuple[str, str]]] = {}

    @property
    def inputs(self) -> tuple[int, ...]:
        return tuple(self._subgraph.Inputs(one) for one in range(self._subgraph.InputsLength()))

    @property
    def outputs(self) -> tuple[int, ...]:
        return tuple(self._subgraph.Outputs(one) for one in range(self._subgraph.OutputsLength()))

    @property
    def notes(self) -> tuple[str, ...]:
        """What the user should know about how the file was read."""
        types = " and ".join(self._dequantised)
        dequantised = (DEQUANTISED.format(types=types),) if types else ()
        return (*dequantised, *self._told())

    def note(self, topic: str, subject: str, statement: str) -> None:
        """Tell the user of something in the file: of a topic the first, and how many others."""
        self._notes.setdefault(topic, []).append((subject, statement))

    def _told(self) -> Iterator[str]:
        for (subject, statement), *others in self._notes.values():
            more = f" (and {len(others)} more)" if others else ""
            yield f"{subject}{more} {statement}"

    def define_floats(self, tensor: int, values: FloatArray) -> None:
        """`tensor` is a constant that an operator makes of another one."""
        self._floats[tensor] = values

    def define_steps(self, tensor: int, values: FloatArray) -> None:
        """`tensor` is a constant of quantised numbers that an operator makes of real ones."""
        found = self._quantization(tensor)
        shape = self._along_axis(tensor, found, values.ndim)
        steps = quantised(values, found.scales.reshape(shape)) + found.zero_points.reshape(shape)
        self._steps_made[tensor] = saturated(steps, QUANTISED[self._tensor(tensor).type])

    def _along_axis(self, tensor: int, found: WeightQuantization, rank: int) -> list[int]:
        """The shape of scales in an array of `rank` dimensions."""
        if found.scales.size == 1:
            return []
        axis = self._subgraph.Tensors(tensor).Quantization().QuantizedDimension()
        return [-1 if index == axis else 1 for index in range(rank)]

    def stored(self, tensor: int) -> tuple[Array, TensorType]:
        """A constant's elements as they are stored inside the network, and their type."""
        if self._tensor(tensor).type not in QUANTISED:
            return self.floats(tensor), FLOAT
        values, _ = self._steps(tensor)
        return values, self.type_of(tensor)

    def is_float(self, tensor: int) -> bool:
        return bool(self._tensor(tensor).type == TFLITE_TYPES.FLOAT32)

    def is_integer(self, tensor: int) -> bool:
        """Whether `tensor` has whole numbers or conditions, as shapes have."""
        return self._tensor(tensor).type in INTEGERS

    def is_condition(self, tensor: int) -> bool:
        """Whether `tensor` is true or false: 1 or 0."""
        return bool(self._tensor(tensor).type == TFLITE_TYPES.BOOL)

    def type_of(self, tensor: int) -> TensorType:
        """The type inside the network: float32, int8 or int16 with one scale.

        Whole numbers are floats, but for those that ARG_MAX makes (`Graph.type_of`).

        Raises ModelFileError for other types.
        """
        if self.is_integer(tensor):
            return FLOAT
        return inside(self.border_type(tensor))

    def has_scale(self, tensor: int) -> bool:
        """Whether the file states what the integers of a tensor represent."""
        quantization = self._subgraph.Tensors(tensor).Quantization()
        return quantization is not None and not quantization.ScaleIsNone()

    def border_type(self, tensor: int) -> TensorType:
        """The type that the file states: as `type_of`, or uint8, or whole numbers of 64 bits."""
        entry = self._tensor(tensor)
        if entry.type == TFLITE_TYPES.FLOAT32:
            return FLOAT
        if entry.type in WHOLES:
            return TensorType(WHOLES[entry.type])
        if entry.type not in QUANTISED:
            self.check_float(tensor)
        found = self._quantization(tensor)
        if found.scales.size != 1:
            raise ModelFileError(
                f"has {found.scales.size} scales for tensor {self.shown(tensor)}.",
                remedy="Only weights may have a scale per channel; convert the model again.",
            )
        return TensorType(QUANTISED[entry.type], float(found.scales[0]), int(found.zero_points[0]))

    def weights(self, tensor: int, reader: int) -> tuple[Array, WeightQuantization | None]:
        """The weights of an operator that reads the activation `reader`.

        Floats; or int8 and what it represents, if the activation is quantised too. Where only the
        weights are quantised (dynamic-range quantisation), they are made floats.
        """
        entry = self._tensor(tensor)
        if entry.type not in QUANTISED or tensor in self._floats:
            return self.floats(tensor), None
        if not self.is_float(reader):
            return self._steps(tensor)
        return self.dequantised(tensor), None

    def is_quantised(self, tensor: int) -> bool:
        """Whether `tensor` holds quantised numbers, which nothing made floats."""
        return self._tensor(tensor).type in QUANTISED and tensor not in self._floats

    def is_int8(self, tensor: int) -> bool:
        return bool(self._tensor(tensor).type == TFLITE_TYPES.INT8)

    def quantised_axis(self, tensor: int) -> tuple[int, int]:
        """The dimension along which scales differ, and their number."""
        quantization = self._subgraph.Tensors(tensor).Quantization()
        if quantization is None:
            return 0, 0
        return quantization.QuantizedDimension(), quantization.ScaleLength()

    def stated_scales(self, tensor: int) -> npt.NDArray[np.float32]:
        """As in the file; empty if it states none."""
        quantization = self._subgraph.Tensors(tensor).Quantization()
        if quantization is None or quantization.ScaleIsNone():
            return np.zeros(0, np.float32)
        return np.array(quantization.ScaleAsNumpy(), np.float32)

    def stated_zero_points(self, tensor: int) -> npt.NDArray[np.int64]:
        """As in the file; empty if it states none."""
        quantization = self._subgraph.Tensors(tensor).Quantization()
        if quantization is None or quantization.ZeroPointIsNone():
            return np.zeros(0, np.int64)
        return np.array(quantization.ZeroPointAsNumpy(), np.int64)

    def _steps(self, tensor: int) -> tuple[Array, WeightQuantization]:
        """Quantised constants as int8, and what they represent."""
        number = QUANTISED[self._tensor(tensor).type]
        values, quantization = self._constant(tensor, number.dtype), self._quantization(tensor)
        if number is not Number.UINT8:
            return values, quantization
        zeros = quantization.zero_points + SIGN
        signed = (values.astype(np.int16) + SIGN).astype(np.int8)
        return signed, WeightQuantization(quantization.scales, zeros.astype(np.int32))

    def dequantised(self, tensor: int) -> FloatArray:
        """The real numbers that quantised constants, or float16 ones, represent."""
        entry = self._tensor(tensor)
        self._dequantised[constants(TFLITE_TYPES).get(entry.type, "").lower()] = None
        if entry.type not in QUANTISED:
            return self.floats(tensor)
        values, quantization = self._steps(tensor)
        shape = self._along_axis(tensor, quantization, values.ndim)
        steps = values.astype(np.float32) - quantization.zero_points.reshape(shape)
        return (steps * quantization.scales.reshape(shape)).astype(np.float32)

    def _quantization(self, tensor: int) -> WeightQuantization:
        quantization = self._subgraph.Tensors(tensor).Quantization()
        if not self.has_scale(tensor):
            if tensor in self.plain:
                return WeightQuantization(np.ones(1, np.float32), np.zeros(1, np.int32))
            raise ModelFileError(
                f"states no scale for the integers of tensor {self.shown(tensor)}.",
                remedy=REMEDY_DAMAGED,
            )
        scales = np.array(quantization.ScaleAsNumpy(), np.float32)
        zeros = self.stated_zero_points(tensor)
        if not zeros.size:
            zeros = np.zeros(scales.size, np.int64)
        if not (np.isfinite(scales).all() and (scales > 0).all()) or zeros.size != scales.size:
            raise ModelFileError(
                f"has scales that are no positive numbers for tensor {self.shown(tensor)}.",
                remedy=REMEDY_DAMAGED,
            )
        low, high = QUANTISED[self._tensor(tensor).type].range
        if zeros.min() < low or zeros.max() > high:
            raise ModelFileError(
                f"has zero points from {zeros.min()} to {zeros.max()} for tensor "
                f"{self.shown(tensor)}, whose numbers are from {low} to {high}.",
                remedy=REMEDY_DAMAGED,
            )
        return WeightQuantization(scales, zeros.astype(np.int32))

    def check_float(self, tensor: int) -> None:
        """Raises ModelFileError unless `tensor` has the type float32."""
        if not self.is_float(tensor):
            kind = constants(TFLITE_TYPES).get(self._tensor(tensor).type, "unknown").lower()
            raise ModelFileError(
                f"contains {kind} numbers in tensor {self.shown(tensor)}.", remedy=REMEDY_TYPES
            )

    def rank(self, tensor: int) -> int:
        """The number of dimensions, with the batch, that the file states."""
        return len(self._tensor(tensor).shape)

    def refuse_shape(self, tensor: int) -> NoReturn:
        """Raises ModelFileError for a tensor that is not a batch of 1 of a fixed shape."""
        shown = ", ".join("?" if size < 0 else str(size) for size in self._tensor(tensor).signature)
        raise ModelFileError(
            f"tensor {self.shown(tensor)} has the shape ({shown}), not a batch of 1 "
            "with fixed dimensions.",
            remedy=REMEDY_SHAPE,
        )

    def is_constant(self, tensor: int) -> bool:
        made = tensor in self._floats or tensor in self._steps_made
        return made or self._data(tensor).size > 0

    def floats(self, tensor: int) -> FloatArray:
        """A constant of float32, float16 or whole numbers, or one that was made of integers."""
        if tensor in self._floats:
            return self._floats[tensor]
        if self.is_integer(tensor):
            whole = np.dtype(INTEGERS[self._tensor(tensor).type])
            return np.ascontiguousarray(self._constant(tensor, whole), dtype=np.float32)
        kind = FLOATS.get(self._tensor(tensor).type)
        if kind is None:
            self.check_float(tensor)
        return np.ascontiguousarray(self._constant(tensor, np.dtype(kind)), dtype=np.float32)

    def number(self, tensor: int) -> float:
        """The real number that a constant of one element represents."""
        values, kind = self.stored(tensor)
        return float(kind.decode(values).ravel()[0])

    def shown(self, tensor: int) -> str:
        """A tensor's name, which contains the name of the layer in Keras."""
        return repr(self._tensor(tensor).name.split(";")[0][:LONGEST_NAME] or str(tensor))

    def shown_operator(self, operator: Operator) -> str:
        """An operator's kind, and where it is: by its output, unless that has a general name."""
        place = self.shown((*operator.outputs, *operator.inputs)[0])
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
            bool(entry.IsVariable()),
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
        if tensor in self._steps_made:
            return self._steps_made[tensor]
        entry, data = self._tensor(tensor), self._data(tensor)
        if data.size == 0 or entry.sparse:
            raise ModelFileError(
                f"does not contain plain values for tensor {self.shown(tensor)}.",
                remedy="Weights must be dense constants in the file, not sparse or computed.",
            )
        return np.frombuffer(data, kind).reshape(entry.shape)


def inside(kind: TensorType) -> TensorType:
    """A type inside the network: uint8 elements are kept as int8 ones, 128 less, whole numbers in
    32 bits."""
    if kind.is_whole:
        return WHOLE
    if kind.number is not Number.UINT8:
        return kind
    return TensorType(Number.INT8, kind.scale, kind.zero_point + SIGN)


def inputs_of(operator: Any) -> tuple[int, ...]:
    """The tensors that an operator of the file reads; a missing optional one is -1."""
    return () if operator.InputsIsNone() else _integers(operator.InputsAsNumpy())


def _integers(values: npt.NDArray[np.int32]) -> tuple[int, ...]:
    return tuple(int(value) for value in values)


@cache
def constants(enumeration: type) -> dict[int, str]:
    """The names of an enumeration of the schema by their numbers."""
    return {code: name for name, code in vars(enumeration).items() if isinstance(code, int)}
