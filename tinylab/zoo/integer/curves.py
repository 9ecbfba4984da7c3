"""Functions of single int8 elements, as tables of all 256 of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt

from tinylab.zoo.network import Function
from tinylab.zoo.tensor_type import Array, TensorType, saturated

Floats = npt.NDArray[np.float32]


def _sigmoid(x: Floats) -> Floats:
    # In double precision first: TensorFlow Lite uses the C library's expf, which is nearly exact.
    powers = np.exp(-x.astype(np.float64)).astype(np.float32)
    made: Floats = np.float32(1) / (np.float32(1) + powers)
    return made


def _tanh(x: Floats) -> Floats:
    return np.tanh(x.astype(np.float64)).astype(np.float32)


CURVES: Mapping[Function, Callable[[Floats], Floats]] = {
    Function.SIGMOID: _sigmoid,
    Function.TANH: _tanh,
}


def table(function: Function, given: TensorType, made: TensorType) -> Array:
    """The output for each input from -128 to 127, shape (256,).

    Source: PopulateLookupTable of tensorflow/lite/kernels/internal/common.h.
    """
    steps = np.arange(-128, 128, dtype=np.int32) - given.zero_point
    real = CURVES[function](np.float32(given.step) * steps.astype(np.float32))
    scaled = real * (np.float32(1) / np.float32(made.step))
    rounded = np.copysign(np.floor(np.abs(scaled) + np.float32(0.5)), scaled).astype(np.int64)
    return saturated(rounded + made.zero_point, made.number)


def looked_up(function: Function, x: Array, given: TensorType, made: TensorType) -> Array:
    """The function of every element of an int8 tensor."""
    found: Array = table(function, given, made)[x.astype(np.int64) + 128]
    return found
