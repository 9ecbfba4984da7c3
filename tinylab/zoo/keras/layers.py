"""Converts each Keras layer kind to operations of the network description.

A layer with an activation becomes two: `name` and `name_nl`, as in Cube.AI's report.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tinylab.errors import ModelFileError
from tinylab.zoo.builder import Builder
from tinylab.zoo.keras import layer_settings as settings
from tinylab.zoo.keras import weights, windows
from tinylab.zoo.keras.call_arguments import (
    Call,
    Lower,
    activated,
    bias_of,
    check_channels_last,
    function,
)
from tinylab.zoo.keras.config import REMEDY_DAMAGED
from tinylab.zoo.keras.graph import KerasLayer
from tinylab.zoo.keras.weights import Places
from tinylab.zoo.network import (
    Activate,
    Add,
    BatchNorm,
    Dense,
    Dropout,
    Function,
    PoolKind,
    elements,
)


def lower(layer: KerasLayer, builder: Builder, sources: Sequence[str], places: Places) -> str:
    """Append the operations of `layer` on `sources`; returns the name of the result.

    Raises ModelFileError for a setting that is not supported.
    """
    call = Call(layer, builder, sources, places)
    dtype = call.settings(settings.Settings).compute_dtype
    if dtype != "float32":
        raise ModelFileError(
            f"layer {layer.name!r} computes in {dtype}.",
            remedy="Only float32 models are supported; save the model with float32 weights.",
        )
    if len(sources) != 1 and layer.kind != "Add":
        raise ModelFileError(
            f"layer {layer.name!r}, a {layer.kind}, has {len(sources)} inputs.",
            remedy="Only Add supports more than one.",
        )
    return KINDS[layer.kind](call)


def _dense(call: Call) -> str:
    units = call.settings(settings.Dense).units
    arrays = call.weights(kernel=(call.shape[-1], units), bias=(units,))
    operation = Dense(arrays["kernel"], bias_of(arrays, units))
    return activated(call, call.builder.add(call.name, operation, *call.sources))


def _reshape(call: Call) -> str:
    """One dimension may be -1: it is computed from the number of elements."""
    wanted, total = call.settings(settings.Reshape).target_shape, elements(call.shape)
    known = elements(tuple(size for size in wanted if size != -1))
    if wanted.count(-1) > 1 or any(size < 1 and size != -1 for size in wanted):
        raise ModelFileError(f"layer {call.name!r} reshapes to {wanted}.", remedy=REMEDY_DAMAGED)
    shape = tuple(total // known if size == -1 else size for size in wanted)
    return call.builder.reshape(call.name, call.sources[0], shape)


def _flatten(call: Call) -> str:
    if len(call.shape) > 1:
        check_channels_last(call, call.settings(settings.Spatial))
    return call.builder.reshape(call.name, call.sources[0], (elements(call.shape),))


def _dropout(call: Call) -> str:
    return call.builder.add(call.name, Dropout(), *call.sources)


def _activation(call: Call) -> str:
    own = function(call)
    if own is Function.LINEAR:
        return call.sources[0]
    return call.builder.add(call.name, Activate(own), *call.sources)


def _relu(call: Call) -> str:
    own = call.settings(settings.ReLU)
    if own.max_value not in (None, 6.0) or own.negative_slope or own.threshold:
        raise ModelFileError(
            f"layer {call.name!r} is a ReLU with a custom maximum, slope or threshold.",
            remedy="ReLU without parameters and ReLU with max_value=6 are supported.",
        )
    kind = Function.RELU if own.max_value is None else Function.RELU6
    return call.builder.add(call.name, Activate(kind), *call.sources)


def _softmax(call: Call) -> str:
    axis = call.settings(settings.Softmax).axis
    if axis not in (-1, len(call.shape)):
        raise ModelFileError(
            f"layer {call.name!r} computes the softmax over axis {axis}.",
            remedy="Softmax over the last axis is supported.",
        )
    return call.builder.add(call.name, Activate(Function.SOFTMAX), *call.sources)


def _add(call: Call) -> str:
    """Adds two inputs at a time; a sum of n inputs becomes n - 1 layers."""
    name = call.sources[0]
    for source in call.sources[1:]:
        name = call.builder.add(call.name, Add(), name, source)
    return name


def _batch_norm(call: Call) -> str:
    """Keras 2 writes the axis as a list of one."""
    own = call.settings(settings.BatchNormalization)
    if own.axis not in (-1, len(call.shape), (-1,), (len(call.shape),)):
        raise ModelFileError(
            f"layer {call.name!r} normalises axis {own.axis}.",
            remedy="Batch normalisation over the last axis is supported.",
        )
    channels = (call.shape[-1],)
    arrays = call.weights(**dict.fromkeys(weights.names(call.layer), channels))
    mean = arrays["mean"].astype(np.float64)
    deviation = np.sqrt(arrays["variance"].astype(np.float64) + own.epsilon)
    scale = arrays.get("gamma", 1.0) / deviation
    offset = arrays.get("beta", 0.0) - mean * scale
    operation = BatchNorm(scale.astype(np.float32), offset.astype(np.float32))
    return call.builder.add(call.name, operation, *call.sources)


KINDS: dict[str, Lower] = {
    "Dense": _dense,
    "Conv1D": windows.conv(1),
    "Conv2D": windows.conv(2),
    "DepthwiseConv1D": windows.depthwise(1),
    "DepthwiseConv2D": windows.depthwise(2),
    "SeparableConv1D": windows.separable(1),
    "SeparableConv2D": windows.separable(2),
    "MaxPooling1D": windows.pool(PoolKind.MAX, 1),
    "MaxPooling2D": windows.pool(PoolKind.MAX, 2),
    "AveragePooling1D": windows.pool(PoolKind.AVERAGE, 1),
    "AveragePooling2D": windows.pool(PoolKind.AVERAGE, 2),
    "GlobalMaxPooling1D": windows.global_pool(PoolKind.MAX, 1),
    "GlobalMaxPooling2D": windows.global_pool(PoolKind.MAX, 2),
    "GlobalAveragePooling1D": windows.global_pool(PoolKind.AVERAGE, 1),
    "GlobalAveragePooling2D": windows.global_pool(PoolKind.AVERAGE, 2),
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
    "ZeroPadding1D": windows.zero_padding_1d,
    "ZeroPadding2D": windows.zero_padding_2d,
}
