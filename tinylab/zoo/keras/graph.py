"""The layers of a Keras configuration, and the models that they form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from tinylab.zoo.keras.config import CONTAINERS
from tinylab.zoo.keras.connections import Connections, Reference, Use, damaged
from tinylab.zoo.keras.layer_settings import Extent, Input, decode

INPUT_LAYER = "InputLayer"


@dataclass(frozen=True, eq=False)
class KerasLayer:
    """A layer; `settings` are as in the file. Layers with equal `shared_id` are the same layer."""

    name: str
    kind: str
    settings: Mapping[str, Any]
    shared_id: int | None = None

    @property
    def shown(self) -> str:
        """The layer's name and class, as in error messages."""
        return f"layer {self.name!r} ({self.kind})"

    @property
    def trainable(self) -> bool:
        return self.settings.get("trainable", True) is not False

    @property
    def inner(self) -> KerasLayer:
        """The layer that a wrapper such as Bidirectional has, under the wrapper's name."""
        return self.inner_named("layer")

    def inner_named(self, key: str) -> KerasLayer:
        entry = decode(_Entry, self.settings.get(key), self.shown)
        settings = entry.config if isinstance(entry.config, dict) else {}
        return KerasLayer(self.name, entry.class_name, settings)


@dataclass(frozen=True, eq=False)
class KerasModel:
    """A model: `calls` maps each tensor to the call that outputs it."""

    name: str
    kind: str
    trainable: bool
    layers: tuple[KerasLayer | KerasModel, ...]
    calls: Mapping[Reference, Use]
    inputs: tuple[Reference, ...]
    outputs: tuple[Reference, ...]

    @property
    def given(self) -> tuple[Input, ...]:
        """The inputs as stated in the file."""
        if not self.inputs or not self.outputs:
            damaged(f"{self.name!r} has {len(self.inputs)} inputs, {len(self.outputs)} outputs")
        return tuple(self._input(reference) for reference in self.inputs)

    def _input(self, reference: Reference) -> Input:
        layer = self.layers[reference[0]]
        if not isinstance(layer, KerasLayer) or layer.kind != INPUT_LAYER:
            damaged(f"the input of {self.name!r} is not an InputLayer")
        return decode(Input, layer.settings, f"layer {layer.name!r}")


class _Entry(msgspec.Struct, frozen=True):
    """An object of the configuration."""

    class_name: str
    config: dict[str, Any] | list[Any] = {}
    name: str | None = None
    inbound_nodes: list[Any] = []
    shared_object_id: int | None = None
    build_config: dict[str, Any] | None = None


class _Functional(msgspec.Struct, frozen=True):
    layers: list[_Entry]
    input_layers: list[Any] | dict[str, Any]
    output_layers: list[Any] | dict[str, Any]
    name: str = "functional"
    trainable: bool | None = True


class _Sequential(msgspec.Struct, frozen=True):
    layers: list[_Entry]
    name: str = "sequential"
    trainable: bool | None = True
    build_input_shape: Extent | dict[str, Any] | None = None


def decode_model(config: object) -> KerasModel:
    """Decode the model that a checked configuration describes. Raises ModelFileError."""
    return _model(decode(_Entry, config, "the model"))


def _model(entry: _Entry) -> KerasModel:
    if entry.class_name == "Sequential":
        return _sequential(entry)
    return _functional(entry)


def _layer(entry: _Entry) -> KerasLayer | KerasModel:
    if entry.class_name in CONTAINERS:
        return _model(entry)
    settings = entry.config if isinstance(entry.config, dict) else {}
    name = settings.get("name") or entry.name or entry.class_name.lower()
    return KerasLayer(str(name), entry.class_name, settings, entry.shared_object_id)


def _sequential(entry: _Entry) -> KerasModel:
    """A chain of layers. An InputLayer is added if it does not start with one.

    Before Keras 2.2.3, the configuration is only the list of layers.
    """
    whole = {"layers": entry.config} if isinstance(entry.config, list) else entry.config
    config = decode(_Sequential, whole, "a Sequential model")
    layers = [_layer(one) for one in config.layers]
    if not layers or layers[0].kind != INPUT_LAYER:
        layers.insert(0, KerasLayer("input", INPUT_LAYER, _first_input(entry, config, layers)))
    calls = {(index, 0): Use(((index - 1, 0),)) for index in range(1, len(layers))}
    last = (len(layers) - 1, 0)
    name, trainable = entry.name or config.name, config.trainable is not False
    return KerasModel(name, entry.class_name, trainable, tuple(layers), calls, ((0, 0),), (last,))


def _first_input(
    entry: _Entry, config: _Sequential, layers: Sequence[KerasLayer | KerasModel]
) -> Mapping[str, Any]:
    """Settings of an InputLayer, from the first layer or from the model's build shape."""
    first = layers[0] if layers else None
    if isinstance(first, KerasModel) and first.inputs:
        return msgspec.structs.asdict(first.given[0])
    if isinstance(first, KerasLayer) and decode(Input, first.settings, first.name).extent:
        return first.settings
    built = config.build_input_shape or (entry.build_config or {}).get("input_shape")
    return {} if built is None or isinstance(built, dict) else {"batch_shape": built}


def _functional(entry: _Entry) -> KerasModel:
    config = decode(_Functional, entry.config, "a Functional model")
    layers = tuple(_layer(one) for one in config.layers)
    names = [one.name or layer.name for one, layer in zip(config.layers, layers, strict=True)]
    if len(set(names)) != len(names):
        damaged("two layers have the same name")
    models = frozenset(i for i, layer in enumerate(layers) if isinstance(layer, KerasModel))
    kinds = {name: layer.kind for name, layer in zip(names, layers, strict=True)}
    graph = Connections(kinds, models)
    nodes = [(index, one.inbound_nodes) for index, one in enumerate(config.layers)]
    graph.old = any(isinstance(node, list) for _, calls in nodes for node in calls)
    return KerasModel(
        config.name,
        entry.class_name,
        config.trainable is not False,
        layers,
        {
            (index, call): graph.use(node)
            for index, calls in nodes
            for call, node in enumerate(calls)
        },
        tuple(graph.ends(config.input_layers)),
        tuple(graph.ends(config.output_layers)),
    )
