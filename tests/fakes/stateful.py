"""Networks that keep states between inferences."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from tinylab.zoo.builder import Builder
from tinylab.zoo.network import Network
from tinylab.zoo.operations import (
    GRU,
    LSTM,
    Activate,
    Arithmetic,
    ArithmeticKind,
    CellFunction,
    Concat,
    Function,
    Recurrent,
    SimpleRNN,
    Slice,
)

STEPS, INPUTS, UNITS = 3, 4, 5
TANH, SIGMOID = CellFunction.TANH, CellFunction.SIGMOID


def cell(kind: str, sequences: bool, backwards: bool) -> Recurrent:
    random = np.random.default_rng(3)
    parts = {"rnn": 1, "gru": 3, "gru, reset first": 3, "lstm": 4}[kind]
    shapes = ((INPUTS, parts * UNITS), (UNITS, parts * UNITS), (parts * UNITS,))
    arrays = [(random.standard_normal(shape) / 2).astype(np.float32) for shape in shapes]
    if kind == "rnn":
        return SimpleRNN(*arrays, TANH, sequences, backwards)
    if kind == "lstm":
        return LSTM(*arrays, TANH, SIGMOID, sequences, backwards)
    after = kind == "gru"
    return GRU(*arrays, arrays[2] / 2, TANH, SIGMOID, after, sequences, backwards)


def recurrent(kind: str, *, sequences: bool, backwards: bool) -> Callable[[], Network]:
    def network() -> Network:
        builder = Builder((STEPS, INPUTS))
        names = ("state", "memory") if kind == "lstm" else ("state",)
        states = [builder.add_state(name, (UNITS,)) for name in names]
        operation = cell(kind, sequences, backwards)
        return builder.network(builder.add("cell", operation, "input", states=states))

    return network


def delay_line() -> Network:
    """The last three samples, oldest first; they begin with 1 to 6."""
    builder = Builder((1, 2))
    initial = np.arange(1, 7, dtype=np.float32).reshape(3, 2)
    line = builder.add_state("line", (3, 2), initial=initial)
    later = builder.add("later", Slice((1, 0), (2, 2), (1, 1)), line)
    joined = builder.add("joined", Concat(0), later, "input")
    builder.keep(line, joined)
    return builder.network(joined)


def chain() -> Network:
    """Three states that hand each other what they have; one is an output, one swaps with it."""
    builder = Builder((4,))
    states = [builder.add_state(f"kept_{index}", (4,)) for index in range(3)]
    total = builder.add("total", Arithmetic(ArithmeticKind.ADD), "input", states[2])
    for state, source in zip(states, ("input", states[0], states[1]), strict=True):
        builder.keep(state, source)
    return builder.network(total, states[1])


def output_in_place() -> Network:
    """The tensor before the last layer, which works in place, is kept."""
    builder = Builder((4,))
    state = builder.add_state("sum", (4,))
    total = builder.add("total", Arithmetic(ArithmeticKind.ADD), "input", state)
    builder.keep(state, total)
    return builder.network(builder.add("out", Activate(Function.TANH), total))


NETWORKS: Mapping[str, Callable[[], Network]] = {
    **{
        f"{kind} {sequences} {backwards}": recurrent(kind, sequences=sequences, backwards=backwards)
        for kind in ("rnn", "gru", "gru, reset first", "lstm")
        for sequences in (False, True)
        for backwards in (False, True)
    },
    "delay line": delay_line,
    "chain": chain,
    "output in place": output_in_place,
}
