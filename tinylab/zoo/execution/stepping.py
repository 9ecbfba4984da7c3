"""Layers that go through a sequence step by step, and may keep states for the next inference."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tinylab.zoo.execution.floats import recurrent as floats
from tinylab.zoo.execution.integer import recurrent as integers
from tinylab.zoo.network import Layer, Network
from tinylab.zoo.operations import GRU, LSTM, SVDF, IntegerLSTM, SimpleRNN
from tinylab.zoo.tensor_type import Array


def run(
    network: Network, layer: Layer, x: Array, before: Sequence[Array]
) -> tuple[Array, Sequence[Array]]:
    """The output (N, *shape), and the states after it, for those in `before`."""
    given, made = network.type_of(layer.inputs[0]), layer.type
    states = [network.type_of(name) for name in layer.states]
    output: Array
    after: Sequence[Array]
    match layer.operation:
        case SimpleRNN() | GRU() | LSTM():
            output, after = floats.run(layer.operation, x, before)
        case IntegerLSTM():
            output, after = integers.lstm(layer.operation, x, given, before, states)
        case SVDF() if made.is_float:
            output, after = floats.svdf(layer.operation, x, before[0])
        case SVDF():
            types = (given, states[0], made)
            output, memory = integers.svdf(layer.operation, x, before[0], types)
            after = (memory,)
        case _:
            raise AssertionError(type(layer.operation).__name__)
    return np.asarray(output).reshape(len(x), *layer.shape), after
