"""Rejects networks that code generation does not support, before anything is generated."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from tinylab.codegen.compress import Compression
from tinylab.errors import GenerationError, UnknownName
from tinylab.zoo.network import Layer, Network
from tinylab.zoo.operations import BatchNorm, Conv, Dense, DepthwiseConv, TransposeConv
from tinylab.zoo.shapes import MOST_DIMENSIONS
from tinylab.zoo.tensor_type import FloatArray

MAX_SIDE = 0xFFFF
"""Height and width are 16-bit fields of ai_buffer."""


def compression_named(name: str) -> Compression:
    """The compression with this name. Raises UnknownName."""
    try:
        return Compression(name)
    except ValueError as exc:
        names = ", ".join(Compression)
        raise UnknownName(
            f"Unknown compression '{name}'.", remedy=f"Choose one of {names}."
        ) from exc


def check_name(name: str) -> None:
    """Raises GenerationError for a name that cannot be part of C names."""
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        raise GenerationError(
            f"'{name}' cannot be part of C names.",
            remedy="Use lower-case letters, digits and underscores.",
        )


def check_network(network: Network) -> None:
    """Raises GenerationError for shapes and weights that the kernels do not support."""
    for owner, shape in ((one.name, one.shape) for one in network.tensors.values()):
        if not 1 <= len(shape) <= MOST_DIMENSIONS:
            raise GenerationError(
                f"Layer '{owner}' has {len(shape)} dimensions {shape}.",
                remedy="Supported: (features), (length, channels), (height, width, channels), "
                "(steps, height, width, channels).",
                layer=owner,
            )
        if any(side > MAX_SIDE for side in shape[:-1]):
            raise GenerationError(
                f"Layer '{owner}' of shape {shape} is too long.",
                remedy=f"The maximum height, width and length is {MAX_SIDE:,}.",
                layer=owner,
            )
    check_finite(network)


def check_finite(network: Network) -> None:
    """Raises GenerationError for weights that are not finite numbers."""
    for layer in network.layers:
        if not all(np.isfinite(values).all() for values in _parameters(layer)):
            raise GenerationError(
                f"Layer '{layer.name}' has weights that are not finite numbers.",
                remedy="Train the network again, with a lower learning rate.",
                layer=layer.name,
            )


def _parameters(layer: Layer) -> Iterator[FloatArray]:
    match layer.operation:
        case Dense(weights, bias):
            yield from (weights, bias)
        case Conv(kernel, bias) | DepthwiseConv(kernel, bias) | TransposeConv(kernel, bias):
            yield from (kernel, bias)
        case BatchNorm(scale, offset):
            yield from (scale, offset)
