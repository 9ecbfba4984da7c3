"""Converts each Keras layer kind to operations of the network description.

A layer with an activation becomes two: `name` and `name_nl`, as in Cube.AI's report.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from tinylab.zoo.keras import elementwise, rearranging, recurrent, stock, weights, windows
from tinylab.zoo.keras import layer_settings as settings
from tinylab.zoo.keras.call_arguments import (
    Call,
    Lower,
    Saved,
    activated,
    activation,
    bias_of,
    check_channels_last,
    with_activation,
)
from tinylab.zoo.keras.config import REMEDY_DAMAGED
from tinylab.zoo.network import elements
from tinylab.zoo.operations import BatchNorm, Concat, Dense, Dropout, Function, PoolKind, Slice

SEVERAL = frozenset(
    {
        "Add", "Average", "Concatenate", "Divide", "Maximum", "Minimum", "Multiply", "Power",
        "Subtract", "TFOpLambda", "TrueDivide",
    }
)  # fmt: skip
"""The kinds that check the number of their tensors themselves."""
ROW_BY_ROW = frozenset(
    {"Activation", "Dense", "Dropout", "ELU", "Flatten", "LeakyReLU", "ReLU", "SpatialDropout1D"}
)
"""The kinds that treat the rows of all steps alike."""
STEP_BY_STEP = frozenset(
    {
        "AveragePooling1D", "AveragePooling2D", "BatchNormalization", "Conv1D", "Conv1DTranspose",
        "Conv2D", "Conv2DTranspose", "Cropping1D", "Cropping2D", "DepthwiseConv1D",
        "DepthwiseConv2D", "GRU", "GlobalAveragePooling1D", "GlobalAveragePooling2D",
        "GlobalMaxPooling1D", "GlobalMaxPooling2D", "LSTM", "LayerNormalization", "MaxPooling1D",
        "MaxPooling2D", "PReLU", "Permute", "Reshape", "SeparableConv1D", "SeparableConv2D",
        "SimpleRNN", "Softmax", "UpSampling1D", "UpSampling2D", "ZeroPadding1D", "ZeroPadding2D",
    }
)  # fmt: skip
"""The other kinds that TimeDistributed may have: they are called once for each step."""


def lower(call: Call) -> str:
    """Append the operations of a layer; returns the name of the result.

    Raises ModelFileError for a setting that is not supported.
    """
    call.builder.owner = call.layer.shown
    dtype = call.settings(settings.Settings).compute_dtype
    if dtype != "float32":
        call.refuse(
            f"computes in {dtype}",
            "Only float32 models are supported; save the model with float32 weights.",
        )
    if len(call.sources) != 1 and call.layer.kind not in SEVERAL:
        call.refuse(
            f"has {len(call.sources)} inputs",
            "Only layers that combine tensors have more than one.",
        )
    return KINDS[call.layer.kind](call)


def _dense(call: Call) -> str:
    units = call.settings(settings.Dense).units
    arrays = call.weights(kernel=(call.shape[-1], units), bias=(units,))
    operation = Dense(arrays["kernel"], bias_of(arrays, units), biased="bias" in arrays)
    return with_activation(call, call.builder.add(call.name, operation, *call.sources))


def _reshape(call: Call) -> str:
    """One dimension may be -1: it is computed from the number of elements."""
    wanted, total = call.settings(settings.Reshape).target_shape, elements(call.shape)
    known = elements(tuple(size for size in wanted if size != -1))
    if wanted.count(-1) > 1 or any(size < 1 and size != -1 for size in wanted):
        call.refuse(f"reshapes to {wanted}", REMEDY_DAMAGED)
    shape = tuple(total // known if size == -1 else size for size in wanted)
    return call.builder.reshape(call.name, call.sources[0], shape)


def _flatten(call: Call) -> str:
    if len(call.shape) > 1:
        check_channels_last(call, call.settings(settings.Spatial))
    return call.builder.reshape(call.name, call.sources[0], (elements(call.shape),))


def _dropout(call: Call) -> str:
    return call.builder.add(call.name, Dropout(), *call.sources)


def _activation(call: Call) -> str:
    return activated(call, call.sources[0], activation(call))


def _time_distributed(call: Call) -> str:
    """Layers that treat each row of their input alike are applied to all rows at once."""
    inner = call.layer.inner
    if inner.kind not in ROW_BY_ROW | STEP_BY_STEP or len(call.shape) < 2:
        call.refuse(
            f"has a layer of the kind {inner.kind} in it, on an input of {call.shape}",
            f"Supported in it: {', '.join(sorted(ROW_BY_ROW | STEP_BY_STEP))}.",
        )
    found = call.saved.places.get(call.layer, ())
    saved = Saved({inner: found}, call.saved.version)
    if inner.kind == "Flatten":
        shape = (call.shape[0], elements(call.shape[1:]))
        return call.builder.reshape(call.name, call.sources[0], shape)
    own = replace(call, layer=inner, saved=saved)
    return KINDS[inner.kind](own) if inner.kind in ROW_BY_ROW else _each_step(own)


def _each_step(call: Call) -> str:
    """Calls the layer on each step, and joins the results. Its weights are the same ones."""
    builder, (steps, *rest) = call.builder, call.shape
    size = elements(tuple(rest))
    rows = builder.reshape_to(call.sources[0], (steps, size))
    parts = []
    for step in range(steps):
        row = builder.add(f"{call.name}_step", Slice((step, 0), (1, size), (1, 1)), rows)
        given = builder.reshape_to(row, tuple(rest))
        parts.append(KINDS[call.layer.kind](replace(call, operands=(given,))))
    shape = builder.shapes[parts[0]]
    flat = [builder.reshape_to(part, (1, elements(shape))) for part in parts]
    joined = builder.add(f"{call.name}_steps", Concat(0), *flat) if steps > 1 else flat[0]
    return builder.reshape_to(joined, (steps, *shape))


def _batch_norm(call: Call) -> str:
    """Keras 2 writes the axis as a list of one."""
    own = call.settings(settings.BatchNormalization)
    if own.axis not in (-1, len(call.shape), (-1,), (len(call.shape),)):
        call.refuse(
            f"normalises axis {own.axis}", "Batch normalisation over the last axis is supported."
        )
    channels = (call.shape[-1],)
    arrays = call.weights(**dict.fromkeys(weights.names(call.layer), channels))
    mean = arrays["mean"].astype(np.float64)
    deviation = np.sqrt(arrays["variance"].astype(np.float64) + own.epsilon)
    scale = arrays.get("gamma", 1.0) / deviation
    offset = arrays.get("beta", 0.0) - mean * scale
    operation = BatchNorm(scale.astype(np.float32), offset.astype(np.float32))
    return call.builder.add(call.name, operation, *call.sources)


FUNCTIONS = {
    "Absolute": Function.ABS,
    "Ceil": Function.CEIL,
    "Cos": Function.COS,
    "Erf": Function.ERF,
    "Floor": Function.FLOOR,
    "Log": Function.LOG,
    "Reciprocal": Function.RECIPROCAL,
    "Rsqrt": Function.RSQRT,
    "Sign": Function.SIGN,
    "Sin": Function.SIN,
    "Sqrt": Function.SQRT,
    "Square": Function.SQUARE,
}
"""Operations of keras.ops."""
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
    "Activation": _activation,
    "ReLU": elementwise.relu,
    "LeakyReLU": elementwise.leaky_relu,
    "ELU": elementwise.elu,
    "Softmax": rearranging.softmax,
    "PReLU": rearranging.prelu,
    "Conv1DTranspose": windows.conv_transpose(1),
    "Conv2DTranspose": windows.conv_transpose(2),
    "UpSampling1D": rearranging.up_sampling(1),
    "UpSampling2D": rearranging.up_sampling(2),
    "Cropping1D": rearranging.cropping_1d,
    "Cropping2D": rearranging.cropping_2d,
    "Permute": rearranging.permute,
    "RepeatVector": rearranging.repeat_vector,
    "Concatenate": rearranging.concatenate,
    "Embedding": rearranging.embedding,
    "LayerNormalization": rearranging.layer_normalization,
    "SimpleRNN": recurrent.recurrent,
    "GRU": recurrent.recurrent,
    "LSTM": recurrent.recurrent,
    "Bidirectional": recurrent.bidirectional,
    "TimeDistributed": _time_distributed,
    "Add": elementwise.add,
    "Average": elementwise.average,
    "BatchNormalization": _batch_norm,
    "Rescaling": elementwise.rescaling,
    "Normalization": elementwise.normalization,
    "ZeroPadding1D": windows.zero_padding_1d,
    "ZeroPadding2D": windows.zero_padding_2d,
    "Subtract": elementwise.subtract,
    "Multiply": elementwise.multiply,
    "Divide": elementwise.divide,
    "TrueDivide": elementwise.divide,
    "Maximum": elementwise.maximum,
    "Minimum": elementwise.minimum,
    "Clip": elementwise.clip,
    "Relu": elementwise.operation("relu"),
    "Relu6": elementwise.operation("relu6"),
    "Sigmoid": elementwise.operation("sigmoid"),
    "Tanh": elementwise.operation("tanh"),
    "HardSigmoid": elementwise.operation("hard_sigmoid"),
    "LeakyRelu": elementwise.leaky_operation,
    "Elu": elementwise.elu,
    "Selu": elementwise.operation("selu"),
    "Silu": elementwise.operation("silu"),
    "Gelu": elementwise.gelu,
    "HardSilu": elementwise.operation("hard_silu"),
    "Softplus": elementwise.operation("softplus"),
    "Exp": elementwise.operation("exponential"),
    **{kind: elementwise.function(function) for kind, function in FUNCTIONS.items()},
    "LogSoftmax": rearranging.log_softmax,
    "Negative": elementwise.negative,
    "Power": elementwise.power,
    "TFOpLambda": elementwise.old_operation,
    **dict.fromkeys(stock.TRAINING_ONLY, _dropout),
}
