"""One use of a Keras layer in a graph, and the queries that all layer kinds share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from tinylab.errors import ModelFileError
from tinylab.zoo.builder import Builder
from tinylab.zoo.keras import layer_settings as settings
from tinylab.zoo.keras import weights
from tinylab.zoo.keras.graph import KerasLayer
from tinylab.zoo.keras.weights import Places
from tinylab.zoo.network import FloatArray, Function, Shape

Kind = TypeVar("Kind", bound=settings.Settings)


@dataclass(frozen=True)
class Call:
    """One use of a layer: on the outputs of the layers named by `sources`."""

    layer: KerasLayer
    builder: Builder
    sources: Sequence[str]
    places: Places

    @property
    def name(self) -> str:
        return self.layer.name

    @property
    def shape(self) -> Shape:
        """The shape of its (first) input."""
        return self.builder.shapes[self.sources[0]]

    def settings(self, kind: type[Kind]) -> Kind:
        return settings.decode(kind, self.layer.settings, f"layer {self.name!r}")

    def weights(self, **shapes: Shape) -> dict[str, FloatArray]:
        """The layer's arrays, with the required shapes."""
        return weights.take(self.layer, self.places, shapes)

    def check_rank(self, rank: int) -> None:
        """Raises ModelFileError unless the input has `rank` dimensions and channels."""
        if len(self.shape) != rank + 1:
            raise ModelFileError(
                f"layer {self.name!r}, a {self.layer.kind}, has an input of the shape "
                f"{self.shape}.",
                remedy="Build the model from layers whose shapes match, and save it again.",
            )


Lower = Callable[[Call], str]
"""Appends the operations of a layer; returns the name of its output."""


def activated(call: Call, name: str) -> str:
    """Append the layer's activation after `name`; returns the name of the result."""
    return call.builder.activate(call.name, function(call), name)


def function(call: Call) -> Function:
    """The layer's own activation. The scan accepts known names only."""
    return Function(call.settings(settings.Settings).activation or "linear")


def bias_of(arrays: dict[str, FloatArray], outputs: int) -> FloatArray:
    """The bias; zeros if the layer has none."""
    return arrays.get("bias", np.zeros(outputs, np.float32))


def check_channels_last(call: Call, own: settings.Spatial) -> None:
    """Raises ModelFileError for a layer in channels-first format."""
    if not own.channels_last:
        raise ModelFileError(
            f"layer {call.name!r} uses data_format='channels_first'.",
            remedy="Only data_format='channels_last' is supported.",
        )
