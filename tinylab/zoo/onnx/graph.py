"""The tensors of an ONNX file while it is converted to layers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NoReturn

import numpy as np

from tinylab.errors import ModelFileError
from tinylab.zoo.builder import LONGEST_NAME, Builder
from tinylab.zoo.damage import REMEDY_DAMAGED
from tinylab.zoo.network import Shape
from tinylab.zoo.onnx.protocol import Node
from tinylab.zoo.onnx.value import Axes, Value, channels_last
from tinylab.zoo.operations import Convert, Operation, Transpose
from tinylab.zoo.tensor_type import FLOAT, Array, FloatArray, TensorType

REMEDY_CONSTANT = "Export the model so that this input is a constant of the file."
REMEDY_WITHOUT = (
    "Build the model without it (docs/layers.md has what is supported), or let ST's tool generate "
    "the code: --runtime cubeai."
)


@dataclass(frozen=True, eq=False)
class Quantised:
    """What a constant was before DequantizeLinear: signed integers, `scales x (q - zeros)`.

    Both have one value for the tensor, or one per position along `axis`.
    """

    stored: Array
    scales: FloatArray
    zeros: Array
    axis: int


class Graph:
    """Values by name, and the builder of the network.

    All queries raise ModelFileError for tensors that are not what the operator needs.
    """

    def __init__(self, nodes: Sequence[Node], constants: Mapping[str, Array], opset: int) -> None:
        self.nodes = nodes
        self.opset = opset
        self.constants: dict[str, Array] = dict(constants)
        self.quantised: dict[str, Quantised] = {}
        self.values: dict[str, Value] = {}
        self.builder: Builder
        self.consumers: dict[str, list[Node]] = defaultdict(list)
        """The operators that read a tensor; the network's outputs are no operators."""
        self.outputs: frozenset[str] = frozenset()
        for node in nodes:
            for name in dict.fromkeys(node.inputs):
                self.consumers[name].append(node)
        self._reals: dict[str, str] = {}

    def is_constant(self, name: str) -> bool:
        return name in self.constants

    def constant(self, node: Node, index: int) -> Array:
        """A constant input of an operator."""
        name = node.source(index)
        if name not in self.constants:
            if name in self.values:
                refuse(node, f"a computed input {name[:LONGEST_NAME]!r}", REMEDY_CONSTANT)
            raise self.unknown(node, name)
        return self.constants[name]

    def floats(self, node: Node, index: int) -> FloatArray:
        """A constant of float numbers, as float32."""
        found = self.constant(node, index)
        if found.dtype.kind != "f":
            refuse(node, f"{found.dtype} numbers in an input", REMEDY_CONSTANT)
        with np.errstate(over="ignore"):
            return np.ascontiguousarray(found, np.float32)

    def floats_or(self, node: Node, index: int, otherwise: FloatArray) -> FloatArray:
        """The same; `otherwise` if the input is missing."""
        return self.floats(node, index) if node.source(index) else otherwise

    def integers(self, node: Node, index: int) -> Shape:
        """A constant of whole numbers, flat."""
        found = self.constant(node, index)
        if found.dtype.kind not in "iu":
            raise ValueError(f"{found.dtype} numbers where integers are expected")
        return tuple(int(one) for one in found.ravel())

    def listed(self, node: Node, key: str, index: int, otherwise: Shape) -> Shape:
        """Whole numbers that are an attribute in old files, and an input in newer ones."""
        if node.source(index):
            return self.integers(node, index)
        return node.integers(key, otherwise)

    def value(self, node: Node, index: int = 0) -> Value:
        """A computed input of an operator."""
        name = node.source(index)
        if name in self.values:
            return self.values[name]
        if name in self.constants:
            refuse(node, "a constant where a computed tensor is expected", REMEDY_WITHOUT)
        raise self.unknown(node, name)

    def unknown(self, node: Node, name: str) -> ModelFileError:
        return ModelFileError(
            f"has the operator {node.shown}, which reads {name[:LONGEST_NAME]!r}, a tensor that "
            "no operator before it writes.",
            remedy=REMEDY_DAMAGED,
        )

    def type_of(self, value: Value) -> TensorType:
        return self.builder.types[value.name]

    def shape_of(self, value: Value) -> Shape:
        """The shape of the layer's output, in memory."""
        return self.builder.shapes[value.name]

    def uses(self, name: str) -> int:
        """How often a tensor is read; as an output of the network, once."""
        return len(self.consumers[name]) + (name in self.outputs)

    def is_index(self, name: str) -> bool:
        """Whether all that read a tensor take rows of a constant table by it."""
        readers = self.consumers[name]
        return bool(readers) and all(
            one.kind == "Gather" and one.source(1) == name and self.is_constant(one.source(0))
            for one in readers
        )

    def real(self, value: Value) -> Value:
        """The same value in float numbers."""
        if self.type_of(value).is_float:
            return value
        if value.name not in self._reals:
            made = self.builder.add("dequantize", Convert(), value.name, type=FLOAT)
            self._reals[value.name] = made
        return replace(value, name=self._reals[value.name], integer=False)

    def arranged(self, node: Node | None, value: Value, axes: Axes) -> str:
        """The layer whose output has the `axes` of `value` as its dimensions, in this order.

        Axes that are not named must have size 1.
        """
        others = tuple(axis for axis in range(value.rank) if axis not in axes)
        if any(value.full[axis] != 1 for axis in others):
            where = f"operator {node.shown}" if node else "an output"
            raise ModelFileError(
                f"has {where} on a tensor of the shape {value.full}, not a batch of 1.",
                remedy="Export the model with a batch of 1.",
            )
        if not value.is_stored_as((*others, *axes)):
            return self._turned(node, value, axes)
        shape = tuple(value.full[axis] for axis in axes)
        return self.builder.reshape_to(value.name, shape)

    def _turned(self, node: Node | None, value: Value, axes: Axes) -> str:
        """`arranged` with a transposition on the board, which takes time there."""
        if value.turned is not None:
            before = value.turned
            plain = tuple(axis for axis in range(len(before.full)) if before.full[axis] > 1)
            name = self._turned(node, Value(value.name, before.full, before.axes), plain)
            return self.arranged(node, replace(before.then, name=name), axes)
        if value.scattered is not None:
            raise ModelFileError(
                f"has {f'operator {node.shown}' if node else 'an output'} on a joined tensor whose "
                "parts are in different orders in memory.",
                remedy=REMEDY_WITHOUT,
            )
        given = tuple(axis for axis in value.axes if value.full[axis] > 1)
        wanted = tuple(axis for axis in axes if value.full[axis] > 1)
        source = self.builder.reshape_to(value.name, tuple(value.full[axis] for axis in given))
        operation = Transpose(tuple(given.index(axis) for axis in wanted))
        name = self.builder.add("transpose", operation, source)
        return self.builder.reshape_to(name, tuple(value.full[axis] for axis in axes))

    def with_channels_last(self, node: Node, value: Value) -> str:
        """The layer whose output is `value` as (positions..., channels)."""
        return self.arranged(node, value, channels_last(value.rank)[1:])

    def define(self, node: Node, value: Value) -> None:
        """`value` is the first output of an operator."""
        self.values[node.outputs[0]] = value

    def same(
        self, node: Node, value: Value, operation: Operation, made: TensorType | None = None
    ) -> None:
        """Define an operator of each element on its own: the order in memory stays."""
        name = self.builder.add(layer_name(node), operation, value.name, type=made)
        self.define(node, replace(value, name=name))


def layer_name(node: Node) -> str:
    """What a layer is called: by the operator's kind, as in Cube.AI's reports."""
    return node.kind.lower()


def refuse(node: Node, what: str, remedy: str = REMEDY_WITHOUT) -> NoReturn:
    """Raises ModelFileError for an operator that has `what`."""
    raise ModelFileError(
        f"has the operator {node.shown} with {what}, which is not supported.", remedy=remedy
    )


def check(supported: Any, node: Node, what: str, remedy: str = REMEDY_WITHOUT) -> None:
    """Raises ModelFileError unless `supported`."""
    if not supported:
        refuse(node, what, remedy)
