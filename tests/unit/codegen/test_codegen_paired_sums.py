"""Sums of int8 layers whose channels are computed in pairs, on every core that does so."""

from __future__ import annotations

import numpy as np

from tinylab.codegen.layers.fast.int8_packing import Filters
from tinylab.codegen.layers.fast.paired_weights import Sums
from tinylab.codegen.layers.requantize import Quantised
from tinylab.zoo.operations import WeightQuantization
from tinylab.zoo.tensor_type import Number, TensorType

ELEMENTS = TensorType(Number.INT8, 0.02, -128)
TYPES = Quantised(ELEMENTS, ELEMENTS, Number.INT8.range)
SCALES = WeightQuantization(np.full(4, 0.01, np.float32), np.zeros(4, np.int32))


def test_a_channel_that_no_input_changes_needs_no_large_sum() -> None:
    """Training switches channels off, and leaves them a bias that always saturates."""
    weights = np.arange(32, dtype=np.int8).reshape(4, 8)
    weights[1] = 0
    bias = np.array([5, -2_000_000_000, 7, 9], np.int32)
    sums = Sums.of(weights, bias, SCALES, TYPES)
    assert sums.unsuited is None
    assert sums.unpaired is None
    assert Filters.of(weights, bias, SCALES, TYPES).why_not(1) is None


def test_a_large_sum_that_inputs_change_is_refused() -> None:
    weights = np.full((4, 2000), 100, np.int8)
    small = WeightQuantization(np.full(4, 5e-6, np.float32), np.zeros(4, np.int32))
    bias = np.zeros(4, np.int32)
    assert Sums.of(weights, bias, small, TYPES).unpaired is not None
    assert Filters.of(weights, bias, small, TYPES).why_not(1) is not None
