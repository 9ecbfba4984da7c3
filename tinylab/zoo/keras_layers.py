"""Each Keras layer kind as operations of our network description.

A layer with an activation becomes two: `name` and `name_nl`, as in Cube.AI's report.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from tinylab.errors import ModelFileError
from tinylab.zoo.builder import Builder
from tinylab.zoo.network import (
    NO_PADDING,
    Activate,
    Add,
    BatchNorm,
    Conv,
    Dense,
    DepthwiseConv,
    Dropout,
    FloatArray,
    Function,
    GlobalPool,
    Pad,
    Padding,
    Pool,
    PoolKind,
    Shape,
)
from tinylab.zoo.shapes import same_padding

Lower = Callable[[Any, Builder, list[str], Shape], str]
"""(Keras layer, builder, names of the inputs, output shape) -> name of the output."""


def lower(layer: Any, builder: Builder, sources: list[str], shape: Shape) -> str:
    """Append what `layer` does with `sources`; returns the name of the result.

    Raises ModelFileError for a setting that is not supported.
    """
    if str(layer.compute_dtype) != "float32":
        raise ModelFileError(
            f"layer {layer.name!r} computes in {layer.compute_dtype}.",
            remedy="Only float32 models are supported; save the model with float32 weights.",
        )
    return KINDS[type(layer).__name__](layer, builder, sources, shape)


def _dense(layer: Any, builder: Builder, sources: list[str], shape: Shape) -> str:
    operation = Dense(_floats(layer.kernel), _bias(layer, layer.units))
    return _activated(layer, builder, builder.add(layer.name, operation, *sources, shape=shape))


def _conv(layer: Any, builder: Builder, sources: list[str], shape: Shape) -> str:
    _check_convolution(layer)
    kernel = _kernel(layer, layer.kernel)
    padding = _padding(layer, builder.shapes[sources[0]], kernel.shape[:2])
    operation = Conv(
        kernel, _bias(layer, kernel.shape[3]), _pair(layer.strides), padding, layer.rank
    )
    return _activated(layer, builder, builder.add(layer.name, operation, *sources, shape=shape))


def _depthwise(layer: Any, builder: Builder, sources: list[str], shape: Shape) -> str:
    name = _depthwise_part(layer, builder, sources, layer.kernel, layer.name, with_bias=True)
    return _activated(layer, builder, name)


def _separable(layer: Any, builder: Builder, sources: list[str], shape: Shape) -> str:
    """A depthwise convolution and a 1 x 1 convolution after it."""
    first = f"{layer.name}_depthwise"
    name = _depthwise_part(layer, builder, sources, layer.depthwise_kernel, first, with_bias=False)
    kernel = _kernel(layer, layer.pointwise_kernel)
    operation = Conv(kernel, _bias(layer, kernel.shape[3]), (1, 1), NO_PADDING, layer.rank)
    return _activated(layer, builder, builder.add(layer.name, operation, name, shape=shape))


def _depthwise_part(
    layer: Any, builder: Builder, sources: list[str], variable: Any, name: str, *, with_bias: bool
) -> str:
    _check_convolution(layer)
    kernel = _kernel(layer, variable)
    outputs = kernel.shape[2] * kernel.shape[3]
    bias = _bias(layer, outputs) if with_bias else np.zeros(outputs, np.float32)
    padding = _padding(layer, builder.shapes[sources[0]], kernel.shape[:2])
    operation = DepthwiseConv(kernel, bias, _pair(layer.strides), padding, layer.rank)
    return builder.add(name, operation, *sources)


def _pool(kind: PoolKind, rank: int) -> Lower:
    def lower_pool(layer: Any, builder: Builder, sources: list[str], shape: Shape) -> str:
        _check_channels_last(layer)
        size = _pair(layer.pool_size)
        padding = _padding(layer, builder.shapes[sources[0]], size)
        operation = Pool(kind, size, _pair(layer.strides), padding, rank)
        return builder.add(layer.name, operation, *sources, shape=shape)

    return lower_pool


def _global_pool(kind: PoolKind) -> Lower:
    def lower_pool(layer: Any, builder: Builder, sources: list[str], shape: Shape) -> str:
        _check_channels_last(layer)
        name = builder.add(layer.name, GlobalPool(kind), *sources)
        if not layer.keepdims:
            return name
        return builder.reshape(f"{layer.name}_keepdims", name, shape)

    return lower_pool


def _reshape(layer: Any, builder: Builder, sources: list[str], shape: Shape) -> str:
    return builder.reshape(layer.name, sources[0], shape)


def _flatten(layer: Any, builder: Builder, sources: list[str], shape: Shape) -> str:
    if len(builder.shapes[sources[0]]) > 1:
        _check_channels_last(layer)
    return builder.reshape(layer.name, sources[0], shape)


def _dropout(layer: Any, builder: Builder, sources: list[str], shape: Shape) -> str:
    return builder.add(layer.name, Dropout(), *sources, shape=shape)


def _activation(layer: Any, builder: Builder, sources: list[str], shape: Shape) -> str:
    function = _function(layer)
    if function is Function.LINEAR:
        return sources[0]
    return builder.add(layer.name, Activate(function), *sources, shape=shape)


def _relu(layer: Any, builder: Builder, sources: list[str], shape: Shape) -> str:
    top = None if layer.max_value is None else float(layer.max_value)
    if top not in (None, 6.0) or layer.negative_slope or layer.threshold:
        raise ModelFileError(
            f"layer {layer.name!r} is a ReLU with its own maximum, slope or threshold.",
            remedy="Supported are the plain ReLU and the ReLU with max_value=6.",
        )
    function = Function.RELU if top is None else Function.RELU6
    return builder.add(layer.name, Activate(function), *sources, shape=shape)


def _softmax(layer: Any, builder: Builder, sources: list[str], shape: Shape) -> str:
    if layer.axis not in (-1, len(shape)):
        raise ModelFileError(
            f"layer {layer.name!r} takes the softmax over axis {layer.axis}.",
            remedy="Softmax over the last axis is supported.",
        )
    return builder.add(layer.name, Activate(Function.SOFTMAX), *sources, shape=shape)


def _add(layer: Any, builder: Builder, sources: list[str], shape: Shape) -> str:
    """Adds two at a time; a sum of n inputs becomes n - 1 layers."""
    name = sources[0]
    for source in sources[1:]:
        name = builder.add(layer.name, Add(), name, source, shape=shape)
    return name


def _batch_norm(layer: Any, builder: Builder, sources: list[str], shape: Shape) -> str:
    if layer.axis not in (-1, len(shape)):
        raise ModelFileError(
            f"layer {layer.name!r} normalises axis {layer.axis}.",
            remedy="Batch normalisation over the last axis is supported.",
        )
    mean = _floats(layer.moving_mean).astype(np.float64)
    deviation = np.sqrt(_floats(layer.moving_variance).astype(np.float64) + layer.epsilon)
    scale = (_floats(layer.gamma) if layer.scale else 1.0) / deviation
    offset = (_floats(layer.beta) if layer.center else 0.0) - mean * scale
    operation = BatchNorm(scale.astype(np.float32), offset.astype(np.float32))
    return builder.add(layer.name, operation, *sources, shape=shape)


def _zero_padding(layer: Any, builder: Builder, sources: list[str], shape: Shape) -> str:
    _check_channels_last(layer)
    sides = layer.padding if isinstance(layer.padding[0], tuple | list) else ((0, 0), layer.padding)
    (top, bottom), (left, right) = sides
    padding: Padding = ((int(top), int(bottom)), (int(left), int(right)))
    return builder.add(layer.name, Pad(padding), *sources, shape=shape)


KINDS: dict[str, Lower] = {
    "Dense": _dense,
    "Conv1D": _conv,
    "Conv2D": _conv,
    "DepthwiseConv1D": _depthwise,
    "DepthwiseConv2D": _depthwise,
    "SeparableConv1D": _separable,
    "SeparableConv2D": _separable,
    "MaxPooling1D": _pool(PoolKind.MAX, 1),
    "MaxPooling2D": _pool(PoolKind.MAX, 2),
    "AveragePooling1D": _pool(PoolKind.AVERAGE, 1),
    "AveragePooling2D": _pool(PoolKind.AVERAGE, 2),
    "GlobalMaxPooling1D": _global_pool(PoolKind.MAX),
    "GlobalMaxPooling2D": _global_pool(PoolKind.MAX),
    "GlobalAveragePooling1D": _global_pool(PoolKind.AVERAGE),
    "GlobalAveragePooling2D": _global_pool(PoolKind.AVERAGE),
    "Flatten": _flatten,
    "Reshape": _reshape,
    "Dropout": _dropout,
    "SpatialDropout1D": _dropout,
    "SpatialDropout2D": _dropout,
    "Activation": _activation,
    "ReLU": _relu,
    "Softmax": _softmax,
    "Add": _add,
    "BatchNormalization": _batch_norm,
    "ZeroPadding1D": _zero_padding,
    "ZeroPadding2D": _zero_padding,
}


def _activated(layer: Any, builder: Builder, name: str) -> str:
    return builder.activate(layer.name, _function(layer), name)


def _function(layer: Any) -> Function:
    """The scan let only known names through, so this cannot meet another."""
    return Function(getattr(layer.activation, "__name__", "linear"))


def _floats(variable: Any) -> FloatArray:
    return np.ascontiguousarray(np.asarray(variable), dtype=np.float32)


def _bias(layer: Any, outputs: int) -> FloatArray:
    return _floats(layer.bias) if layer.use_bias else np.zeros(outputs, np.float32)


def _kernel(layer: Any, variable: Any) -> npt.NDArray[np.float32]:
    """Kernels of one-dimensional layers get a height of 1."""
    kernel = _floats(variable)
    return kernel[None] if layer.rank == 1 else kernel


def _pair(values: Any) -> tuple[int, int]:
    """(height, width); a single number is along the only axis, with 1 across."""
    numbers = values if isinstance(values, tuple | list) else (values,)
    if len(numbers) == 1:
        return 1, int(numbers[0])
    return int(numbers[0]), int(numbers[1])


def _padding(layer: Any, shape: Shape, window: tuple[int, ...]) -> Padding:
    size = (window[0], window[1])
    if layer.padding == "valid":
        return NO_PADDING
    if layer.padding == "causal":
        return ((0, 0), (size[1] - 1, 0))
    return same_padding(shape, size, _pair(layer.strides))


def _check_convolution(layer: Any) -> None:
    _check_channels_last(layer)
    dilation = layer.dilation_rate
    rates = dilation if isinstance(dilation, tuple | list) else (dilation,)
    if any(rate != 1 for rate in rates):
        raise ModelFileError(
            f"layer {layer.name!r} has a dilation of {max(rates)}.",
            remedy="Convolutions with dilation 1 are supported.",
        )
    if getattr(layer, "groups", 1) != 1:
        raise ModelFileError(
            f"layer {layer.name!r} has {layer.groups} groups.",
            remedy="Convolutions with one group, and depthwise convolutions, are supported.",
        )


def _check_channels_last(layer: Any) -> None:
    if layer.data_format != "channels_last":
        raise ModelFileError(
            f"layer {layer.name!r} has its channels first.",
            remedy="Only data_format='channels_last' is supported.",
        )
