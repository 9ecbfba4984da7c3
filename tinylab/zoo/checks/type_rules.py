"""Which types of tensors each operation may have: those that have a kernel and a reference."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from tinylab.errors import ModelFileError
from tinylab.zoo.operations import (
    GRU,
    LSTM,
    Activate,
    Arithmetic,
    ArithmeticKind,
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
    Function,
    GlobalPool,
    LayerNorm,
    Operation,
    Pad,
    Pool,
    PoolKind,
    Repeat,
    Reshape,
    Resize,
    SimpleRNN,
    Slice,
    Transpose,
    TransposeConv,
)
from tinylab.zoo.tensor_type import Number, TensorType

REMEDY = (
    "Convert the model with int8 or float32 tensors, or let ST's tool generate the code: "
    "--runtime cubeai with --cubeai-dir."
)
REMEDY_SCALE = "Quantise the model again; its file states what is no quantisation."
SMALLEST = float(np.finfo(np.float32).tiny)
"""The least scale; smaller numbers lose bits."""
LEAST_ZERO = Number.INT8.range[0]

QUANTISED = frozenset(
    {
        *(Function.LINEAR, Function.RELU, Function.RELU6, Function.SIGMOID, Function.TANH),
        *(Function.SOFTMAX, Function.LEAKY_RELU, Function.ELU, Function.GELU, Function.GELU_TANH),
        *(Function.HARD_SWISH, Function.EXP, Function.LOG, Function.ABS, Function.RSQRT),
    }
)
"""Functions with a kernel for quantised tensors."""
PAIRS = frozenset(
    {
        *(ArithmeticKind.ADD, ArithmeticKind.SUBTRACT, ArithmeticKind.MULTIPLY),
        *(ArithmeticKind.PRELU, ArithmeticKind.SQUARED_DIFFERENCE),
    }
)
"""Arithmetic of quantised tensors of any scales."""

Types = Sequence[TensorType]
Rule = Callable[[Operation, Types, TensorType], bool]
"""Whether an operation may have inputs and an output of these types, not all of them floats."""


def check_types(operation: Operation, types: Types, made: TensorType) -> None:
    """Raises ModelFileError unless there is a kernel for the operation with these types.

    The message lacks its subject, the layer.
    """
    if not are_supported(operation, types, made):
        names = ", ".join(dict.fromkeys(shown(one) for one in (*types, made)))
        wanted = _wanted(operation, types, made)
        raise ModelFileError(f"is not supported with tensors of {names}{wanted}", remedy=REMEDY)


def check_type(type: TensorType) -> None:
    """Raises ModelFileError for a scale or a zero point that no tensor can have."""
    if type.scale is None:
        return
    if not SMALLEST <= type.scale < math.inf:
        raise ModelFileError(
            f"has the scale {type.scale:g}, which is no positive number of normal size",
            remedy=REMEDY_SCALE,
        )
    low, high = type.number.range
    if not low <= type.zero_point <= high:
        raise ModelFileError(
            f"has the zero point {type.zero_point}, which is no {type.number} number",
            remedy=REMEDY_SCALE,
        )


def _wanted(operation: Operation, types: Types, made: TensorType) -> str:
    """What quantised tensors must be, if that is all that is wrong."""
    if not all(map(is_int8, (*types, made))):
        return ""
    if getattr(operation, "function", None) is Function.SOFTMAX:
        return "; its output must have the scale 1/256 and the zero point -128"
    if RULES[type(operation)] in (_alike, _pool) or isinstance(operation, Arithmetic | GlobalPool):
        return "; its inputs and its output must have one scale and zero point"
    return ""


def are_supported(operation: Operation, types: Types, made: TensorType) -> bool:
    quantised = getattr(operation, "quantization", None) is not None
    if isinstance(operation, Constant):
        return operation.values.dtype == made.number.dtype
    if all(one.is_float for one in (*types, made)):
        return not quantised and not isinstance(operation, Convert)
    return RULES[type(operation)](operation, types, made)


def shown(type: TensorType) -> str:
    """A type in a message: `int8 (scale 0.5, zero point 3)`."""
    if type.scale is None:
        return type.number
    return f"{type.number} (scale {type.scale:.6g}, zero point {type.zero_point})"


def is_int8(type: TensorType) -> bool:
    return type.number is Number.INT8 and type.scale is not None


def _never(operation: Operation, types: Types, made: TensorType) -> bool:
    return False


def _alike(operation: Operation, types: Types, made: TensorType) -> bool:
    """One type for all."""
    return all(one == made for one in types)


def _int8(operation: Operation, types: Types, made: TensorType) -> bool:
    """Scales and zero points of any value."""
    return all(map(is_int8, (*types, made)))


def _weighted(operation: Operation, types: Types, made: TensorType) -> bool:
    """Weights are quantised too, and their zero points are one number."""
    weights = getattr(operation, "quantization", None)
    if weights is None or not _int8(operation, types, made):
        return False
    return bool(np.unique(weights.zero_points).size == 1)


def _pool(operation: Operation, types: Types, made: TensorType) -> bool:
    """int8 of one scale and zero point for all."""
    return _int8(operation, types, made) and _alike(operation, types, made)


def _global_pool(operation: Operation, types: Types, made: TensorType) -> bool:
    assert isinstance(operation, GlobalPool)
    if operation.kind is PoolKind.MAX:
        return _pool(operation, types, made)
    return _int8(operation, types, made)


def _arithmetic(operation: Operation, types: Types, made: TensorType) -> bool:
    assert isinstance(operation, Arithmetic)
    if operation.kind in (ArithmeticKind.MAXIMUM, ArithmeticKind.MINIMUM):
        return _pool(operation, types, made)
    return operation.kind in PAIRS and _int8(operation, types, made)


def _activation(operation: Operation, types: Types, made: TensorType) -> bool:
    """softmax has the scale 1/256, which its fixed-point numbers end in; linear changes nothing."""
    function = getattr(operation, "function", None)
    if function is Function.LINEAR:
        return _alike(operation, types, made)
    if function is not None and function not in QUANTISED:
        return False
    if function is Function.SOFTMAX:
        if not _int8(operation, types, made) or made.zero_point != LEAST_ZERO:
            return False
        return math.isclose(made.step, 1 / 256)
    return _int8(operation, types, made)


def _convert(operation: Operation, types: Types, made: TensorType) -> bool:
    """Floats and int8; uint8 and int8 of the same numbers."""
    (given,) = types
    pair = {given.number, made.number}
    if pair == {Number.INT8, Number.UINT8}:
        unsigned = given if given.number is Number.UINT8 else made
        signed = made if unsigned is given else given
        same = unsigned.scale is not None and unsigned.scale == signed.scale
        return same and unsigned.zero_point + LEAST_ZERO == signed.zero_point
    return all(one.is_float or is_int8(one) for one in (given, made))


RULES: Mapping[type[Operation], Rule] = {
    Dense: _weighted,
    Conv: _weighted,
    DepthwiseConv: _weighted,
    TransposeConv: _weighted,
    Pool: _pool,
    GlobalPool: _global_pool,
    Activate: _activation,
    Clip: _int8,
    Arithmetic: _arithmetic,
    Concat: _alike,
    Transpose: _alike,
    Slice: _alike,
    Repeat: _alike,
    Pad: _pool,
    Resize: _pool,
    Reshape: _alike,
    Dropout: _alike,
    Convert: _convert,
    BatchNorm: _never,
    Embedding: _never,
    LayerNorm: _never,
    SimpleRNN: _never,
    GRU: _never,
    LSTM: _never,
}
