"""Builds a Network layer by layer, for both file formats."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from tinylab.errors import ModelFileError
from tinylab.zoo.checks.state_rules import check_states
from tinylab.zoo.checks.type_rules import check_type
from tinylab.zoo.checks.validation import REMEDY, check_dimensions, check_layer, check_network
from tinylab.zoo.damage import REMEDY_MEMORY
from tinylab.zoo.execution import reference
from tinylab.zoo.network import INPUT, Input, Layer, Network, Shape, State, elements
from tinylab.zoo.operations import (
    GRU,
    LSTM,
    SVDF,
    BatchNorm,
    Constant,
    Conv,
    Dense,
    DepthwiseConv,
    Embedding,
    IntegerLSTM,
    LayerNorm,
    Operation,
    Reshape,
    SimpleRNN,
    TransposeConv,
)
from tinylab.zoo.tensor_type import FLOAT, Array, FloatArray, TensorType

LONGEST_NAME = 80
REMEDY_LAYERS = (
    "Build it from what docs/layers.md lists, or let ST's tool generate the code: --cubeai-dir."
)
MAX_LAYERS = 2_000
"""Of the network as it runs: a nested model counts once for each call."""
MOST_FOLDED = 2**24
"""Elements of a constant that is computed of others."""


class Builder:
    """Collects layers in execution order; makes names unique and valid in C comments."""

    def __init__(self, input_shape: Shape, input_type: TensorType = FLOAT) -> None:
        self.inputs: list[Input] = []
        self.owner = ""
        """The layer or operator of the file that is being read, as in error messages."""
        self._counts: dict[str, int] = {}
        self.layers: list[Layer] = []
        self.states: dict[str, State] = {}
        self.constants: dict[str, Constant] = {}
        """The layers that are constants. Those that are computed of them alone are, too."""
        self.shapes: dict[str, Shape] = {}
        self.types: dict[str, TensorType] = {}
        self.add_input(input_shape, input_type)

    def add_input(self, shape: Shape, number: TensorType = FLOAT) -> str:
        """Append an input of the network; returns its name: `input`, `input_1` ..."""
        if not shape:
            raise ModelFileError(
                "the input is a scalar", remedy="Inputs of one to four dimensions are supported."
            )
        check_dimensions(INPUT, shape)
        name = self._unique(INPUT)
        self.inputs.append(Input(name, shape, number))
        self.shapes[name], self.types[name] = shape, number
        return name

    def add_state(
        self, name: str, shape: Shape, type: TensorType = FLOAT, initial: Array | None = None
    ) -> str:
        """Append a state, which begins with real zeros or with `initial`; returns its name."""
        check_dimensions(name, shape, self.owner)
        check_type(type)
        unique = self._unique(name)
        if initial is None:
            initial = np.full(shape, type.zero_point, type.number.dtype)
        self.states[unique] = State(unique, shape, type, initial)
        self.shapes[unique], self.types[unique] = shape, type
        return unique

    def keep(self, state: str, source: str) -> None:
        """At the end of each inference, `state` gets the elements of the tensor `source`."""
        self.states[state] = replace(self.states[state], source=source)

    def add(
        self,
        name: str,
        operation: Operation,
        *sources: str,
        shape: Shape | None = None,
        type: TensorType | None = None,
        states: Sequence[str] = (),
    ) -> str:
        """Append a layer that reads `sources`; returns its name.

        `shape` is the output shape as stated in the file: required for Reshape, checked for
        all others. `type` is the output's, None for that of the first source, if there is one.
        The layer reads and changes `states`.
        """
        if len(self.layers) >= MAX_LAYERS:
            raise ModelFileError(f"has more than {MAX_LAYERS:,} layers.", remedy=REMEDY_MEMORY)
        unique = self._unique(name)
        inputs = [self.shapes[source] for source in sources]
        given = [self.types[source] for source in sources]
        kept = given[0] if type is None else type
        made = check_layer(name, operation, inputs, shape, self.owner, types=(given, kept))
        both = (*given[:1], kept)
        check_states(operation, [self.states[one] for one in states], both, self.owner)
        layer = Layer(unique, operation, tuple(sources), made, kept, tuple(states))
        known = sources and all(source in self.constants for source in sources)
        if known and not states and not kept.is_whole:
            layer = self._folded(layer, given)
        if isinstance(layer.operation, Constant):
            self.constants[unique] = layer.operation
        self.layers.append(layer)
        self.shapes[unique], self.types[unique] = made, kept
        return unique

    def _folded(self, layer: Layer, types: Sequence[TensorType]) -> Layer:
        """A layer that reads constants alone, as a constant."""
        if elements(layer.shape) > MOST_FOLDED:
            raise ModelFileError(
                f"computes a constant of the shape {layer.shape}.", remedy=REMEDY_MEMORY
            )
        arrays = [self.constants[source].values[None] for source in layer.inputs]
        with np.errstate(all="ignore"):
            made = reference.run_layer(layer, arrays, types)
        values = np.ascontiguousarray(made.reshape(layer.shape), layer.type.number.dtype)
        return replace(layer, operation=Constant(values), inputs=())

    def told(self, name: str, error: ModelFileError) -> ModelFileError:
        """`error`, whose message lacks its subject: the owner, or else layer `name`."""
        message = f"{self.owner or f'layer {name!r}'} {error.message}"
        return ModelFileError(message, remedy=error.remedy or REMEDY, layer=name)

    def change_last(self, operation: Operation) -> None:
        """Gives the last layer another operation, with the same output shape."""
        last = self.layers[-1]
        inputs = [self.shapes[source] for source in last.inputs]
        types = [self.types[source] for source in last.inputs], last.type
        check_layer(last.name, operation, inputs, last.shape, self.owner, types=types)
        self.layers[-1] = replace(last, operation=operation)

    def constant(self, name: str, values: FloatArray) -> str:
        """Append a constant of floats; returns its name."""
        return self.add(name, Constant(values), type=FLOAT)

    def reshape(self, name: str, source: str, shape: Shape) -> str:
        return self.add(name, Reshape(), source, shape=shape)

    def reshape_to(self, source: str, shape: Shape) -> str:
        """The layer `source`, reshaped if its output has another shape."""
        return source if self.shapes[source] == shape else self.reshape("reshape", source, shape)

    def network(self, *outputs: str) -> Network:
        """The network that ends in `outputs`, without unused layers.

        Raises ModelFileError if there is no layer.
        """
        layers, states = needed(self.layers, tuple(self.states.values()), outputs)
        network = Network("", tuple(self.inputs), layers, outputs, "", states=states)
        check_network(network)
        return network

    def _unique(self, name: str) -> str:
        base = plain(name) or "layer"
        unique, count = base, self._counts.get(base, 0)
        while unique in self.shapes:
            count += 1
            unique = f"{base}_{count}"
        self._counts[base] = count
        return unique


def needed(
    layers: Sequence[Layer], states: Sequence[State], outputs: Sequence[str]
) -> tuple[tuple[Layer, ...], tuple[State, ...]]:
    """The layers and the states on which `outputs` depend, in any inference; in order."""
    used, before = set(outputs), -1
    while before != len(used):
        before = len(used)
        used.update(one.source for one in states if one.source and one.name in used)
        for layer in reversed(layers):
            if layer.name in used or not used.isdisjoint(layer.states):
                used.update((layer.name, *layer.inputs, *layer.states))
    return (
        tuple(one for one in layers if one.name in used),
        tuple(one for one in states if one.name in used),
    )


def plain(name: str) -> str:
    """`name` in letters, digits and underscores: it is used in C sources and file names."""
    return re.sub(r"[^A-Za-z0-9_]+", "_", name)[:LONGEST_NAME].strip("_")


def weights_of(operation: Operation) -> dict[str, Array]:
    """The trained arrays of an operation by field name."""
    match operation:
        case Constant(values=values):
            return {"values": values}
        case Dense(weights=weights, bias=bias):
            return {"weights": weights, "bias": bias}
        case Conv() | DepthwiseConv() | TransposeConv():
            return {"kernel": operation.kernel, "bias": operation.bias}
        case BatchNorm(scale=scale, offset=offset):
            return {"scale": scale, "offset": offset}
        case Embedding(weights=weights):
            return {"weights": weights}
        case LayerNorm(scale=scale, offset=offset):
            return {"scale": scale, "offset": offset}
        case SimpleRNN() | GRU() | LSTM() | IntegerLSTM() | SVDF():
            arrays = vars(operation).items()
            return {key: value for key, value in arrays if isinstance(value, np.ndarray)}
        case _:
            return {}
