"""Which types of tensors each operation may have: those that have a kernel and a reference."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from tinylab.errors import ModelFileError
from tinylab.zoo.operations import (
    GRU,
    LSTM,
    SVDF,
    Activate,
    ArgMax,
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
    IntegerLSTM,
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
from tinylab.zoo.tensor_type import WHOLE, Number, TensorType

REMEDY = (
    "Convert the model with int8 or float32 tensors, or let ST's tool generate the code: "
    "--runtime cubeai with --cubeai-dir."
)
REMEDY_SCALE = "Quantise the model again; its file states what is no quantisation."
SMALLEST = float(np.finfo(np.float32).tiny)
"""The least scale; smaller numbers lose bits."""
LEAST_ZERO = Number.INT8.range[0]

ONLY_INT8 = frozenset(
    {
        *(Function.ELU, Function.HARD_SWISH),
        *(Function.EXP, Function.LOG, Function.ABS, Function.RSQRT),
    }
)
"""Functions without a kernel for int16."""
LARGEST_SIGMOID_STEP = 2.66
"""Its product with 3 x 4096 is an int16 number in TensorFlow Lite."""
IN_32768THS = frozenset({Function.SOFTMAX, Function.SIGMOID, Function.TANH})
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
PAIRS_OF_INT8 = frozenset({ArithmeticKind.PRELU, ArithmeticKind.SQUARED_DIFFERENCE})

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
        if isinstance(operation, IntegerLSTM):
            return False
        return not quantised and not isinstance(operation, Convert)
    return RULES[type(operation)](operation, types, made)


def shown(type: TensorType) -> str:
    """A type in a message: `int8 (scale 0.5, zero point 3)`."""
    if type.scale is None:
        return type.number
    return f"{type.number} (scale {type.scale:.6g}, zero point {type.zero_point})"


def is_int16(type: TensorType) -> bool:
    return type.number is Number.INT16 and type.scale is not None and type.zero_point == 0


def is_int8(type: TensorType) -> bool:
    return type.number is Number.INT8 and type.scale is not None


def _only_int8(operation: Operation, types: Types, made: TensorType) -> bool:
    return all(map(is_int8, (*types, made)))


def _never(operation: Operation, types: Types, made: TensorType) -> bool:
    return False


def _alike(operation: Operation, types: Types, made: TensorType) -> bool:
    """One type for all."""
    return all(one == made for one in types)


def _integers(operation: Operation, types: Types, made: TensorType) -> bool:
    """All int8, of any scales and zero points, or all int16, of any scales."""
    every = (*types, made)
    return all(map(is_int8, every)) or all(map(is_int16, every))


def _weighted(operation: Operation, types: Types, made: TensorType) -> bool:
    """Weights are quantised too, and their zero points are one number."""
    weights = getattr(operation, "quantization", None)
    if weights is None or not _integers(operation, types, made):
        return False
    zeros = np.unique(weights.zero_points)
    return bool(zeros.size == 1 and (is_int8(made) or not zeros.any()))


def _pool(operation: Operation, types: Types, made: TensorType) -> bool:
    """int8 or int16 of one scale and zero point for all."""
    return _integers(operation, types, made) and _alike(operation, types, made)


def _global_pool(operation: Operation, types: Types, made: TensorType) -> bool:
    assert isinstance(operation, GlobalPool)
    if operation.kind is PoolKind.MAX:
        return _pool(operation, types, made)
    return _integers(operation, types, made)


def _arithmetic(operation: Operation, types: Types, made: TensorType) -> bool:
    assert isinstance(operation, Arithmetic)
    if operation.kind in (ArithmeticKind.MAXIMUM, ArithmeticKind.MINIMUM):
        return _pool(operation, types, made)
    if operation.kind in PAIRS_OF_INT8 and is_int16(made):
        return False  # TensorFlow Lite reads slopes of int16 as bytes
    return operation.kind in PAIRS and _integers(operation, types, made)


def _activation(operation: Operation, types: Types, made: TensorType) -> bool:
    """The scale of softmax, and of sigmoids of int16, is what their fixed-point numbers end in;
    linear changes nothing."""
    function = getattr(operation, "function", None)
    if function is Function.LINEAR:
        return _alike(operation, types, made)
    if function is not None and function not in QUANTISED:
        return False
    if not _integers(operation, types, made):
        return False
    if is_int16(made):
        if function in IN_32768THS:
            within = function is Function.SOFTMAX or types[0].step <= LARGEST_SIGMOID_STEP
            return within and math.isclose(made.step, 1 / 32768)
        return function not in ONLY_INT8
    if function is Function.SOFTMAX:
        return made.zero_point == LEAST_ZERO and math.isclose(made.step, 1 / 256)
    return _integers(operation, types, made)


def _arg_max(operation: Operation, types: Types, made: TensorType) -> bool:
    """Any numbers that can be compared; whole numbers come out."""
    return made == WHOLE and all(one.is_float or is_int8(one) or is_int16(one) for one in types)


def _convert(operation: Operation, types: Types, made: TensorType) -> bool:
    """Floats, int8 and int16; whole numbers to floats and to wider ones; uint8 and int8 of the same
    numbers."""
    (given,) = types
    if getattr(operation, "as_joined", False):
        return is_int8(given) and is_int8(made)
    if given == WHOLE:
        return made.is_float or (made.is_whole and made != WHOLE)
    pair = {given.number, made.number}
    if pair == {Number.INT8, Number.UINT8}:
        unsigned = given if given.number is Number.UINT8 else made
        signed = made if unsigned is given else given
        same = unsigned.scale is not None and unsigned.scale == signed.scale
        return same and unsigned.zero_point + LEAST_ZERO == signed.zero_point
    return all(one.is_float or is_int8(one) or is_int16(one) for one in (given, made))


RULES: Mapping[type[Operation], Rule] = {
    Dense: _weighted,
    Conv: _weighted,
    DepthwiseConv: _weighted,
    TransposeConv: _weighted,
    Pool: _pool,
    GlobalPool: _global_pool,
    ArgMax: _arg_max,
    Activate: _activation,
    Clip: _integers,
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
    IntegerLSTM: _only_int8,
    SVDF: _only_int8,
    SimpleRNN: _never,
    GRU: _never,
    LSTM: _never,
}
