"""Activations of quantised tensors that clamp: ReLU and ReLU6."""

from __future__ import annotations

import math

import numpy as np

from tinylab.zoo.network import Function
from tinylab.zoo.tensor_type import Array, TensorType

CLAMPS = {Function.RELU: (0.0, None), Function.RELU6: (0.0, 6.0)}
"""The least and the greatest real number of activations that clamp; None is no limit."""


def clamp(function: Function, made: TensorType) -> tuple[int, int]:
    """The range of a clamping activation in a quantised type (CalculateActivationRange)."""
    low, high = made.number.range
    least, greatest = CLAMPS[function]
    low = max(low, _steps(least, made))
    return low, high if greatest is None else min(high, _steps(greatest, made))


def _steps(value: float, made: TensorType) -> int:
    ratio = float(np.float32(value) / np.float32(made.step))
    return made.zero_point + math.floor(ratio + 0.5)


def clamped(function: Function, x: Array, made: TensorType) -> Array:
    """ReLU or ReLU6 of a tensor of type `made`; the output has the same type."""
    low, high = clamp(function, made)
    return np.clip(x, low, high)
