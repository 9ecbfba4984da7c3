"""The TensorFlow Lite operators that keep states in variable tensors.

TensorFlow Lite numbers their inputs; a missing optional one is -1, or not there.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from tflite.ActivationFunctionType import ActivationFunctionType

from tinylab.zoo.network import elements
from tinylab.zoo.operations import (
    LSTM,
    SVDF,
    CellFunction,
    Concat,
    IntegerLSTM,
    SimpleRNN,
)
from tinylab.zoo.tensor_type import FloatArray
from tinylab.zoo.tflite.graph import Graph
from tinylab.zoo.tflite.shaping import FUSED, become, check
from tinylab.zoo.tflite.tensors import Operator

FUNCTIONS = {
    ActivationFunctionType.NONE: CellFunction.LINEAR,
    ActivationFunctionType.RELU: CellFunction.RELU,
    ActivationFunctionType.TANH: CellFunction.TANH,
}
BASIC = 1
"""The kernel type of an LSTM operator with all weights in one tensor."""
ROWS = 3
"""Dimensions of a sequence with its batch."""


@dataclass(frozen=True)
class Cell:
    """The numbers of an LSTM's inputs: weights are four each, of i, f, the candidate and o."""

    kernel: Sequence[int]
    recurrent: Sequence[int]
    peepholes: Sequence[int]
    bias: Sequence[int]
    projection: Sequence[int]
    states: tuple[int, int]
    norms: Sequence[int] = ()


FULL = Cell(
    range(1, 5), range(5, 9), range(9, 12), range(12, 16), (16, 17), (18, 19), range(20, 24)
)
FORWARD = Cell(range(1, 5), range(5, 9), range(9, 12), range(12, 16), (16, 17), (35, 36))
BACKWARD = Cell(range(18, 22), range(22, 26), range(26, 29), range(29, 33), (33, 34), (37, 38))
AUXILIARY = range(39, 48)


def _given(operator: Operator, number: int) -> int:
    """The tensor of an input; -1 if there is none."""
    return operator.inputs[number] if number < len(operator.inputs) else -1


def _unidirectional_lstm(graph: Graph, operator: Operator) -> None:
    name = _lstm(graph, operator, FULL, _rows(graph, operator, operator.options.TimeMajor()))
    _define(graph, operator, 0, name, operator.options.TimeMajor())


def _single_lstm(graph: Graph, operator: Operator) -> None:
    """One step; the input is a vector."""
    basic = operator.options.KernelType() == BASIC
    check(not basic, graph, operator, "the old basic kernel")
    source = graph.name_of(operator.inputs[0])
    row = graph.builder.reshape_to(source, (1, elements(graph.builder.shapes[source])))
    name = _lstm(graph, operator, FULL, row)
    become(graph, operator.output, name, (1, graph.builder.shapes[name][1]))


def _bidirectional_lstm(graph: Graph, operator: Operator) -> None:
    extra = any(_given(operator, number) >= 0 for number in AUXILIARY)
    check(not extra, graph, operator, "an auxiliary input")
    major = operator.options.TimeMajor()
    rows = _rows(graph, operator, major)
    sides = [
        _lstm(graph, operator, cell, rows, backwards=cell is BACKWARD)
        for cell in (FORWARD, BACKWARD)
    ]
    if operator.options.MergeOutputs():
        sides = [graph.builder.add("bidirectional", Concat(1), *sides)]
    for index, name in enumerate(sides):
        _define(graph, operator, index, name, major)


def _rows(graph: Graph, operator: Operator, time_major: bool) -> str:
    """The sequence (steps, features) that the operator reads."""
    full = graph.full_shape(operator.inputs[0])
    one = full[1 if time_major else 0] if len(full) == ROWS else 0
    check(one == 1, graph, operator, f"a sequence of the shape {full}")
    steps = full[0 if time_major else 1]
    return graph.builder.reshape_to(graph.name_of(operator.inputs[0]), (steps, full[2]))


def _define(graph: Graph, operator: Operator, index: int, name: str, time_major: bool) -> None:
    steps, units = graph.builder.shapes[name]
    full = (steps, 1, units) if time_major else (1, steps, units)
    become(graph, operator.outputs[index], name, full)


def _lstm(
    graph: Graph, operator: Operator, cell: Cell, rows: str, *, backwards: bool = False
) -> str:
    """The name of the layer, whose output has a row for each of `rows`."""
    for what, numbers in (
        ("peepholes", cell.peepholes),
        ("a projection", cell.projection),
        ("layer normalisation", cell.norms),
    ):
        there = any(_given(operator, number) >= 0 for number in numbers)
        check(not there, graph, operator, what)
    is_float = graph.is_float(operator.inputs[0])
    make = _float_lstm if is_float else _integer_lstm
    operation = make(graph, operator, cell, backwards)
    units = (int(operation.recurrent.shape[0]),)
    states = [graph.state(operator.inputs[number], units) for number in cell.states]
    made = graph.type_of(operator.output)
    return graph.builder.add("lstm", operation, rows, type=made, states=states)


def _float_lstm(graph: Graph, operator: Operator, cell: Cell, backwards: bool) -> LSTM:
    """Without weights of the gate i, that is 1 - f: the function of the negative sum."""
    coupled = _given(operator, cell.kernel[0]) < 0
    arrays = []
    for numbers in (cell.kernel, cell.recurrent, cell.bias):
        tensors = [_given(operator, number) for number in numbers]
        parts = [_floats(graph, operator, one) for one in tensors[coupled:]]
        parts = [-parts[0], *parts] if coupled else parts
        check(len({one.shape for one in parts}) == 1, graph, operator, "gates of different sizes")
        arrays.append(np.ascontiguousarray(np.concatenate(parts).T))
    return LSTM(
        arrays[0],
        arrays[1],
        arrays[2],
        _function(graph, operator),
        CellFunction.SIGMOID,
        sequences=True,
        backwards=backwards,
        clip=_clip(operator),
    )


def _floats(graph: Graph, operator: Operator, tensor: int) -> FloatArray:
    values, _ = graph.weights(tensor, operator.inputs[0])
    return np.asarray(values, np.float32)


def _function(graph: Graph, operator: Operator) -> CellFunction:
    fused = operator.options.FusedActivationFunction()
    check(fused in FUNCTIONS, graph, operator, f"the activation {fused}")
    return FUNCTIONS[fused]


def _clip(operator: Operator) -> float:
    """0 means none."""
    return float(operator.options.CellClip()) or math.inf


def _integer_lstm(graph: Graph, operator: Operator, cell: Cell, backwards: bool) -> IntegerLSTM:
    fused = operator.options.FusedActivationFunction()
    check(fused == ActivationFunctionType.TANH, graph, operator, f"the activation {fused}")
    check(not backwards, graph, operator, "int8 tensors")
    check(_given(operator, cell.kernel[0]) >= 0, graph, operator, "coupled gates of int8 numbers")
    scaled = len(operator.intermediates) == 5
    check(scaled, graph, operator, f"{len(operator.intermediates)} scales of numbers inside it")
    hidden = graph.type_of(operator.intermediates[4])
    (kernel, kernel_scales), (recurrent, recurrent_scales) = (
        _gates(graph, operator, numbers) for numbers in (cell.kernel, cell.recurrent)
    )
    bias = [graph.bias(_given(operator, number)) for number in cell.bias]
    made, kept = graph.type_of(operator.output), graph.type_of(operator.inputs[cell.states[0]])
    check(made == kept, graph, operator, "a state of another scale than the output")
    return IntegerLSTM(
        kernel,
        recurrent,
        np.concatenate(bias),
        kernel_scales,
        recurrent_scales,
        hidden.step,
        hidden.zero_point,
        _clip(operator),
    )


def _gates(
    graph: Graph, operator: Operator, numbers: Sequence[int]
) -> tuple[np.ndarray[tuple[int, ...], np.dtype[np.int8]], tuple[float, ...]]:
    """The int8 weights of all gates, and their scales."""
    arrays, scales = [], []
    for number in numbers:
        tensor = _given(operator, number)
        values, quantization = graph.weights(tensor, operator.inputs[0])
        assert quantization is not None
        symmetric = quantization.scales.size == 1 and not quantization.zero_points.any()
        check(symmetric, graph, operator, "weights with several scales or a zero point")
        arrays.append(values)
        scales.append(float(quantization.scales[0]))
    same = len({one.shape for one in arrays}) == 1
    check(same, graph, operator, "gates of different sizes")
    return np.ascontiguousarray(np.concatenate(arrays).T), tuple(scales)


def _unidirectional_rnn(graph: Graph, operator: Operator) -> None:
    major = operator.options.TimeMajor()
    _define(graph, operator, 0, _rnn(graph, operator, _rows(graph, operator, major)), major)


def _single_rnn(graph: Graph, operator: Operator) -> None:
    """One step; the input is a vector."""
    source = graph.name_of(operator.inputs[0])
    row = graph.builder.reshape_to(source, (1, elements(graph.builder.shapes[source])))
    name = _rnn(graph, operator, row)
    become(graph, operator.output, name, (1, graph.builder.shapes[name][1]))


def _rnn(graph: Graph, operator: Operator, rows: str) -> str:
    """Inputs: a tensor, weights (units, inputs) and (units, units), a bias, a state."""
    arrays = [_floats(graph, operator, _given(operator, number)) for number in range(1, 4)]
    kernel, recurrent, bias = (np.ascontiguousarray(one.T) for one in arrays)
    function = _function(graph, operator)
    operation = SimpleRNN(kernel, recurrent, bias, function, sequences=True, backwards=False)
    state = graph.state(operator.inputs[4], arrays[2].shape)
    return graph.builder.add("simple_rnn", operation, rows, states=[state])


def _svdf(graph: Graph, operator: Operator) -> None:
    """Inputs: a tensor, features, time weights, a bias, the memory."""
    tensor, features, time, bias, memory = (_given(operator, number) for number in range(5))
    rank = operator.options.Rank()
    if graph.is_float(tensor):
        arrays = [_floats(graph, operator, one) for one in (features, time)]
        units = len(arrays[0]) // max(rank, 1)
        offset = graph.floats(bias) if bias >= 0 else np.zeros(units, np.float32)
        operation = SVDF(arrays[0], arrays[1], offset, rank)
    else:
        values, quantization = graph.weights(features, tensor)
        assert quantization is not None
        one = quantization.scales.size == 1 and not quantization.zero_points.any()
        check(one, graph, operator, "features with several scales or a zero point")
        units = len(values) // max(rank, 1)
        zeros = np.zeros(units, np.int32)
        operation = SVDF(
            values,
            graph.stored(time)[0],
            graph.bias(bias) if bias >= 0 else zeros,
            rank,
            float(quantization.scales[0]),
            graph.type_of(time).step,
        )
    source = graph.name_of(tensor)
    row = graph.builder.reshape_to(source, (elements(graph.builder.shapes[source]),))
    state = graph.state(memory, operation.time.shape)
    made = graph.type_of(operator.output)
    name = graph.builder.add("svdf", operation, row, type=made, states=[state])
    fused = FUSED.get(operator.options.FusedActivationFunction())
    if fused is not None and graph.is_float(tensor):
        name = graph.builder.add("svdf_nl", fused, name)
    become(graph, operator.output, name, (1, *graph.builder.shapes[name]))


KINDS: Mapping[str, Callable[[Graph, Operator], None]] = {
    "UNIDIRECTIONAL_SEQUENCE_LSTM": _unidirectional_lstm,
    "BIDIRECTIONAL_SEQUENCE_LSTM": _bidirectional_lstm,
    "LSTM": _single_lstm,
    "UNIDIRECTIONAL_SEQUENCE_RNN": _unidirectional_rnn,
    "RNN": _single_rnn,
    "SVDF": _svdf,
}
"""Each defines its outputs."""
