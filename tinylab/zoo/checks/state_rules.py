"""Whether the states of a network fit the layers that change them, and their sources."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tinylab.errors import ModelFileError
from tinylab.zoo.network import Network, Shape, State
from tinylab.zoo.operations import GRU, LSTM, Operation, SimpleRNN
from tinylab.zoo.shapes import MAX_DIMENSIONS

REMEDY = "The file is damaged; convert or save the model again."
MOST_STATES = 1_000


def check_states(operation: Operation, states: Sequence[State], owner: str = "") -> None:
    """Raises ModelFileError unless a layer may change states of these shapes and types."""
    given = [one.shape for one in states]
    wanted = _wanted(operation)
    types_fit = all(one.type.is_float for one in states)
    if given and (given != wanted or not types_fit):
        shown = owner or f"the layer of {states[0].name!r}"
        raise ModelFileError(f"{shown} has states of the shapes {given}", remedy=REMEDY)


def _wanted(operation: Operation) -> Sequence[Shape]:
    """The shapes of the states that an operation changes, if it has any."""
    match operation:
        case LSTM():
            return [operation.recurrent.shape[:1]] * 2
        case SimpleRNN() | GRU():
            return [operation.recurrent.shape[:1]]
        case _:
            return []


def check_state(state: State) -> None:
    """Raises ModelFileError unless its initial elements have its shape and type."""
    if not 1 <= len(state.shape) <= MAX_DIMENSIONS or min(state.shape) < 1:
        raise ModelFileError(f"has a state of the shape {state.shape}", remedy=REMEDY)
    fits = state.initial.shape == state.shape and state.initial.dtype == state.type.number.dtype
    if not fits or not np.isfinite(state.initial).all():
        raise ModelFileError(f"begins the state {state.name!r} with other numbers", remedy=REMEDY)


def check_kept(network: Network) -> None:
    """Raises ModelFileError unless every state is changed once, by a tensor like itself."""
    by_name = {one.name: one for one in network.states}
    changed = [name for layer in network.layers for name in layer.states]
    changed += [one.name for one in network.states if one.source is not None]
    known = set(changed) <= by_name.keys() and len(network.states) <= MOST_STATES
    if len(set(changed)) != len(changed) or not known:
        raise ModelFileError("changes a state twice, or one that it has not", remedy=REMEDY)
    for layer in network.layers:
        check_states(layer.operation, [by_name[one] for one in layer.states])
    for state in network.states:
        source = network.tensors.get(state.source or state.name)
        if source is None or (source.shape, source.type) != (state.shape, state.type):
            raise ModelFileError(f"keeps another tensor in {state.name!r}", remedy=REMEDY)
