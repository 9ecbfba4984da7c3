"""Executes one layer of quantised tensors."""

from __future__ import annotations

from collections.abc import Sequence

from tinylab.zoo.execution import moves, resizing
from tinylab.zoo.execution.integer import (
    activations,
    conversion,
    curves,
    interpolated,
    pooling,
    softmax,
    sums,
    weighted,
)
from tinylab.zoo.execution.windows import image
from tinylab.zoo.network import Layer
from tinylab.zoo.operations import (
    Activate,
    ArgMax,
    Arithmetic,
    Clip,
    Concat,
    Conv,
    Convert,
    Dense,
    DepthwiseConv,
    Dropout,
    Function,
    GlobalPool,
    Pad,
    Pool,
    PoolKind,
    Repeat,
    Reshape,
    Resize,
    Slice,
    Transpose,
    TransposeConv,
)
from tinylab.zoo.tensor_type import Array, Number, TensorType


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
        case TransposeConv():
            return weighted.transposed(layer.operation, x, given, made)
        case Pool():
            return pooling.pool(layer.operation, x)
        case GlobalPool(kind=PoolKind.MAX):
            greatest: Array = x.max(tuple(range(1, x.ndim - 1)))
            return greatest
        case GlobalPool(kind=kind):
            return sums.total(kind, x, given, made)
        case Arithmetic(kind=kind):
            return sums.combined(kind, x, inputs[1], given, types[1], made)
        case Concat() | Transpose() | Slice() | Repeat() | Pad() | Reshape():
            return moves.moved(layer.operation, inputs, made)
        case ArgMax():
            return moves.place_of_best(layer.operation, x)
        case Resize():
            return resizing.resized(layer.operation, image(x))
        case Dropout():
            return x
        case Convert(as_joined=True):
            return conversion.as_joined(x, given, made)
        case Convert():
            return conversion.convert(x, given, made)
        case Activate(function=Function.SOFTMAX, factor=beta) if made.number is Number.INT16:
            return interpolated.softmax(x, given, beta)
        case Activate(function=Function.SOFTMAX, factor=beta):
            return softmax.softmax(x, given, made, beta)
        case Activate() | Clip() if given == made and activations.limits_of(layer.operation):
            return activations.clamped(layer.operation, x, made)
        case Activate() | Clip() if made.number is Number.INT16:
            return interpolated.activated(layer.operation, x, given, made)
        case Activate() | Clip():
            return curves.looked_up(layer.operation, x, given, made)
        case _:
            raise NotImplementedError(type(layer.operation).__name__)
