"""Runs a network on the host in float32: the reference for the outputs of boards."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from tinylab.errors import ModelFileError
from tinylab.units import size
from tinylab.zoo.damage import REMEDY_MEMORY
from tinylab.zoo.network import (
    INPUT,
    Activate,
    Add,
    BatchNorm,
    Clip,
    Conv,
    Dense,
    DepthwiseConv,
    Dropout,
    FloatArray,
    Function,
    GlobalPool,
    Layer,
    Network,
    Pad,
    Padding,
    Pool,
    PoolKind,
    Reshape,
    Shape,
    elements,
    spatial,
)

BATCH_ELEMENTS = 8_000_000
"""Elements of the largest tensor of a batch: limits long runs to some 200 MB."""
MOST_ELEMENTS = 2**28
"""Of one tensor: 1 GiB. No microcontroller has a thousandth of it."""


def run(network: Network, inputs: FloatArray) -> FloatArray:
    """Outputs (N, *output_shape) for inputs (N, *input_shape).

    Raises ValueError if the inputs have another shape, ModelFileError if the host has not enough
    memory. Numbers that are not finite are in the outputs as such.
    """
    if inputs.shape[1:] != network.input_shape:
        raise ValueError(f"inputs of {inputs.shape[1:]}, expected {network.input_shape}")
    check_memory(network)
    step = max(1, BATCH_ELEMENTS // largest(network))
    with np.errstate(all="ignore"):
        outputs = [
            _run_batch(network, np.asarray(inputs[start : start + step], np.float32))
            for start in range(0, len(inputs), step)
        ]
    return np.concatenate(outputs) if outputs else np.zeros((0, *network.output_shape), np.float32)


def check_memory(network: Network, samples: int = 1) -> None:
    """Raises ModelFileError if running that many samples at once takes too much memory."""
    required = largest(network) * samples
    if required > MOST_ELEMENTS:
        raise ModelFileError(
            f"The outputs of {network.name or 'the network'} cannot be computed on this computer: "
            f"{size(4 * required)} would be required for one layer.",
            remedy=REMEDY_MEMORY,
        )


def largest(network: Network) -> int:
    """Elements of the largest intermediate, with padding and a convolution's unrolled windows."""
    sizes = [1, elements(network.input_shape)]
    for layer in network.layers:
        made = elements(layer.shape)
        match layer.operation:
            case Conv(kernel=kernel):
                height, width, channels, outputs = kernel.shape
                made = made // outputs * max(outputs, height * width * channels)
        match layer.operation:
            case Conv(padding=padding) | DepthwiseConv(padding=padding) | Pool(padding=padding):
                rows, columns, channels = spatial(network.shape_of(layer.inputs[0]))
                sizes.append((rows + sum(padding[0])) * (columns + sum(padding[1])) * channels)
        sizes.append(made)
    return max(sizes)


def _run_batch(network: Network, batch: FloatArray) -> FloatArray:
    output = batch
    for _, made in each_layer(network, batch):
        output = made
    return output


def each_layer(network: Network, batch: FloatArray) -> Iterator[tuple[str, FloatArray]]:
    """Every layer's name and output (N, *shape), in execution order."""
    tensors = {INPUT: batch}
    last_use = {name: layer.name for layer in network.layers for name in layer.inputs}
    for layer in network.layers:
        output = _run_layer(layer, [tensors[name] for name in layer.inputs])
        yield layer.name, output
        tensors[layer.name] = output
        for name in layer.inputs:
            if last_use[name] == layer.name:
                tensors.pop(name, None)


def _run_layer(layer: Layer, inputs: Sequence[FloatArray]) -> FloatArray:
    x = inputs[0]
    shape = (len(x), *layer.shape)
    match layer.operation:
        case Dense(weights=weights, bias=bias):
            return x @ weights + bias
        case Conv():
            return _convolve(_image(x), layer.operation).reshape(shape)
        case DepthwiseConv():
            return _convolve_depthwise(_image(x), layer.operation).reshape(shape)
        case Pool():
            return _pool(_image(x), layer.operation).reshape(shape)
        case GlobalPool(kind=kind):
            return _pool_all(x, kind)
        case Activate(function=function):
            return activate(function, x)
        case Clip(low=low, high=high):
            return np.clip(x, np.float32(low), np.float32(high))
        case Add():
            return x + inputs[1]
        case Pad(padding=padding):
            return _padded(_image(x), padding, 0.0).reshape(shape)
        case Reshape():
            return x.reshape(shape)
        case Dropout():
            return x
        case BatchNorm(scale=scale, offset=offset):
            return x * scale + offset


def _pool_all(x: FloatArray, kind: PoolKind) -> FloatArray:
    positions = x.reshape(len(x), -1, x.shape[-1])
    pooled = positions.max(1) if kind is PoolKind.MAX else positions.mean(1)
    return np.asarray(pooled, np.float32)


def activate(function: Function, x: FloatArray) -> FloatArray:
    """An activation function of each number (softmax: over the last axis)."""
    match function:
        case Function.LINEAR:
            return x
        case Function.RELU:
            return np.maximum(x, np.float32(0))
        case Function.RELU6:
            return np.clip(x, np.float32(0), np.float32(6))
        case Function.SIGMOID:
            small = np.exp(-np.abs(x))
            return np.asarray(np.where(x >= 0, 1, small) / (1 + small), np.float32)
        case Function.TANH:
            return np.tanh(x)
        case Function.SOFTMAX:
            powers = np.exp(x - x.max(-1, keepdims=True))
            shares: FloatArray = powers / powers.sum(-1, keepdims=True)
            return shares


def _image(x: FloatArray) -> FloatArray:
    """(N, height, width, channels), for a tensor of any number of dimensions."""
    return x.reshape(len(x), *spatial(x.shape[1:]))


def _padded(x: FloatArray, padding: Padding, value: float) -> FloatArray:
    if not any(map(any, padding)):
        return x
    return np.pad(x, ((0, 0), *padding, (0, 0)), constant_values=np.float32(value))


def _windows(x: FloatArray, size: Shape, stride: tuple[int, int]) -> FloatArray:
    """(N, rows, columns, channels, height, width): every position of a sliding window."""
    windows = sliding_window_view(x, (size[0], size[1]), axis=(1, 2))
    strided: FloatArray = windows[:, :: stride[0], :: stride[1]]
    return strided


def _convolve(x: FloatArray, operation: Conv) -> FloatArray:
    height, width, channels, outputs = operation.kernel.shape
    windows = _windows(_padded(x, operation.padding, 0.0), (height, width), operation.stride)
    rows = windows.reshape(-1, channels * height * width)
    kernel = operation.kernel.transpose(2, 0, 1, 3).reshape(-1, outputs)
    return rows @ kernel + operation.bias


def _convolve_depthwise(x: FloatArray, operation: DepthwiseConv) -> FloatArray:
    height, width, channels, multiplier = operation.kernel.shape
    windows = _windows(_padded(x, operation.padding, 0.0), (height, width), operation.stride)
    made = np.einsum("nrcihw,hwim->nrcim", windows, operation.kernel)
    result: FloatArray = made.reshape(*made.shape[:3], channels * multiplier) + operation.bias
    return result


def _pool(x: FloatArray, operation: Pool) -> FloatArray:
    """Padding never is the maximum and is never included in an average."""
    if operation.kind is PoolKind.MAX:
        padded = _padded(x, operation.padding, -np.inf)
        largest: FloatArray = _windows(padded, operation.size, operation.stride).max((-2, -1))
        return largest
    ones = np.ones_like(x[:1])
    total, count = (
        _windows(_padded(part, operation.padding, 0.0), operation.size, operation.stride).sum(
            (-2, -1)
        )
        for part in (x, ones)
    )
    result: FloatArray = total / count
    return result
