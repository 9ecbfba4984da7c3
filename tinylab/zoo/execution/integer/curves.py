"""Functions of single int8 elements, as tables of all 256 of them.

TensorFlow Lite computes some in floats and some in fixed-point numbers (`activations`); as there
are only 256 elements, a table has the results of either.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt

from tinylab.zoo.execution.integer import activations, roots
from tinylab.zoo.operations import Activate, Clip, Function
from tinylab.zoo.tensor_type import Array, TensorType, saturated

BEYOND = np.float32(2**20)
"""More steps than any type of a table has."""

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]


def _sigmoid(x: Floats, factor: np.float32) -> Floats:
    # In double precision first: TensorFlow Lite uses the C library's expf, which is nearly exact.
    powers = np.exp(-x.astype(np.float64)).astype(np.float32)
    made: Floats = np.float32(1) / (np.float32(1) + powers)
    return made


def _tanh(x: Floats, factor: np.float32) -> Floats:
    return np.tanh(x.astype(np.float64)).astype(np.float32)


def _elu(x: Floats, factor: np.float32) -> Floats:
    below = factor * np.expm1(np.minimum(x, 0).astype(np.float64)).astype(np.float32)
    return np.where(x < 0, below, x)


def _gelu(x: Floats, factor: np.float32) -> Floats:
    wide = (x * np.float32(math.sqrt(0.5))).astype(np.float64)
    error = np.array([math.erf(one) for one in wide.tolist()], np.float32)
    return np.float32(0.5) * x * (np.float32(1) + error)


def _gelu_tanh(x: Floats, factor: np.float32) -> Floats:
    inner = np.float32(math.sqrt(2 / math.pi)) * (x + np.float32(0.044715) * x * x * x)
    bent = np.tanh(inner.astype(np.float64)).astype(np.float32)
    return np.float32(0.5) * x * (np.float32(1) + bent)


def _log(x: Floats, factor: np.float32) -> Floats:
    return np.log(np.maximum(x, 1e-30).astype(np.float64)).astype(np.float32)


CURVES: Mapping[Function, Callable[[Floats, np.float32], Floats]] = {
    Function.SIGMOID: _sigmoid,
    Function.TANH: _tanh,
    Function.ELU: _elu,
    Function.GELU: _gelu,
    Function.GELU_TANH: _gelu_tanh,
    Function.EXP: lambda x, factor: np.exp(x.astype(np.float64)).astype(np.float32),
    Function.LOG: _log,
}
"""Those that are computed in floats."""


def table(operation: Activate | Clip, given: TensorType, made: TensorType) -> Array:
    """The output for each input from -128 to 127, shape (256,)."""
    steps = np.arange(-128, 128, dtype=np.int64) - given.zero_point
    return of_steps(operation, steps, given, made)


def of_steps(
    operation: Activate | Clip, steps: Array, given: TensorType, made: TensorType
) -> Array:
    """The output for `steps` of `given` from its zero point."""
    if isinstance(operation, Clip):
        return activations.clipped(operation.low, operation.high, steps, given, made)
    function, factor = operation.function, operation.factor
    if function in CURVES:
        return _from_floats(function, np.float32(factor), steps, given, made)
    if function is Function.LEAKY_RELU:
        return activations.leaky(factor, steps, given, made)
    if function is Function.ABS:
        return activations.absolute(steps, given, made)
    if function is Function.RSQRT:
        return roots.inverse_roots(steps, given, made)
    if function is Function.HARD_SWISH:
        return activations.hard_swish(steps, given, made)
    return activations.clipped(*activations.CLAMPS[function], steps, given, made)


def _from_floats(
    function: Function, factor: np.float32, steps: Array, given: TensorType, made: TensorType
) -> Array:
    """Source: PopulateLookupTable of tensorflow/lite/kernels/internal/common.h."""
    real = CURVES[function](np.float32(given.step) * steps.astype(np.float32), factor)
    scaled = real * (np.float32(1) / np.float32(made.step))
    limited = np.clip(scaled, -BEYOND, BEYOND)
    rounded = np.copysign(np.floor(np.abs(limited) + np.float32(0.5)), limited).astype(np.int64)
    return saturated(rounded + made.zero_point, made.number)


def looked_up(operation: Activate | Clip, x: Array, given: TensorType, made: TensorType) -> Array:
    """The function of every element of an int8 tensor."""
    found: Array = table(operation, given, made)[x.astype(np.int64) + 128]
    return found
