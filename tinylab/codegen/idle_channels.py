"""Leaves out the channels that change no output of a quantised network.

Training often switches channels off: nothing changes them, or nothing reads them. What the first
kind adds to the sums of its readers becomes a part of their biases, so that the outputs stay the
same, bit by bit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from tinylab.codegen.channel_ranges import Ranges, centred, keeps_channels, ranges_of
from tinylab.zoo.execution.integer.activations import limits_of
from tinylab.zoo.network import Layer, Network
from tinylab.zoo.operations import Conv, Dense, DepthwiseConv, Operation, WeightQuantization
from tinylab.zoo.tensor_type import Array

WHOLE_WORDS = 4
"""Kernels are made for multiples of this number of channels, so that some idle ones stay."""
Chosen = npt.NDArray[np.bool_]
"""Of each channel of a tensor, whether it is one of them."""


def without_idle_channels(network: Network) -> Network:
    """The same outputs for the same inputs, with fewer channels between them."""
    if not any(isinstance(one.operation, Conv | Dense) for one in network.layers):
        return network
    search = _Search(network)
    kept = {name: ~idle for name, idle in search.idle().items()}
    if all(one.all() for one in kept.values()):
        return network
    layers = tuple(_narrowed(network, one, kept, search.ranges) for one in network.layers)
    return replace(network, layers=layers)


class _Search:
    """Which channels are idle: at first all are, until somebody needs them."""

    def __init__(self, network: Network) -> None:
        self.ranges = ranges_of(network)
        self._network = network
        self._readers: dict[str, list[Layer]] = {}
        for layer in network.layers:
            for name in layer.inputs:
                self._readers.setdefault(name, []).append(layer)

    def idle(self) -> Mapping[str, Chosen]:
        network = self._network
        idle = {layer.name: self._may_be_idle(layer) for layer in network.layers}
        needed = True
        while needed:
            needed = False
            for layer in reversed(network.layers):
                needed |= self._need(layer, idle)
            for layer in () if needed else network.layers:
                needed |= _fill_words(idle[layer.name])
        return idle

    def _may_be_idle(self, layer: Layer) -> Chosen:
        made = isinstance(layer.operation, Conv | Dense) and _one_group(layer.operation)
        channels = layer.shape[-1] if layer.shape else 1
        integers = layer.name in self.ranges and layer.name not in self._network.results
        return np.full(channels, integers and (made or self._goes_by_channel(layer)))

    def _goes_by_channel(self, layer: Layer) -> bool:
        """Whether each channel of the output needs the same one of the input, and no other."""
        operation = layer.operation
        if isinstance(operation, DepthwiseConv):
            return operation.kernel.shape[3] == 1 and layer.inputs[0] in self.ranges
        clamps = limits_of(operation) is not None
        clamps = clamps and self._network.type_of(layer.inputs[0]) == layer.type
        return clamps or keeps_channels(self._network, layer)

    def _need(self, layer: Layer, idle: dict[str, Chosen]) -> bool:
        """Make channels of `layer` and of its input needed; whether that changed anything."""
        before = [idle[name].sum() for name in (layer.name, *layer.inputs) if name in idle]
        for name in layer.inputs:
            if name in idle:
                idle[name] &= self._unread(layer, name, idle)
        if self._goes_by_channel(layer):
            there = idle.get(layer.inputs[0])
            idle[layer.name] &= False if there is None else there
        return before != [idle[name].sum() for name in (layer.name, *layer.inputs) if name in idle]

    def _unread(self, layer: Layer, name: str, idle: Mapping[str, Chosen]) -> Chosen:
        """Channels of the tensor `name` that `layer` can do without."""
        operation = layer.operation
        if isinstance(operation, Conv | Dense) and _one_group(operation):
            if layer.name not in self.ranges or name not in self.ranges:
                return np.zeros_like(idle[name])
            zero = self._network.type_of(name).zero_point
            still = _foldable(operation, self.ranges[name], zero)
            weights = centred(operation)[:, :, ~idle[layer.name]]
            return np.logical_or(still, ~weights.any(axis=(0, 2)))
        if self._goes_by_channel(layer):
            return idle[layer.name]
        return np.zeros_like(idle[name])


def _one_group(operation: Conv | Dense) -> bool:
    return isinstance(operation, Dense) or operation.groups == 1


def _fill_words(idle: Chosen) -> bool:
    """Keep idle channels until the others are a multiple of WHOLE_WORDS; whether any were."""
    kept = idle.size - int(idle.sum())
    more = (-kept % WHOLE_WORDS) if kept else WHOLE_WORDS
    places = np.flatnonzero(idle)[:more]
    idle[places] = False
    return bool(places.size)


def _foldable(operation: Conv | Dense, given: Ranges, zero: int) -> Chosen:
    """Channels whose products are the same everywhere: a part of the bias."""
    if isinstance(operation, Dense) or not np.any(operation.padding):
        return given.still
    pads: Chosen = np.equal(given.low, zero)
    return given.still & pads


def _narrowed(
    network: Network, layer: Layer, kept: Mapping[str, Chosen], ranges: Mapping[str, Ranges]
) -> Layer:
    """`layer` without the channels that are not kept."""
    made = kept[layer.name]
    name = layer.inputs[0] if layer.inputs else ""
    given = kept.get(name, None)
    if made.all() and (given is None or given.all()):
        return layer
    operation = layer.operation
    if isinstance(operation, Conv | Dense) and name in ranges:
        read = np.full(ranges[name].low.size, True) if given is None else given
        zero = network.type_of(name).zero_point
        operation = _with_channels(operation, ranges[name], zero, read, made)
    elif isinstance(operation, DepthwiseConv):
        operation = replace(
            operation,
            kernel=operation.kernel[:, :, made],
            bias=operation.bias[made],
            quantization=_quantization(operation, made),
        )
    shape = layer.shape if made.all() else (*layer.shape[:-1], int(made.sum()))
    return replace(layer, operation=operation, shape=shape)


def _with_channels(
    operation: Conv | Dense, given: Ranges, zero: int, read: Chosen, made: Chosen
) -> Operation:
    left_out = _foldable(operation, given, zero) & ~read
    steps = np.where(left_out, given.low - zero, 0)
    added = (centred(operation).sum(axis=0) * steps[:, None]).sum(axis=0)
    bias = (operation.bias + added)[made].astype(operation.bias.dtype)
    quantization = _quantization(operation, made)
    if isinstance(operation, Dense):
        weights: Array = operation.weights[read][:, made]
        return replace(operation, weights=weights, bias=bias, quantization=quantization)
    kernel: Array = operation.kernel[:, :, read][:, :, :, made]
    return replace(operation, kernel=kernel, bias=bias, quantization=quantization)


def _quantization(operation: Conv | Dense | DepthwiseConv, made: Chosen) -> WeightQuantization:
    of = operation.quantization
    assert of is not None
    return WeightQuantization(
        of.scales[made] if of.scales.size > 1 else of.scales,
        of.zero_points[made] if of.zero_points.size > 1 else of.zero_points,
    )
