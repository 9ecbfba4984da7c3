"""From the sums of a quantised layer to its output: the multiplier of each output channel."""

from __future__ import annotations

import numpy as np

from tinylab.zoo.execution.integer.fixed_point import Integers, Multiplier
from tinylab.zoo.operations import WeightQuantization
from tinylab.zoo.tensor_type import TensorType


def requantization(
    weights: WeightQuantization, outputs: int, given: TensorType, made: TensorType
) -> tuple[Integers, Integers]:
    """(mantissas, shifts), both (outputs,): input scale x weight scale / output scale."""
    if weights.scales.size > 1:
        product = float(np.float32(given.step)) * weights.scales.astype(np.float64)
    else:
        # One scale for all: TensorFlow Lite multiplies it in single precision.
        product = (np.float32(given.step) * weights.scales).astype(np.float64)
    real = np.broadcast_to(product / float(np.float32(made.step)), (outputs,))
    multipliers = [Multiplier.of(float(one)) for one in real]
    return (
        np.array([one.mantissa for one in multipliers], np.int64),
        np.array([one.shift for one in multipliers], np.int64),
    )
