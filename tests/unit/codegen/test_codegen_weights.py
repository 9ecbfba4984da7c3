"""The weights file."""

from __future__ import annotations

import numpy as np

from tests.fakes.networks import Recipe
from tinylab.codegen.compress import Compression, codebooks
from tinylab.codegen.lower import lower
from tinylab.codegen.weights import collect
from tinylab.zoo.operations import Dense


def test_each_parameter_stands_on_four_bytes_in_the_order_of_execution() -> None:
    """4,098 half bytes take 2,049, so that what comes behind them is moved on."""
    network = Recipe((4098,)).dense(1).relu().dense(2).network()
    program = lower(network, codebooks(network, Compression.X8))
    weights = collect(program)
    placed = [one for step in range(len(program.steps)) for one in weights.of_step[step]]
    assert [one.parameter.name for one in placed] == ["table", "codes", "bias", "weights", "bias"]
    assert [one.offset for one in placed] == [0, 64, 64 + 2_052, 64 + 2_056, 64 + 2_064]
    assert len(weights.data) == 64 + 2_072
    for one in placed:
        end = one.offset + len(one.parameter.data)
        assert weights.data[one.offset : end] == one.parameter.data
    last = network.layers[-1].operation
    assert isinstance(last, Dense)
    assert np.array_equal(np.frombuffer(weights.data[-8:], "<f4"), last.bias)


def test_a_step_without_parameters_has_none() -> None:
    program = lower(Recipe((4, 4, 1)).pool((2, 2)).dense(1).network(), {})
    weights = collect(program)
    assert weights.of_step[0] == ()
    assert len(weights.of_step[1]) == 2
