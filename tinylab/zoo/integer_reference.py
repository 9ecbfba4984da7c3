"""Executes layers of quantised tensors bit by bit as TensorFlow Lite's reference kernels do."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from tinylab.zoo.fixed_point import Integers, Multiplier, multiplied, multiplied_once
from tinylab.zoo.network import (
    Activate,
    Convert,
    Dense,
    Function,
    Layer,
    Reshape,
    WeightQuantization,
)
from tinylab.zoo.tensor_type import Array, TensorType, saturated


def run_layer(layer: Layer, inputs: Sequence[Array], types: Sequence[TensorType]) -> Array:
    """The output (N, *shape), in the layer's type, for inputs (N, *shape) of `types`.

    Raises NotImplementedError for an operation that has no quantised form.
    """
    x, made = inputs[0], layer.type
    match layer.operation:
        case Dense():
            return _dense(layer.operation, x, types[0], made)
        case Convert():
            return convert(x, types[0], made)
        case Reshape():
            return x.reshape(len(x), *layer.shape)
        case Activate(function=function) if types[0] == made and function in CLAMPS:
            low, high = clamp(function, made)
            return np.clip(x, low, high)
        case _:
            raise NotImplementedError(type(layer.operation).__name__)


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


def requantization(
    weights: WeightQuantization, outputs: int, given: TensorType, made: TensorType
) -> tuple[Integers, Integers]:
    """(mantissas, shifts), both (outputs,), from a layer's accumulators to its output."""
    if weights.scales.size > 1:
        scales = [
            float(np.float32(given.step)) * float(scale) / float(np.float32(made.step))
            for scale in weights.scales
        ]
    else:
        product = float(np.float32(given.step) * weights.scales.reshape(-1)[0])
        scales = [product / float(np.float32(made.step))] * outputs
    multipliers = [Multiplier.of(scale) for scale in scales]
    return (
        np.array([one.mantissa for one in multipliers], np.int64),
        np.array([one.shift for one in multipliers], np.int64),
    )


def _dense(operation: Dense, x: Array, given: TensorType, made: TensorType) -> Array:
    assert operation.quantization is not None
    weights = operation.weights.astype(np.int64) - operation.quantization.zero_points
    sums = (x.astype(np.int64) - given.zero_point) @ weights + operation.bias
    outputs = operation.weights.shape[1]
    mantissas, shifts = requantization(operation.quantization, outputs, given, made)
    steps = multiplied_once(sums, mantissas, shifts) + made.zero_point
    return saturated(steps, made.number)


def _output(sums: Integers, mantissas: Integers, shifts: Integers, made: TensorType) -> Array:
    return saturated(multiplied(sums, mantissas, shifts) + made.zero_point, made.number)


def convert(x: Array, given: TensorType, made: TensorType) -> Array:
    """From one type to another: QUANTIZE and DEQUANTIZE."""
    if made.is_float:
        return given.decode(x)
    if given.is_float:
        steps = x.astype(np.float32) / np.float32(made.step)
        rounded = np.copysign(np.floor(np.abs(steps) + np.float32(0.5)), steps).astype(np.int64)
        return saturated(rounded + made.zero_point, made.number)
    factor = Multiplier.of(float(np.float32(given.step)) / float(np.float32(made.step)))
    centred = x.astype(np.int64) - given.zero_point
    return _output(centred, np.array(factor.mantissa), np.array(factor.shift), made)
