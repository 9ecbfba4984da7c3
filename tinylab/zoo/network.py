"""The description of a network: layers in execution order, shapes, weights.

Shapes are without the batch dimension and channels-last: `(features,)`,
`(length, channels)` or `(height, width, channels)`. Each tensor has a type: float32, or quantised
integers (see `tensor_type`). An operation says what it does, whatever the type of its tensors;
its arrays are of the type that the operation needs: with quantised weights, `weights` and
`kernel` are int8, `bias` is an integer of the scale input scale x weight scale.
Kernels of one-dimensional layers are stored as two-dimensional kernels of height 1, so a
Conv1D over `(length, channels)` is a Conv over `(1, length, channels)`: the memory layout
is identical.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt

from tinylab.zoo.floats.operations import FloatOperation
from tinylab.zoo.tensor_type import FLOAT, Array, TensorType

FloatArray = npt.NDArray[np.float32]
Shape = tuple[int, ...]
Padding = tuple[tuple[int, int], tuple[int, int]]
"""((top, bottom), (left, right)) in elements."""

INPUT = "input"
"""The name by which layers refer to the network's first input."""

NO_PADDING: Padding = ((0, 0), (0, 0))


class Function(StrEnum):
    """Activation functions."""

    LINEAR = "linear"
    RELU = "relu"
    RELU6 = "relu6"
    SIGMOID = "sigmoid"
    TANH = "tanh"
    SOFTMAX = "softmax"
    LEAKY_RELU = "leaky_relu"
    ELU = "elu"
    GELU = "gelu"
    GELU_TANH = "gelu_tanh"
    """GELU by its approximation with tanh."""
    HARD_SWISH = "hard_swish"
    SELU = "selu"
    SWISH = "swish"
    SOFTPLUS = "softplus"
    EXP = "exp"


class PoolKind(StrEnum):
    MAX = "max"
    AVERAGE = "average"
    SUM = "sum"
    """Only over all positions."""


class ArithmeticKind(StrEnum):
    """What is computed of two elements."""

    ADD = "add"
    SUBTRACT = "subtract"
    MULTIPLY = "multiply"
    MAXIMUM = "maximum"
    MINIMUM = "minimum"
    PRELU = "prelu"
    """The first where it is not negative, else the product of both."""


@dataclass(frozen=True, eq=False)
class WeightQuantization:
    """What quantised weights represent: `scales x (weights - zero_points)`.

    Both have one value per output channel, or one for all: scales float32, zero points int32.
    """

    scales: FloatArray
    zero_points: npt.NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Constant:
    """A tensor of `values`, as its type stores them; without inputs. It is part of the weights."""

    values: Array


@dataclass(frozen=True, eq=False)
class Dense:
    """`y = x @ weights + bias`, on the last axis; weights (inputs, units), bias (units)."""

    weights: Array
    bias: Array
    quantization: WeightQuantization | None = None


@dataclass(frozen=True, eq=False)
class Conv:
    """Convolution; kernel (height, width, inputs, outputs), bias (outputs).

    With groups, `inputs` are those of one group: an output reads the group of its place.
    Dilation is the distance of the kernel's elements on the input.
    """

    kernel: Array
    bias: Array
    stride: tuple[int, int]
    padding: Padding
    rank: int = 2
    quantization: WeightQuantization | None = None
    dilation: tuple[int, int] = (1, 1)
    groups: int = 1


@dataclass(frozen=True, eq=False)
class DepthwiseConv:
    """Depthwise convolution; kernel (height, width, channels, multiplier).

    Output channel `c * multiplier + m` is computed from input channel `c`; bias has one value
    per output channel.
    """

    kernel: Array
    bias: Array
    stride: tuple[int, int]
    padding: Padding
    rank: int = 2
    quantization: WeightQuantization | None = None
    dilation: tuple[int, int] = (1, 1)


@dataclass(frozen=True, eq=False)
class TransposeConv:
    """Transposed convolution; kernel (height, width, inputs, outputs), bias (outputs).

    Each input position adds its kernel to the output at its place times the stride, less what
    `cut` takes from the top and the left. `size` is the (height, width) of the output.
    """

    kernel: Array
    bias: Array
    stride: tuple[int, int]
    cut: tuple[int, int]
    size: tuple[int, int]
    quantization: WeightQuantization | None = None


@dataclass(frozen=True)
class Pool:
    """Max or average pooling. An average includes only elements inside the input.

    The average of quantised elements is rounded to nearest, halves away from zero, or up.
    """

    kind: PoolKind
    size: tuple[int, int]
    stride: tuple[int, int]
    padding: Padding
    rank: int = 2
    halves_up: bool = False


@dataclass(frozen=True)
class GlobalPool:
    """Pooling over all positions; the output shape is `(channels,)`."""

    kind: PoolKind


@dataclass(frozen=True)
class Activate:
    """An activation function, element by element (softmax: over the last axis).

    `factor` is the slope below zero of leaky_relu, the limit of elu there (negative), and what
    softmax multiplies its input by; the others have none.
    """

    function: Function
    factor: float = 1.0


@dataclass(frozen=True)
class Clip:
    """`y = min(max(x, low), high)`; a bound may be infinite."""

    low: float
    high: float


@dataclass(frozen=True)
class Arithmetic:
    """Two inputs, element by element; dimensions of 1 broadcast.

    The shapes have the same number of dimensions.
    """

    kind: ArithmeticKind


@dataclass(frozen=True)
class Concat:
    """Joins inputs, all of the output's type, along `axis`."""

    axis: int


@dataclass(frozen=True)
class Transpose:
    """Output dimension i is the input's dimension `axes[i]`."""

    axes: tuple[int, ...]


@dataclass(frozen=True)
class Slice:
    """`x[begin], x[begin + step] ...`, `size` elements; all three for each dimension."""

    begin: tuple[int, ...]
    size: tuple[int, ...]
    step: tuple[int, ...]


@dataclass(frozen=True)
class Pad:
    """Padding around height and width with a real number."""

    padding: Padding
    value: float = 0.0


class Corners(StrEnum):
    """Where the outer pixels of both images of a resizing lie."""

    TOP_LEFT = "top_left"
    """The corners of the first pixels agree."""
    ALIGNED = "aligned"
    """The centres of the first and of the last pixels agree."""
    CENTRED = "centred"
    """The images cover the same area."""


@dataclass(frozen=True)
class Resize:
    """An image of another (height, width): the nearest pixels, or between four of them."""

    size: tuple[int, int]
    bilinear: bool
    corners: Corners


@dataclass(frozen=True)
class Reshape:
    """Same elements, another shape; also Flatten."""


@dataclass(frozen=True)
class Convert:
    """The same numbers in another type: quantises, dequantises, or changes the scale."""


@dataclass(frozen=True)
class Dropout:
    """Does nothing at inference."""


@dataclass(frozen=True, eq=False)
class BatchNorm:
    """`y = x * scale + offset` per channel, both (channels)."""

    scale: FloatArray
    offset: FloatArray


Operation = (
    Constant
    | Dense
    | Conv
    | DepthwiseConv
    | TransposeConv
    | Pool
    | GlobalPool
    | Activate
    | Clip
    | Arithmetic
    | Concat
    | Transpose
    | Slice
    | Pad
    | Resize
    | Reshape
    | Convert
    | Dropout
    | BatchNorm
    | FloatOperation
)


@dataclass(frozen=True)
class Input:
    """An input of a network. The first is called `INPUT`."""

    name: str
    shape: Shape
    type: TensorType = FLOAT


@dataclass(frozen=True, eq=False)
class Layer:
    """One step. `inputs` names earlier layers or inputs; `shape` and `type` are the output's."""

    name: str
    operation: Operation
    inputs: tuple[str, ...]
    shape: Shape
    type: TensorType = FLOAT


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

    @cached_property
    def tensors(self) -> Mapping[str, Input | Layer]:
        """By name, what each tensor is: its shape and its type."""
        tensors: tuple[Input | Layer, ...] = (*self.inputs, *self.layers)
        return {one.name: one for one in tensors}

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
        """Whether any layer computes with integers."""
        return any(not layer.type.is_float for layer in self.layers)

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
    """Any shape as (height, width, channels): `(features,)` is `(1, 1, features)`."""
    if len(shape) == 1:
        return 1, 1, shape[0]
    if len(shape) == 2:
        return 1, shape[0], shape[1]
    if len(shape) == 3:
        return shape[0], shape[1], shape[2]
    raise ValueError(f"a shape of {len(shape)} dimensions: {shape}")
