"""Runs a network on the host: the reference for the outputs of boards.

Layers of float tensors are executed here in float32, those of quantised tensors by
`integer`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from tinylab.errors import ModelFileError
from tinylab.units import size
from tinylab.zoo.damage import REMEDY_MEMORY
from tinylab.zoo.execution import curves, moves, pairs, resizing, stepping
from tinylab.zoo.execution.floats import rows
from tinylab.zoo.execution.integer import execute
from tinylab.zoo.execution.memory import Memory
from tinylab.zoo.execution.windows import grouped, image, padded, spread, windows
from tinylab.zoo.network import Layer, Network, elements, spatial
from tinylab.zoo.operations import (
    GRU,
    LSTM,
    SVDF,
    Activate,
    ArgMax,
    Arithmetic,
    BatchNorm,
    Clip,
    Concat,
    Constant,
    Conv,
    Convert,
    Dense,
    DepthwiseConv,
    Dropout,
    Embedding,
    GlobalPool,
    IntegerLSTM,
    LayerNorm,
    Pad,
    Pool,
    PoolKind,
    Recurrent,
    Repeat,
    Reshape,
    Resize,
    SimpleRNN,
    Slice,
    Transpose,
    TransposeConv,
)
from tinylab.zoo.tensor_type import Array, FloatArray, TensorType

BATCH_ELEMENTS = 8_000_000
"""Elements of the largest tensor of a batch: limits long runs to some 200 MB."""
MOST_ELEMENTS = 2**28
"""Of one tensor: 1 GiB. No microcontroller has a thousandth of it."""


def run(
    network: Network, inputs: Sequence[FloatArray], memory: Memory | None = None
) -> tuple[FloatArray, ...]:
    """The real values of each output (N, *shape) for those of each input (N, *shape).

    Inputs of a quantised type are quantised first. The samples of a network with states are a
    sequence: it begins with `memory`, which is then as the last sample leaves it, or after a reset.
    Numbers that are not finite are in the outputs
    as such. Raises ValueError if the inputs have other shapes, ModelFileError if the host has not
    enough memory.
    """
    shapes = tuple(one.shape[1:] for one in inputs)
    if shapes != network.input_shapes:
        raise ValueError(f"inputs of {shapes}, expected {network.input_shapes}")
    check_memory(network)
    memory = memory or Memory(network)
    step = max(1, BATCH_ELEMENTS // largest(network))
    with np.errstate(all="ignore"):
        made = [
            _run_batch(network, [one[start : start + step] for one in inputs], memory)
            for start in range(0, len(inputs[0]), step)
        ]
    nothing = [np.zeros((0, *shape), np.float32) for shape in network.output_shapes]
    return tuple(
        np.concatenate([empty, *(batch[index] for batch in made)])
        for index, empty in enumerate(nothing)
    )


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
    sizes = [1, *map(elements, network.input_shapes)]
    for layer in network.layers:
        made = elements(layer.shape)
        match layer.operation:
            case Conv(kernel=kernel):
                height, width, channels, outputs = kernel.shape
                window = height * width * channels * layer.operation.groups
                made = made // outputs * max(outputs, window)
        match layer.operation:
            case Conv(padding=padding) | DepthwiseConv(padding=padding) | Pool(padding=padding):
                rows, columns, channels = spatial(network.shape_of(layer.inputs[0]))
                sizes.append((rows + sum(padding[0])) * (columns + sum(padding[1])) * channels)
        sizes.append(made)
    return max(sizes)


def _run_batch(network: Network, batch: Sequence[FloatArray], memory: Memory) -> list[FloatArray]:
    outputs: dict[str, FloatArray] = {}
    for name, stored in each_tensor(network, batch, memory):
        if name in network.outputs:
            outputs[name] = network.type_of(name).decode(stored)
    return [outputs[name] for name in network.outputs]


def each_tensor(
    network: Network, batch: Sequence[FloatArray], memory: Memory | None = None
) -> Iterator[tuple[str, Array]]:
    """The name and the elements (N, *shape), as stored, of each input, each layer's output
    and each state that is an output.

    `batch` has the real values of the inputs; the layers follow in execution order. `memory` is as
    for `run`.
    """
    if not network.states:
        yield from _tensors(network, batch, {})
        return
    memory = memory or Memory(network)
    made: dict[str, list[Array]] = {}
    for index in range(len(batch[0])):
        sample = [one[index : index + 1] for one in batch]
        for name, stored in _tensors(network, sample, memory.elements):
            made.setdefault(name, []).append(stored)
    for name, parts in made.items():
        yield name, np.concatenate(parts)


def _tensors(
    network: Network, batch: Sequence[FloatArray], states: dict[str, Array]
) -> Iterator[tuple[str, Array]]:
    """As `each_tensor`; the elements (1, *shape) of `states` change."""
    tensors: dict[str, Array] = {
        one.name: one.type.encode(values) for one, values in zip(network.inputs, batch, strict=True)
    }
    yield from list(tensors.items())
    last_use = {name: layer.name for layer in network.layers for name in layer.inputs}
    last_use.update(dict.fromkeys(network.results, ""))
    for layer in network.layers:
        tensors.update(states)
        given = [tensors[name] for name in layer.inputs]
        output = stored_output(network, layer, given, len(batch[0]), states)
        yield layer.name, output
        tensors[layer.name] = output
        for name in layer.inputs:
            if last_use[name] == layer.name:
                tensors.pop(name, None)
    yield from ((name, states[name]) for name in states if name in network.outputs)
    tensors.update(states)
    kept = {one.name: tensors[one.source] for one in network.states if one.source is not None}
    states.update(kept)


def stored_output(
    network: Network,
    layer: Layer,
    inputs: Sequence[Array],
    samples: int,
    states: dict[str, Array] | None = None,
) -> Array:
    """The elements (samples, *shape), as stored, that one layer makes of its stored inputs.

    Its states have the elements of `states`, which are changed, or without it those of a reset.
    """
    types = [network.type_of(name) for name in layer.inputs]
    if isinstance(layer.operation, Recurrent | IntegerLSTM | SVDF):
        states = Memory(network).elements if states is None else states
        begun = list(inputs[1:]) if layer.states else []
        before = begun or [states[name] for name in layer.states]
        output, after = stepping.run(network, layer, inputs[0], before)
        states.update(zip(layer.states, after, strict=False))
        return output
    if isinstance(layer.operation, Constant):
        return np.broadcast_to(layer.operation.values, (samples, *layer.shape))
    return run_layer(layer, inputs, types)


def run_layer(layer: Layer, inputs: Sequence[Array], types: Sequence[TensorType]) -> Array:
    """The output (N, *shape), as stored, for stored inputs (N, *shape) of `types`."""
    floats = all(one.is_float for one in types)
    if floats and (layer.type.is_float or layer.type.is_whole):
        return _run_layer(layer, inputs)
    return execute.run_layer(layer, inputs, types)


def _run_layer(layer: Layer, inputs: Sequence[Array]) -> Array:
    x = inputs[0]
    shape = (len(x), *layer.shape)
    match layer.operation:
        case Dense(weights=weights, bias=bias):
            return x @ weights + bias
        case Conv():
            return _convolve(image(x), layer.operation).reshape(shape)
        case DepthwiseConv():
            return _convolve_depthwise(image(x), layer.operation).reshape(shape)
        case TransposeConv(kernel=kernel, bias=bias, stride=stride, cut=cut, size=size):
            return spread(image(x), kernel, stride, cut, size) + bias
        case Pool():
            return _pool(image(x), layer.operation).reshape(shape)
        case GlobalPool(kind=kind):
            return _pool_all(x, kind)
        case ArgMax():
            return moves.place_of_best(layer.operation, x).reshape(shape)
        case Activate(function=function, factor=factor):
            return curves.activated(function, x, np.float32(factor))
        case Clip(low=low, high=high):
            return np.clip(x, np.float32(low), np.float32(high))
        case Arithmetic(kind=kind):
            return pairs.combined(kind, x, inputs[1])
        case Concat() | Transpose() | Slice() | Repeat() | Pad() | Reshape():
            return moves.moved(layer.operation, inputs, layer.type).reshape(shape)
        case Resize():
            return resizing.resized(layer.operation, image(x)).reshape(shape)
        case Constant():
            raise AssertionError("constants have no inputs")
        case Dropout() | Convert():
            return x
        case BatchNorm(scale=scale, offset=offset):
            return x * scale + offset
        case Embedding():
            return rows.embedding(layer.operation, x)
        case LayerNorm():
            return rows.layer_norm(layer.operation, x)
        case SimpleRNN() | GRU() | LSTM() | IntegerLSTM() | SVDF():
            raise AssertionError("recurrent layers have states")


def _pool_all(x: FloatArray, kind: PoolKind) -> FloatArray:
    positions = x.reshape(len(x), -1, x.shape[-1])
    match kind:
        case PoolKind.MAX:
            pooled = positions.max(1)
        case PoolKind.AVERAGE:
            pooled = positions.mean(1)
        case PoolKind.SUM:
            pooled = positions.sum(1)
    return np.asarray(pooled, np.float32)


def _convolve(x: FloatArray, operation: Conv) -> FloatArray:
    size, around = operation.kernel.shape[:2], padded(x, operation.padding, 0.0)
    seen = windows(around, size, operation.stride, operation.dilation)
    made: FloatArray = grouped(seen, operation.kernel, operation.groups) + operation.bias
    return made


def _convolve_depthwise(x: FloatArray, operation: DepthwiseConv) -> FloatArray:
    height, width, channels, multiplier = operation.kernel.shape
    around = padded(x, operation.padding, 0.0)
    seen = windows(around, (height, width), operation.stride, operation.dilation)
    made = np.einsum("nrcihw,hwim->nrcim", seen, operation.kernel)
    result: FloatArray = made.reshape(*made.shape[:3], channels * multiplier) + operation.bias
    return result


def _pool(x: FloatArray, operation: Pool) -> FloatArray:
    """Padding never is the maximum and is never included in an average."""
    if operation.kind is PoolKind.MAX:
        around = padded(x, operation.padding, -np.inf)
        largest: FloatArray = windows(around, operation.size, operation.stride).max((-2, -1))
        return largest
    ones = np.ones_like(x[:1])
    total, count = (
        windows(padded(part, operation.padding, 0.0), operation.size, operation.stride).sum(
            (-2, -1)
        )
        for part in (x, ones)
    )
    result: FloatArray = total / count
    return result
