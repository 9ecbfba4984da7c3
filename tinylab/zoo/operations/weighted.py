"""Layers with weights, and constants."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tinylab.zoo.operations.padding import Padding
from tinylab.zoo.tensor_type import Array, FloatArray


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
    """`y = x @ weights + bias`, on the last axis; weights (inputs, units), bias (units).

    Of this and the next three: `biased` is false if the file has no bias, which is zeros then.
    """

    weights: Array
    bias: Array
    quantization: WeightQuantization | None = None
    biased: bool = True


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
    biased: bool = True


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
    biased: bool = True


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
    biased: bool = True


@dataclass(frozen=True, eq=False)
class BatchNorm:
    """`y = x * scale + offset` per channel, both (channels)."""

    scale: FloatArray
    offset: FloatArray
