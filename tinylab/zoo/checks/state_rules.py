"""Whether the states of a network fit the layers that change them, and their sources."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from tinylab.errors import ModelFileError
from tinylab.zoo.checks.type_rules import check_type
from tinylab.zoo.execution.integer.fixed_point import Multiplier
from tinylab.zoo.execution.integer.recurrent import LSTMNumbers, svdf_multipliers
from tinylab.zoo.network import Layer, Network, Shape, State
from tinylab.zoo.operations import GRU, LSTM, SVDF, IntegerLSTM, Operation, Recurrent, SimpleRNN
from tinylab.zoo.shapes import MAX_DIMENSIONS
from tinylab.zoo.tensor_type import Number, TensorType

REMEDY = "The file is damaged; convert or save the model again."
MOST_STATES = 1_000
MOST_SHIFT = 29
"""Of a multiplier: kernels shift by fewer bits than an int32 has."""
FLOATS = (Number.FLOAT32,)
LEAST_EXPONENT, MOST_EXPONENT = -15, -9
"""Of the scale of an integer LSTM's memory: its tanh has 0 to 6 integer bits."""
MOST_PRODUCT = 255 * 128
"""Of an int8 input less its zero point and an int8 weight."""
SVDF_TYPES = (
    ("float32", "float32", "float32"),
    ("int8", "int16", "int32"),
    ("int8", "int8", "int32"),
)
"""Of features, time weights and bias."""


def check_states(
    operation: Operation, states: Sequence[State], types: Sequence[TensorType], owner: str = ""
) -> None:
    """Raises ModelFileError unless a layer may change states of these shapes and types.

    `types` are those of its first input and of its output.
    """
    wanted, required = _wanted(operation), isinstance(operation, IntegerLSTM | SVDF)
    if not states and not required:
        return
    shapes = [one.shape for one in states]
    fits = len(states) == len(wanted) and all(
        one.shape == shape and _may_have(one.type, numbers)
        for one, (shape, numbers) in zip(states, wanted, strict=True)
    )
    if not fits or not _exact(operation, states):
        numbers = ", ".join(one.type.number for one in states)
        raise ModelFileError(
            f"{owner or 'a layer'} has states of the shapes {shapes} ({numbers})", remedy=REMEDY
        )
    factors = _factors(operation, types, [one.type for one in states])
    if any(one.shift > MOST_SHIFT for one in factors):
        raise ModelFileError(
            f"{owner or 'a layer'} has a scale that is too small for that of its input",
            remedy="Quantise the model again with samples that reach the layer's whole range.",
        )


def _factors(
    operation: Operation, types: Sequence[TensorType], states: Sequence[TensorType]
) -> Sequence[Multiplier]:
    """What an integer layer multiplies its sums by."""
    given, made = types
    match operation:
        case IntegerLSTM():
            numbers = LSTMNumbers.of(operation, given, states)
            return [*numbers.kernel, *numbers.recurrent, numbers.hidden]
        case SVDF() if not made.is_float:
            return svdf_multipliers(operation, given, states[0], made)
        case _:
            return []


def check_begun(layer: Layer) -> None:
    """Raises ModelFileError if a recurrent layer is given a part of its states, or too many."""
    given = len(layer.inputs) - 1
    if isinstance(layer.operation, Recurrent) and given not in (0, len(layer.states)):
        raise ModelFileError(f"gives {given} of {len(layer.states)} states", remedy=REMEDY)


def _may_have(type: TensorType, numbers: Sequence[Number]) -> bool:
    return type.number in numbers and (type.is_float or type.scale is not None)


def _wanted(operation: Operation) -> Sequence[tuple[Shape, Sequence[Number]]]:
    """The shapes of the states that an operation changes, if any, and the types each may have."""
    match operation:
        case LSTM():
            return [(operation.recurrent.shape[:1], FLOATS)] * 2
        case SimpleRNN() | GRU():
            return [(operation.recurrent.shape[:1], FLOATS)]
        case IntegerLSTM(recurrent=recurrent):
            units = recurrent.shape[:1]
            return [(units, (Number.INT8,)), (units, (Number.INT16,))]
        case SVDF(time=time) if time.dtype == np.float32:
            return [(time.shape, FLOATS)]
        case SVDF(time=time):
            return [(time.shape, (Number(str(time.dtype)),))]
        case _:
            return []


def _exact(operation: Operation, states: Sequence[State]) -> bool:
    """The memory of an integer LSTM is in fixed point: its scale is a power of two."""
    if not isinstance(operation, IntegerLSTM):
        return True
    fraction, exponent = math.frexp(states[1].type.step)
    powers = range(LEAST_EXPONENT, MOST_EXPONENT + 1)
    return fraction == 0.5 and exponent - 1 in powers and states[1].type.zero_point == 0


def check_integer_arrays(operation: IntegerLSTM | SVDF) -> None:
    """Raises ModelFileError unless arrays and scales fit each other.

    The message lacks its subject, the layer.
    """
    if isinstance(operation, SVDF):
        return _check_svdf(operation)
    units, made = operation.recurrent.shape if operation.recurrent.ndim == 2 else (0, 0)
    shapes = [operation.kernel.shape[1:], operation.bias.shape]
    if made != 4 * units or not units or shapes != [(made,)] * 2 or not operation.kernel.size:
        raise ModelFileError(f"has a recurrent kernel of the shape {operation.recurrent.shape}")
    types = [operation.kernel.dtype, operation.recurrent.dtype, operation.bias.dtype]
    if types != [np.int8, np.int8, np.int32]:
        raise ModelFileError(f"has weights of {', '.join(map(str, types))} numbers")
    scales = (*operation.kernel_scales, *operation.recurrent_scales, operation.hidden_scale)
    if len(scales) != 9 or not all(0 < one < math.inf for one in scales):
        raise ModelFileError("has scales that are no positive numbers")
    low, high = Number.INT8.range
    if not operation.clip > 0 or not low <= operation.hidden_zero <= high:
        raise ModelFileError(f"limits its memory to {operation.clip}")
    inputs = operation.kernel.shape[0]
    return _check_sums(np.abs(operation.bias.astype(np.int64)).max() + inputs * MOST_PRODUCT)


def _check_svdf(operation: SVDF) -> None:
    """The sums over the memory may exceed 32 bits: they wrap, as in TensorFlow Lite."""
    features, time, bias = operation.features, operation.time, operation.bias
    ranks = operation.rank >= 1 and bias.ndim == 1 and features.ndim == time.ndim == 2
    if not ranks or not features.size or not time.size or len(features) != len(time):
        raise ModelFileError(f"has weights of the shapes {features.shape} and {time.shape}")
    if len(features) != operation.rank * bias.size:
        raise ModelFileError(f"has {len(features)} filters of {bias.size} units")
    types = tuple(str(one.dtype) for one in (features, time, bias))
    if types not in SVDF_TYPES:
        raise ModelFileError(f"has weights of {', '.join(types)} numbers")
    if features.dtype == np.float32:
        if not all(np.isfinite(one).all() for one in (features, time, bias)):
            raise ModelFileError("has weights that are not finite numbers")
        return None
    if not all(0 < one < math.inf for one in (operation.feature_scale, operation.time_scale)):
        raise ModelFileError("has scales that are no positive numbers")
    return _check_sums(features.shape[1] * MOST_PRODUCT)


def _check_sums(most: int) -> None:
    """Raises ModelFileError if sums of products may not fit into an int32."""
    if most > np.iinfo(np.int32).max:
        raise ModelFileError(
            "has sums that may exceed 32 bits", remedy="Convert the model with fewer inputs."
        )


def check_state(state: State) -> None:
    """Raises ModelFileError unless its initial elements have its shape and type."""
    if not 1 <= len(state.shape) <= MAX_DIMENSIONS or min(state.shape) < 1:
        raise ModelFileError(f"has a state of the shape {state.shape}", remedy=REMEDY)
    fits = state.initial.shape == state.shape and state.initial.dtype == state.type.number.dtype
    if not fits or not np.isfinite(state.initial).all():
        raise ModelFileError(f"begins the state {state.name!r} with other numbers", remedy=REMEDY)
    check_type(state.type)


def check_kept(network: Network) -> None:
    """Raises ModelFileError unless every state is changed once, by a tensor like itself."""
    by_name = {one.name: one for one in network.states}
    changed = [name for layer in network.layers for name in layer.states]
    changed += [one.name for one in network.states if one.source is not None]
    known = set(changed) <= by_name.keys() and len(network.states) <= MOST_STATES
    if len(set(changed)) != len(changed) or not known:
        raise ModelFileError("changes a state twice, or one that it has not", remedy=REMEDY)
    for layer in network.layers:
        types = [network.type_of(name) for name in (*layer.inputs[:1], layer.name)]
        check_states(layer.operation, [by_name[one] for one in layer.states], types)
        check_begun(layer)
    for state in network.states:
        source = network.tensors.get(state.source or state.name)
        if source is None or (source.shape, source.type) != (state.shape, state.type):
            raise ModelFileError(f"keeps another tensor in {state.name!r}", remedy=REMEDY)
