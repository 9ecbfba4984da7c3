"""One use of a Keras layer in a graph, and the queries that all layer kinds share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NoReturn, TypeVar

import numpy as np

from tinylab.errors import ModelFileError
from tinylab.zoo import affine
from tinylab.zoo.builder import Builder
from tinylab.zoo.keras import layer_settings as settings
from tinylab.zoo.keras import weights
from tinylab.zoo.keras.activations import FUNCTIONS, HARD_SIGMOID
from tinylab.zoo.keras.connections import Constant
from tinylab.zoo.keras.graph import KerasLayer
from tinylab.zoo.keras.weights import Places
from tinylab.zoo.network import Shape
from tinylab.zoo.operations import Clip
from tinylab.zoo.tensor_type import FloatArray

Kind = TypeVar("Kind", bound=settings.Settings)
HARD_SIGMOID_SLOPE = {2: 0.2, 3: 1 / 6}
"""By the version of Keras: hard_sigmoid is `slope * x + 0.5`, clipped to 0 and 1."""


@dataclass(frozen=True)
class Saved:
    """What a file contains besides its configuration: weights, and the version of Keras."""

    places: Places
    version: int
    """2 for Keras 2 and older, otherwise 3."""


@dataclass(frozen=True)
class Call:
    """One use of a layer: on constants, and on the outputs of the layers named by `sources`."""

    layer: KerasLayer
    builder: Builder
    operands: Sequence[str | Constant]
    saved: Saved

    @property
    def name(self) -> str:
        return self.layer.name

    @property
    def sources(self) -> tuple[str, ...]:
        return tuple(one for one in self.operands if isinstance(one, str))

    @property
    def constants(self) -> tuple[Constant, ...]:
        return tuple(one for one in self.operands if isinstance(one, Constant))

    @property
    def shape(self) -> Shape:
        """The shape of its (first) input."""
        return self.builder.shapes[self.sources[0]]

    def settings(self, kind: type[Kind]) -> Kind:
        return settings.decode(kind, self.layer.settings, self.layer.shown)

    def weights(self, **shapes: Shape) -> dict[str, FloatArray]:
        """The layer's arrays, with the required shapes."""
        return weights.take(self.layer, self.saved.places, shapes)

    def array(self, values: object) -> FloatArray:
        """Numbers in nested lists, as the configuration gives them."""
        try:
            with np.errstate(over="ignore"):  # what is not finite is refused with the weights
                return np.asarray(values, np.float32)
        except (ValueError, TypeError, OverflowError):
            self.refuse("has settings that are not numbers", settings.REMEDY)

    def refuse(self, what: str, remedy: str) -> NoReturn:
        """Raises ModelFileError, which names the layer and its class."""
        raise ModelFileError(f"{self.layer.shown} {what}.", remedy=remedy, layer=self.name)

    def check_rank(self, rank: int) -> None:
        """Raises ModelFileError unless the input has `rank` dimensions and channels."""
        if len(self.shape) != rank + 1:
            self.refuse(
                f"has an input of the shape {self.shape}",
                "Build the model from layers whose shapes match, and save it again.",
            )


Lower = Callable[[Call], str]
"""Appends the operations of a layer; returns the name of its output."""


def with_activation(call: Call, source: str) -> str:
    """Append the layer's own activation after `source`; returns the name of the result."""
    return activated(call, source, activation(call), f"{call.name}_nl")


def activation(call: Call) -> str:
    """The layer's own activation. The scan accepts known names only."""
    return call.settings(settings.Settings).activation or "linear"


def activated(call: Call, source: str, function: str, name: str = "") -> str:
    """Append an activation function, named as the layer unless `name` is given."""
    name = name or call.name
    if function == "linear":
        return source
    if function == HARD_SIGMOID:
        slope = HARD_SIGMOID_SLOPE[call.saved.version]
        scaled = affine.append(call.builder, f"{name}_scale", source, slope, 0.5)
        return call.builder.add(name, Clip(0.0, 1.0), scaled)
    return call.builder.add(name, FUNCTIONS[function], source)


def bias_of(arrays: dict[str, FloatArray], outputs: int) -> FloatArray:
    """The bias; zeros if the layer has none."""
    return arrays.get("bias", np.zeros(outputs, np.float32))


def check_channels_last(call: Call, own: settings.Spatial) -> None:
    """Raises ModelFileError for a layer in channels-first format."""
    if not own.channels_last:
        call.refuse(
            "uses data_format='channels_first'", "Only data_format='channels_last' is supported."
        )
