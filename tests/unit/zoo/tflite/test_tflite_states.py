"""Operators of .tflite files that keep states equal LiteRT's over sequences of inferences: bit by
bit for quantised tensors, floats to rounding."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.fakes.tflite import streaming
from tests.fakes.tflite.files import interpreted_sequence, network_of
from tinylab.errors import ModelFileError
from tinylab.zoo.execution import reference
from tinylab.zoo.execution.memory import Memory
from tinylab.zoo.processes import stored

SAMPLES, RESET_AFTER = 8, 5
SEEDS = range(3)
Make = Callable[[Any], bytes]


def compare(content: bytes, folder: Path, random: np.random.Generator) -> None:
    """A sequence of samples with a reset in it."""
    network = network_of(content, folder)
    real = [
        one.type.random(random, (SAMPLES, *one.shape)) * np.float32(4) - one.type.is_float * 2
        for one in network.inputs
    ]
    memory = Memory(network)
    first = dict(reference.each_tensor(network, [one[:RESET_AFTER] for one in real], memory))
    memory.reset()
    second = dict(reference.each_tensor(network, [one[RESET_AFTER:] for one in real], memory))
    given = [np.concatenate([first[one.name], second[one.name]]) for one in network.inputs]
    wanted = interpreted_sequence(content, *given, reset_after=RESET_AFTER)
    for name, output in zip(network.outputs, wanted, strict=True):
        got = np.concatenate([first[name], second[name]]).reshape(output.shape)
        assert got.dtype == output.dtype
        assert len(np.unique(output)) > 1
        limit = 1e-5 * (1 + np.abs(output).max()) if network.type_of(name).is_float else 0
        np.testing.assert_allclose(got.astype(float), output.astype(float), atol=limit, rtol=0)


@pytest.mark.parametrize(("name", "make"), streaming.CASES, ids=[one for one, _ in streaming.CASES])
def test_a_sequence_equals_litert(tmp_path: Path, name: str, make: Make) -> None:
    for seed in SEEDS:
        random = np.random.default_rng(seed)
        compare(make(random), tmp_path, random)


def test_int8_weights_of_float_tensors_are_made_floats_and_said_so(tmp_path: Path) -> None:
    content = streaming.lstm(np.random.default_rng(1), hybrid=True)
    network = network_of(content, tmp_path)
    assert not network.is_quantised
    assert any("int8 were made float32" in note for note in network.notes)


@pytest.mark.parametrize(
    ("extra", "what"),
    [(9, "peepholes"), (16, "a projection"), (20, "layer normalisation")],
)
def test_what_is_not_built_is_named(tmp_path: Path, extra: int, what: str) -> None:
    content = streaming.lstm(np.random.default_rng(1), extra=extra)
    with pytest.raises(ModelFileError, match=f"UNIDIRECTIONAL_SEQUENCE_LSTM .* with {what}"):
        network_of(content, tmp_path)


def test_states_are_reset_between_calls_of_the_reference(tmp_path: Path) -> None:
    content = streaming.lstm(np.random.default_rng(1))
    network = network_of(content, tmp_path)
    inputs = [np.ones((3, *network.input_shape), np.float32)]
    (once,), (again,) = reference.run(network, inputs), reference.run(network, inputs)
    np.testing.assert_array_equal(once, again)
    assert not np.array_equal(once[0], once[1])
    memory = Memory(network)
    parts = [
        reference.run(network, [one[None] for one in sample], memory)[0]
        for sample in zip(*inputs, strict=True)
    ]
    np.testing.assert_array_equal(np.concatenate(parts), once)


@pytest.mark.parametrize(
    ("name", "make"), streaming.VARIABLES, ids=[one for one, _ in streaming.VARIABLES]
)
def test_variables_equal_litert(tmp_path: Path, name: str, make: Make) -> None:
    """LiteRT does not reset resource variables, so the sequence has no reset in it."""
    random = np.random.default_rng(3)
    content = make(random)
    network = network_of(content, tmp_path)
    real = [one.type.random(random, (SAMPLES, *one.shape)) for one in network.inputs]
    tensors = dict(reference.each_tensor(network, real))
    given = [tensors[one.name] for one in network.inputs]
    [wanted] = interpreted_sequence(content, *given, reset_after=SAMPLES)
    np.testing.assert_array_equal(tensors[network.outputs[0]].reshape(wanted.shape), wanted)
    assert [one.name for one in network.states] == ["line"]


def test_a_variable_must_begin_with_something(tmp_path: Path) -> None:
    content = streaming.delay_line(np.random.default_rng(1), streaming.FLOAT, known=False)
    with pytest.raises(ModelFileError, match=r"what the variable .* begins with"):
        network_of(content, tmp_path)


def test_networks_with_states_come_back_from_the_cache(tmp_path: Path) -> None:
    for make in (*dict(streaming.CASES).values(), *dict(streaming.VARIABLES).values()):
        network = network_of(make(np.random.default_rng(2)), tmp_path)
        stored.save(network, tmp_path / "network.npz")
        again = stored.read(tmp_path / "network.npz", "", "", tmp_path)
        inputs = [
            one.type.random(np.random.default_rng(3), (3, *one.shape)) for one in network.inputs
        ]
        for ours, wanted in zip(
            reference.run(again, inputs), reference.run(network, inputs), strict=True
        ):
            np.testing.assert_array_equal(ours, wanted)
