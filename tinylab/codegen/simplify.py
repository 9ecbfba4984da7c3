"""Simplifies a network before code generation: the same function with fewer layers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from tinylab.zoo.builder import needed
from tinylab.zoo.network import Layer, Network
from tinylab.zoo.operations import (
    BatchNorm,
    Conv,
    Dense,
    DepthwiseConv,
    Dropout,
    Operation,
    Pad,
    Padding,
    Reshape,
)
from tinylab.zoo.tensor_type import FloatArray


def simplify(network: Network) -> Network:
    """Removes unused layers; folds batch norms into the layer before them and zero padding into
    the convolution after it, where possible."""
    return _without_pads(_without_batch_norms(_used(network)))


def uses(network: Network) -> Counter[str]:
    """The number of readers of each tensor; being an output or kept in a state counts as one."""
    counts = Counter(name for layer in network.layers for name in layer.inputs)
    counts.update(network.results)
    return counts


def _used(network: Network) -> Network:
    layers, states = needed(network.layers, network.states, network.outputs)
    return replace(network, layers=layers, states=states)


def _reading(layer: Layer, old: str, new: str) -> Layer:
    """`layer` with input `old` replaced by `new`."""
    return replace(layer, inputs=tuple(new if name == old else name for name in layer.inputs))


def _without_batch_norms(network: Network) -> Network:
    """Removes foldable batch norms; their readers read the layer that each was folded into."""
    read = uses(network)
    by_name = {layer.name: layer for layer in network.layers}
    kept: dict[str, Layer] = {}
    standing_for: dict[str, str] = {}
    folded_into: dict[str, str] = {}
    for original in network.layers:
        layer = original
        for name in original.inputs:
            layer = _reading(layer, name, standing_for.get(name, name))
        before, folded = None, None
        if isinstance(layer.operation, BatchNorm):
            name = _before_reshapes(by_name, read, original)
            before = kept.get(folded_into.get(name, name))
            folded = _scaled(before.operation, layer.operation) if before else None
        if before and folded:
            kept[before.name] = replace(before, operation=folded)
            standing_for[original.name] = layer.inputs[0]
            folded_into[original.name] = before.name
        else:
            kept[layer.name] = layer
    outputs = tuple(standing_for.get(name, name) for name in network.outputs)
    states = tuple(
        replace(one, source=standing_for.get(one.source or "", one.source))
        for one in network.states
    )
    return replace(network, layers=tuple(kept.values()), outputs=outputs, states=states)


def _before_reshapes(layers: Mapping[str, Layer], read: Mapping[str, int], norm: Layer) -> str:
    """The layer that `norm` can be folded into, by its place; empty if there is none.

    Between the two may be layers that keep the numbers and the channels. Only `norm` may read them.
    """
    name = norm.inputs[0]
    while name in layers and read[name] == 1 and layers[name].shape[-1] == norm.shape[-1]:
        if not isinstance(layers[name].operation, Reshape | Dropout):
            return name
        name = layers[name].inputs[0]
    return ""


def _scaled(operation: Operation, norm: BatchNorm) -> Operation | None:
    """`operation` followed by `norm`, as one operation; None if `operation` has no weights."""
    if not isinstance(operation, Dense | Conv | DepthwiseConv):
        return None
    scale = norm.scale.astype(np.float64)
    bias = (operation.bias * scale + norm.offset).astype(np.float32)
    if isinstance(operation, Dense):
        return Dense(_product(operation.weights, scale), bias)
    if isinstance(operation, Conv):
        return replace(operation, kernel=_product(operation.kernel, scale), bias=bias)
    per_output = scale.reshape(operation.kernel.shape[2:])
    return replace(operation, kernel=_product(operation.kernel, per_output), bias=bias)


def _product(weights: FloatArray, scale: npt.NDArray[np.float64]) -> FloatArray:
    return (weights * scale).astype(np.float32)


def _without_pads(network: Network) -> Network:
    """Folds padding into convolutions only: a pool's own padding is not zero."""
    layers = network.layers
    for pad in network.layers:
        zeros = isinstance(pad.operation, Pad) and pad.operation.value == 0.0
        if not zeros or pad.name in network.results:
            continue
        pad = next(layer for layer in layers if layer.name == pad.name)
        readers = [layer for layer in layers if pad.name in layer.inputs]
        if all(isinstance(layer.operation, Conv | DepthwiseConv) for layer in readers):
            layers = tuple(_padded(layer, pad) for layer in layers if layer is not pad)
    return replace(network, layers=layers)


def _padded(layer: Layer, pad: Layer) -> Layer:
    reads_pad = pad.name in layer.inputs
    if not (reads_pad and isinstance(layer.operation, Conv | DepthwiseConv)):
        return layer
    assert isinstance(pad.operation, Pad)
    padding = _sum(layer.operation.padding, pad.operation.padding)
    operation = replace(layer.operation, padding=padding)
    return replace(_reading(layer, pad.name, pad.inputs[0]), operation=operation)


def _sum(a: Padding, b: Padding) -> Padding:
    (a_top, a_bottom), (a_left, a_right) = a
    (b_top, b_bottom), (b_left, b_right) = b
    return (a_top + b_top, a_bottom + b_bottom), (a_left + b_left, a_right + b_right)
