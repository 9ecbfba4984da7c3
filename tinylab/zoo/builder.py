"""Builds a Network layer by layer, for both file formats."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from tinylab.errors import ModelFileError
from tinylab.zoo.network import (
    INPUT,
    Activate,
    BatchNorm,
    Conv,
    Dense,
    DepthwiseConv,
    Function,
    Layer,
    Network,
    Operation,
    Reshape,
    Shape,
    elements,
)
from tinylab.zoo.shapes import MAX_DIMENSIONS, output_shape

LONGEST_NAME = 80
REMEDY = "The layers do not match each other, or the file is damaged; save the model again."


class Builder:
    """Collects layers in execution order; makes names unique and valid in C comments."""

    def __init__(self, input_shape: Shape) -> None:
        if not input_shape:
            raise ModelFileError(
                "the input is a scalar", remedy="Inputs of one to three dimensions are supported."
            )
        self.input_shape = input_shape
        self.layers: list[Layer] = []
        self.shapes: dict[str, Shape] = {INPUT: input_shape}
        self._check_dimensions(INPUT, input_shape)

    def add(
        self, name: str, operation: Operation, *sources: str, shape: Shape | None = None
    ) -> str:
        """Append a layer that reads `sources`; returns its name.

        `shape` is the output shape as stated in the file: required for Reshape, checked for
        all others.
        """
        unique = self._unique(name)
        inputs = [self.shapes[source] for source in sources]
        try:
            made = self._shape(operation, inputs, shape)
            _check_finite(operation)
        except ModelFileError as error:
            raise ModelFileError(
                f"layer {name!r} {error.message}", remedy=error.remedy or REMEDY, layer=name
            ) from error
        self._check_dimensions(name, made)
        self.layers.append(Layer(unique, operation, tuple(sources), made))
        self.shapes[unique] = made
        return unique

    def activate(self, name: str, function: Function, source: str) -> str:
        """Append the activation of layer `name`, named `name_nl`; nothing for linear."""
        if function is Function.LINEAR:
            return source
        return self.add(f"{name}_nl", Activate(function), source)

    def reshape(self, name: str, source: str, shape: Shape) -> str:
        return self.add(name, Reshape(), source, shape=shape)

    def network(self, output: str) -> Network:
        """The network that ends in `output`, without unused layers.

        Raises ModelFileError if there is no layer.
        """
        used = {output}
        for layer in reversed(self.layers):
            if layer.name in used:
                used.update(layer.inputs)
        kept = [layer for layer in self.layers if layer.name in used]
        if not kept:
            raise ModelFileError("the network has no layers", remedy=REMEDY)
        return Network("", self.input_shape, tuple(kept), "")

    def _shape(self, operation: Operation, inputs: Sequence[Shape], stated: Shape | None) -> Shape:
        if isinstance(operation, Reshape):
            assert stated is not None
            if elements(stated) != elements(inputs[0]):
                raise ModelFileError(
                    f"reshapes {inputs[0]} to {stated}, a different number of elements"
                )
            return stated
        made = output_shape(operation, inputs)
        if stated is not None and stated != made:
            raise ModelFileError(f"has the output shape {made}, but the file states {stated}")
        return made

    def _unique(self, name: str) -> str:
        base = plain(name) or "layer"
        unique, count = base, 0
        while unique in self.shapes:
            count += 1
            unique = f"{base}_{count}"
        return unique

    @staticmethod
    def _check_dimensions(name: str, shape: Shape) -> None:
        if len(shape) > MAX_DIMENSIONS or not shape or min(shape) < 1:
            raise ModelFileError(
                f"layer {name!r} has the shape {shape}",
                remedy="Tensors of one to three dimensions are supported.",
            )


def plain(name: str) -> str:
    """`name` in letters, digits and underscores: it is used in C sources and file names."""
    return re.sub(r"[^A-Za-z0-9_]+", "_", name)[:LONGEST_NAME].strip("_")


def weights_of(operation: Operation) -> dict[str, npt.NDArray[np.float32]]:
    """The arrays of an operation by field name."""
    match operation:
        case Dense(weights=weights, bias=bias):
            return {"weights": weights, "bias": bias}
        case Conv(kernel=kernel, bias=bias) | DepthwiseConv(kernel=kernel, bias=bias):
            return {"kernel": kernel, "bias": bias}
        case BatchNorm(scale=scale, offset=offset):
            return {"scale": scale, "offset": offset}
        case _:
            return {}


def _check_finite(operation: Operation) -> None:
    for array in weights_of(operation).values():
        if not np.isfinite(array).all():
            raise ModelFileError(
                "has weights that are not finite numbers",
                remedy="The training diverged, or the file is damaged; save the model again.",
            )
