"""The description of a network: layers in execution order, shapes, weights.

Shapes are without the batch dimension and channels-last: `(features,)`,
`(length, channels)`, `(height, width, channels)`, or `(steps, height, width, channels)`.
Each tensor has a type: float32, or quantised integers (see `tensor_type`). `operations` are what
layers do.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from tinylab.zoo.operations import Convert, Operation
from tinylab.zoo.tensor_type import FLOAT, Array, TensorType

Shape = tuple[int, ...]

INPUT = "input"
"""The name by which layers refer to the network's first input."""


@dataclass(frozen=True)
class Input:
    """An input of a network. The first is called `INPUT`."""

    name: str
    shape: Shape
    type: TensorType = FLOAT


@dataclass(frozen=True, eq=False)
class Layer:
    """One step. `inputs` names earlier layers, inputs or states; `shape` and `type` are the
    output's. The layer reads and changes the states named in `states`. Further inputs of a
    recurrent layer, one for each state, are what these begin with in every inference."""

    name: str
    operation: Operation
    inputs: tuple[str, ...]
    shape: Shape
    type: TensorType = FLOAT
    states: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class State:
    """A tensor that keeps its elements from one inference to the next.

    After a reset it has those of `initial`, as stored. At the end of each inference it gets those
    of the tensor `source`; without one, the layer that names it in `states` changes it.
    """

    name: str
    shape: Shape
    type: TensorType
    initial: Array
    source: str | None = None


@dataclass(frozen=True, eq=False)
class Network:
    """A network, its layers in execution order. `outputs` are names of layers or inputs."""

    name: str
    inputs: tuple[Input, ...]
    layers: tuple[Layer, ...]
    outputs: tuple[str, ...]
    sha256: str
    source: Path | None = field(default=None)
    notes: tuple[str, ...] = ()
    """Sentences about how the file was read."""
    states: tuple[State, ...] = ()

    @cached_property
    def tensors(self) -> Mapping[str, Input | State | Layer]:
        """By name, what each tensor is: its shape and its type."""
        tensors: tuple[Input | State | Layer, ...] = (*self.inputs, *self.states, *self.layers)
        return {one.name: one for one in tensors}

    @property
    def results(self) -> tuple[str, ...]:
        """The tensors that are needed after the last layer: outputs, and sources of states."""
        return (*self.outputs, *(one.source for one in self.states if one.source is not None))

    @property
    def keeps_states(self) -> bool:
        """Whether an inference may depend on those before it."""
        given = [name for one in self.layers if len(one.inputs) > 1 for name in one.states]
        return not {one.name for one in self.states} <= set(given)

    @property
    def input_shape(self) -> Shape:
        """Of the first input."""
        return self.inputs[0].shape

    @property
    def output_shape(self) -> Shape:
        """Of the first output."""
        return self.shape_of(self.outputs[0])

    @property
    def input_shapes(self) -> tuple[Shape, ...]:
        return tuple(one.shape for one in self.inputs)

    @property
    def output_shapes(self) -> tuple[Shape, ...]:
        return tuple(self.shape_of(name) for name in self.outputs)

    @property
    def is_quantised(self) -> bool:
        """Whether any layer computes with quantised integers."""
        return any(layer.type.scale is not None for layer in self.layers)

    @property
    def computes_floats(self) -> bool:
        """Whether any layer computes with floats; a conversion does not."""
        computing = (one for one in self.layers if not isinstance(one.operation, Convert))
        return any(layer.type.is_float for layer in computing)

    def shape_of(self, name: str) -> Shape:
        """The shape of the input `name`, or of the output of layer `name`."""
        return self.tensors[name].shape

    def type_of(self, name: str) -> TensorType:
        """The type of the input `name`, or of the output of layer `name`."""
        return self.tensors[name].type


def elements(shape: Shape) -> int:
    """The number of elements of a tensor of `shape`."""
    return math.prod(shape)


def spatial(shape: Shape) -> tuple[int, int, int]:
    """Any shape as (height, width, channels): `(features,)` is `(1, 1, features)`.

    Several images are one below the other.
    """
    if len(shape) == 1:
        return 1, 1, shape[0]
    if len(shape) == 2:
        return 1, shape[0], shape[1]
    *before, width, channels = shape
    return math.prod(before), width, channels
