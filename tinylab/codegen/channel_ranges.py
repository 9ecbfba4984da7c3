"""Between which numbers the elements of each channel of a quantised network are, for any input.

A channel is a place in a tensor's last axis. Where both numbers are one, no input changes it: its
weights were trained to zero, or its sums always saturate.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tinylab.zoo.execution.integer.activations import clamped, limits_of
from tinylab.zoo.execution.integer.fixed_point import Integers
from tinylab.zoo.execution.integer.weighted import from_sums
from tinylab.zoo.network import Layer, Network, Shape
from tinylab.zoo.operations import Conv, Dense, DepthwiseConv, Dropout, Pool, Reshape
from tinylab.zoo.tensor_type import TensorType


@dataclass(frozen=True, eq=False)
class Ranges:
    """Of a tensor, as its elements are stored: the least and the greatest, both (channels,)."""

    low: Integers
    high: Integers

    @property
    def still(self) -> npt.NDArray[np.bool_]:
        """Whether each channel is one number."""
        return np.equal(self.low, self.high)


def ranges_of(network: Network) -> Mapping[str, Ranges]:
    """Of each tensor of quantised integers, by its name."""
    known: dict[str, Ranges] = {}
    for name, tensor in network.tensors.items():
        if tensor.type.scale is None:
            continue
        made = _computed(network, tensor, known) if isinstance(tensor, Layer) else None
        known[name] = made or _whole(tensor.shape, tensor.type)
    return known


def _whole(shape: Shape, stored: TensorType) -> Ranges:
    low, high = stored.number.range
    channels = shape[-1] if shape else 1
    return Ranges(np.full(channels, low, np.int64), np.full(channels, high, np.int64))


def _computed(network: Network, layer: Layer, known: Mapping[str, Ranges]) -> Ranges | None:
    """None: nothing is known but the type."""
    operation = layer.operation
    if not layer.inputs or layer.inputs[0] not in known:
        return None
    given, of = known[layer.inputs[0]], network.type_of(layer.inputs[0])
    if isinstance(operation, Dense | Conv | DepthwiseConv):
        ends = _sums(operation, given, of)
        if ends is None:
            return None
        low, high = (from_sums(operation, end, of, layer.type) for end in ends)
        return Ranges(low.astype(np.int64), high.astype(np.int64))
    if of != layer.type:
        return None
    if limits_of(operation) is not None:
        low, high = (clamped(operation, end, of) for end in (given.low, given.high))
        return Ranges(low, high)
    return given if keeps_channels(network, layer) else None


def keeps_channels(network: Network, layer: Layer) -> bool:
    """Whether an output is never beyond the inputs of its own channel, which it has alone."""
    if isinstance(layer.operation, Reshape):
        return layer.shape[-1:] == network.shape_of(layer.inputs[0])[-1:]
    return isinstance(layer.operation, Pool | Dropout)


def _sums(
    operation: Dense | Conv | DepthwiseConv, given: Ranges, of: TensorType
) -> tuple[Integers, Integers] | None:
    """The least and the greatest sums, both (outputs,); None if they are not known."""
    low, high = given.low - of.zero_point, given.high - of.zero_point
    if not isinstance(operation, Dense) and np.any(operation.padding):
        low, high = np.minimum(low, 0), np.maximum(high, 0)
    kernel = centred(operation)
    if isinstance(operation, DepthwiseConv):
        multiplier = operation.kernel.shape[3]
        low, high = (np.repeat(end, multiplier) for end in (low, high))
    elif kernel.shape[1] != low.size:  # groups
        return None
    else:
        low, high = low[:, None], high[:, None]
    ends = np.stack([kernel * low, kernel * high])
    axes = tuple(range(kernel.ndim - 1))
    return (
        ends.min(axis=0).sum(axis=axes) + operation.bias,
        ends.max(axis=0).sum(axis=axes) + operation.bias,
    )


def centred(operation: Dense | Conv | DepthwiseConv) -> Integers:
    """Weights less zero points: (taps, inputs, outputs), of depthwise ones (taps, outputs)."""
    assert operation.quantization is not None
    weights = operation.weights if isinstance(operation, Dense) else operation.kernel
    outputs = operation.bias.size
    inputs = () if isinstance(operation, DepthwiseConv) else (weights.shape[-2],)
    flat = weights.astype(np.int64).reshape(-1, *inputs, outputs)
    return flat - operation.quantization.zero_points
