"""The Keras layers with a state, one direction or both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from tinylab.zoo import affine
from tinylab.zoo.builder import plain
from tinylab.zoo.keras import layer_settings as settings
from tinylab.zoo.keras.activations import HARD_SIGMOID
from tinylab.zoo.keras.call_arguments import HARD_SIGMOID_SLOPE, Call, Saved
from tinylab.zoo.keras.graph import KerasLayer
from tinylab.zoo.keras.weights import RECURRENT
from tinylab.zoo.operations import (
    GRU,
    LSTM,
    Arithmetic,
    ArithmeticKind,
    CellFunction,
    Concat,
    Recurrent,
    SimpleRNN,
)
from tinylab.zoo.tensor_type import FloatArray

PARTS = {"SimpleRNN": 1, "GRU": 3, "LSTM": 4}
GATES: Mapping[str, Sequence[int]] = {"SimpleRNN": (), "GRU": (0, 1), "LSTM": (0, 1, 3)}
"""The parts that are gates, in Keras' order: z, r, candidate; i, f, candidate, o."""
FUNCTIONS = {
    "linear": CellFunction.LINEAR,
    "relu": CellFunction.RELU,
    "tanh": CellFunction.TANH,
    "sigmoid": CellFunction.SIGMOID,
}


def recurrent(call: Call) -> str:
    own = _settings(call)
    if own.go_backwards and own.return_sequences:
        call.refuse("returns a sequence in reverse order", "Use Bidirectional, or return the last.")
    return _added(call, call.layer.name, call.name, own, own.go_backwards)


def bidirectional(call: Call) -> str:
    """Both layers read the same input; their outputs are merged."""
    inner = call.layer.inner
    if inner.kind not in RECURRENT:
        call.refuse(f"has a layer of the kind {inner.kind} in it", "Use SimpleRNN, GRU or LSTM.")
    merge = call.settings(settings.Bidirectional).merge_mode
    if merge is None:
        call.refuse("returns both outputs", "Use it with a merge_mode.")
    found = call.saved.places.get(call.layer, ())
    other = call.layer.settings.get("backward_layer") is not None
    layers = (inner, call.layer.inner_named("backward_layer") if other else inner)
    half = len(found) // 2
    made = []
    for index, layer in enumerate(layers):
        part = _inner(call, layer, found[:half] if index == 0 else found[half:])
        own = _settings(part)
        side = ("forward", "backward")[index]
        back = own.go_backwards if other or not index else True
        place = f"{call.layer.name}_{side}"
        made.append(_added(part, place, f"{call.name}_{side}", own, back))
    if call.builder.shapes[made[0]] != call.builder.shapes[made[1]]:
        call.refuse("has layers with different outputs", settings.REMEDY)
    return _merged(call, merge, made)


def _added(call: Call, layer: str, name: str, own: settings.Recurrent, backwards: bool) -> str:
    """Appends `layer` as `name`, with states if it keeps them between inferences."""
    operation = _operation(call, own, backwards)
    names: Sequence[str] = ()
    if own.stateful:
        names = ("state", "memory") if isinstance(operation, LSTM) else ("state",)
    if names and plain(f"{layer}_state") in call.builder.states:
        call.refuse("keeps its state and is called twice", "Call it once, or use two layers.")
    units = (own.units,)
    states = [call.builder.add_state(f"{layer}_{one}", units) for one in names]
    return call.builder.add(name, operation, *call.sources, states=states)


def _merged(call: Call, merge: str, made: Sequence[str]) -> str:
    if merge == "concat":
        axis = len(call.builder.shapes[made[0]]) - 1
        return call.builder.add(call.name, Concat(axis), *made)
    kind = ArithmeticKind.MULTIPLY if merge == "mul" else ArithmeticKind.ADD
    name = f"{call.name}_sum" if merge == "ave" else call.name
    total = call.builder.add(name, Arithmetic(kind), *made)
    return affine.append(call.builder, call.name, total, 0.5) if merge == "ave" else total


def _inner(call: Call, layer: KerasLayer, found: Sequence[object]) -> Call:
    """The call of a layer in a wrapper, with its part of the wrapper's arrays."""
    return replace(call, layer=layer, saved=Saved({layer: found}, call.saved.version))


def _settings(call: Call) -> settings.Recurrent:
    """Checked. Raises ModelFileError for what is not supported."""
    own = call.settings(settings.Recurrent)
    call.check_rank(1)
    if own.return_state:
        call.refuse("returns its state", "Build the model with return_state=False.")
    if own.time_major:
        call.refuse("has time before the batch", "Build the model with time_major=False.")
    return own


def _operation(call: Call, own: settings.Recurrent, backwards: bool) -> Recurrent:
    kind, units = call.layer.kind, own.units
    made = PARTS[kind] * units
    after = kind == "GRU" and own.reset_after
    arrays = call.weights(
        kernel=(call.shape[-1], made),
        recurrent=(units, made),
        bias=(2, made) if after else (made,),
    )
    gate = _function(call, own.recurrent_activation) if kind != "SimpleRNN" else None
    kernel, state = arrays["kernel"], arrays["recurrent"]
    biases = np.atleast_2d(arrays.get("bias", np.zeros(made, np.float32)))
    offsets = [biases[0], biases[1] if len(biases) > 1 else np.zeros(made, np.float32)]
    if gate is CellFunction.UNIT:
        slope = HARD_SIGMOID_SLOPE[call.saved.version]
        kernel, state, *offsets = (_sloped(kind, one, slope) for one in (kernel, state, *offsets))
        offsets[0] = _raised(kind, offsets[0])
    curve = _function(call, own.activation)
    if curve is CellFunction.UNIT:
        call.refuse("has the activation hard_sigmoid", "Use it as recurrent_activation only.")
    sequences = own.return_sequences
    if kind == "SimpleRNN":
        return SimpleRNN(kernel, state, offsets[0], curve, sequences, backwards)
    assert gate is not None
    if kind == "GRU":
        arguments = (kernel, state, offsets[0], offsets[1])
        return GRU(*arguments, curve, gate, after, sequences, backwards)
    return LSTM(kernel, state, offsets[0], curve, gate, sequences, backwards)


def _function(call: Call, name: str | None) -> CellFunction:
    if name == HARD_SIGMOID:
        return CellFunction.UNIT
    found = FUNCTIONS.get(name or "linear")
    if found is None:
        remedy = f"Supported inside of it: {', '.join((*FUNCTIONS, HARD_SIGMOID))}."
        call.refuse(f"has the activation {name}, which is not supported", remedy)
    return found


def _sloped(kind: str, array: FloatArray, slope: float) -> FloatArray:
    """The slope of hard_sigmoid in the weights of the gates."""
    parts = np.split(array.copy(), PARTS[kind], axis=-1)
    for gate in GATES[kind]:
        parts[gate] = parts[gate] * np.float32(slope)
    return np.concatenate(parts, -1)


def _raised(kind: str, bias: FloatArray) -> FloatArray:
    """The offset of hard_sigmoid in the bias of the gates."""
    parts = np.split(bias, PARTS[kind])
    return np.concatenate(
        [
            part + np.float32(0.5) if index in GATES[kind] else part
            for index, part in enumerate(parts)
        ]
    )
