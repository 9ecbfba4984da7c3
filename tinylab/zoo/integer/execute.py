"""Executes one layer of quantised tensors."""

from __future__ import annotations

from collections.abc import Sequence

from tinylab.zoo.integer import activations, conversion, curves, pooling, softmax, sums, weighted
from tinylab.zoo.network import (
    Activate,
    Add,
    Conv,
    Convert,
    Dense,
    DepthwiseConv,
    Function,
    GlobalPool,
    Layer,
    Pool,
    PoolKind,
    Reshape,
)
from tinylab.zoo.tensor_type import Array, TensorType


def run_layer(layer: Layer, inputs: Sequence[Array], types: Sequence[TensorType]) -> Array:
    """The output (N, *shape), in the layer's type, for inputs (N, *shape) of `types`.

    Raises NotImplementedError for an operation that has no quantised form.
    """
    return _output(layer, inputs, types).reshape(len(inputs[0]), *layer.shape)


def _output(layer: Layer, inputs: Sequence[Array], types: Sequence[TensorType]) -> Array:
    x, given, made = inputs[0], types[0], layer.type
    match layer.operation:
        case Dense():
            return weighted.dense(layer.operation, x, given, made)
        case Conv():
            return weighted.conv(layer.operation, x, given, made)
        case DepthwiseConv():
            return weighted.depthwise(layer.operation, x, given, made)
        case Pool() if given == made:
            return pooling.pool(layer.operation, x)
        case GlobalPool(kind=PoolKind.AVERAGE):
            return sums.mean(x, tuple(range(1, x.ndim - 1)), given, made)
        case Add():
            return sums.add(x, inputs[1], given, types[1], made)
        case Convert():
            return conversion.convert(x, given, made)
        case Reshape():
            return x
        case Activate(function=function) if given == made and function in activations.CLAMPS:
            return activations.clamped(function, x, made)
        case Activate(function=function) if function in curves.CURVES:
            return curves.looked_up(function, x, given, made)
        case Activate(function=Function.SOFTMAX):
            return softmax.softmax(x, given, made)
        case _:
            raise NotImplementedError(type(layer.operation).__name__)
