"""The description of a network: layers in execution order, shapes, weights.

Shapes are without the batch dimension and channels-last: `(features,)`,
`(length, channels)` or `(height, width, channels)`. All numbers are float32.
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

FloatArray = npt.NDArray[np.float32]
Shape = tuple[int, ...]
Padding = tuple[tuple[int, int], tuple[int, int]]
"""((top, bottom), (left, right)) in elements."""

INPUT = "input"
"""The name by which layers refer to the network's input."""

NO_PADDING: Padding = ((0, 0), (0, 0))


class Function(StrEnum):
    """Activation functions."""

    LINEAR = "linear"
    RELU = "relu"
    RELU6 = "relu6"
    SIGMOID = "sigmoid"
    TANH = "tanh"
    SOFTMAX = "softmax"


class PoolKind(StrEnum):
    MAX = "max"
    AVERAGE = "average"


@dataclass(frozen=True, eq=False)
class Dense:
    """`y = x @ weights + bias`, on the last axis; weights (inputs, units), bias (units)."""

    weights: FloatArray
    bias: FloatArray


@dataclass(frozen=True, eq=False)
class Conv:
    """Convolution; kernel (height, width, inputs, outputs), bias (outputs)."""

    kernel: FloatArray
    bias: FloatArray
    stride: tuple[int, int]
    padding: Padding
    rank: int = 2


@dataclass(frozen=True, eq=False)
class DepthwiseConv:
    """Depthwise convolution; kernel (height, width, channels, multiplier).

    Output channel `c * multiplier + m` is computed from input channel `c`; bias has one value
    per output channel.
    """

    kernel: FloatArray
    bias: FloatArray
    stride: tuple[int, int]
    padding: Padding
    rank: int = 2


@dataclass(frozen=True)
class Pool:
    """Max or average pooling. An average includes only elements inside the input."""

    kind: PoolKind
    size: tuple[int, int]
    stride: tuple[int, int]
    padding: Padding
    rank: int = 2


@dataclass(frozen=True)
class GlobalPool:
    """Pooling over all positions; the output shape is `(channels,)`."""

    kind: PoolKind


@dataclass(frozen=True)
class Activate:
    """An activation function, element by element (softmax: over the last axis)."""

    function: Function


@dataclass(frozen=True)
class Clip:
    """`y = min(max(x, low), high)`; a bound may be infinite."""

    low: float
    high: float


@dataclass(frozen=True)
class Add:
    """Element-wise sum of two inputs of the same shape."""


@dataclass(frozen=True)
class Pad:
    """Zero padding around height and width."""

    padding: Padding


@dataclass(frozen=True)
class Reshape:
    """Same elements, another shape; also Flatten."""


@dataclass(frozen=True)
class Dropout:
    """Does nothing at inference."""


@dataclass(frozen=True, eq=False)
class BatchNorm:
    """`y = x * scale + offset` per channel, both (channels)."""

    scale: FloatArray
    offset: FloatArray


Operation = (
    Dense
    | Conv
    | DepthwiseConv
    | Pool
    | GlobalPool
    | Activate
    | Clip
    | Add
    | Pad
    | Reshape
    | Dropout
    | BatchNorm
)


@dataclass(frozen=True, eq=False)
class Layer:
    """One step. `inputs` names earlier layers, or `INPUT`; `shape` is the output's."""

    name: str
    operation: Operation
    inputs: tuple[str, ...]
    shape: Shape


@dataclass(frozen=True, eq=False)
class Network:
    """A network with one input and one output (the last layer), in execution order."""

    name: str
    input_shape: Shape
    layers: tuple[Layer, ...]
    sha256: str
    source: Path | None = field(default=None)

    @property
    def output_shape(self) -> Shape:
        return self.layers[-1].shape if self.layers else self.input_shape

    def shape_of(self, name: str) -> Shape:
        """The output shape of layer `name`, or of the network's input."""
        return self._shapes[name]

    @cached_property
    def _shapes(self) -> Mapping[str, Shape]:
        return {INPUT: self.input_shape, **{layer.name: layer.shape for layer in self.layers}}


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
