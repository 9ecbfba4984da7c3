"""Small .tflite files of operators that keep states, with numbers from a seed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from ai_edge_litert import schema_py_generated as schema

from tests.fakes.tflite.files import Op, Tensor, model
from tests.fakes.tflite.int8 import Random, fused

FLOAT, INT8 = "float32", "int8"


class _File:
    """Tensors by their numbers, as they are added."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.tensors: list[Tensor] = []

    def add(self, tensor: Tensor) -> int:
        self.tensors.append(tensor)
        return len(self.tensors) - 1

    def floats(self, *shape: int) -> int:
        values = self.random.uniform(-1, 1, shape).astype(np.float32)
        return self.add(Tensor.constant(values))

    def bytes(self, *shape: int, scale: float) -> int:
        values = self.random.integers(-127, 127, shape, endpoint=True).astype(np.int8)
        return self.add(Tensor.constant(values, scales=[scale]))

    def whole(self, size: int, limit: int, scale: float) -> int:
        values = self.random.integers(-limit, limit, size).astype(np.int32)
        return self.add(Tensor.constant(values, scales=[scale]))

    def weights(self, dtype: str, *shape: int) -> int:
        if dtype == FLOAT:
            return self.floats(*shape)
        return self.bytes(*shape, scale=float(self.random.uniform(0.004, 0.02)))

    def state(self, *shape: int, dtype: str = FLOAT, scale: float = 0.0, zero: int = 0) -> int:
        scales = [scale] if scale else []
        return self.add(Tensor(shape, dtype, scales, [zero] * len(scales), variable=True))


def _sequence(steps: int, size: int, time_major: bool) -> tuple[int, int, int]:
    return (steps, 1, size) if time_major else (1, steps, size)


def lstm(
    random: Random,
    *,
    steps: int = 4,
    inputs: int = 5,
    units: int = 3,
    clip: float = 0.0,
    activation: str = "TANH",
    coupled: bool = False,
    hybrid: bool = False,
    extra: int = -1,
    kind: str = "UNIDIRECTIONAL_SEQUENCE_LSTM",
) -> bytes:
    """With floats; `coupled` has no gate i, `extra` is an input that has no use here."""
    file, dtype = _File(random), INT8 if hybrid else FLOAT
    single = kind == "LSTM"
    given = file.add(Tensor((1, inputs) if single else (1, steps, inputs)))
    kernel = [file.weights(dtype, units, inputs) for _ in range(4)]
    recurrent = [file.weights(dtype, units, units) for _ in range(4)]
    bias = [file.floats(units) for _ in range(4)]
    for part in (kernel, recurrent, bias):
        part[0] = -1 if coupled else part[0]
    states = [file.state(1, units), file.state(1, units)]
    output = file.add(Tensor((1, units) if single else (1, steps, units)))
    options: Any = schema.LSTMOptionsT()
    if not single:
        options = schema.UnidirectionalSequenceLSTMOptionsT()
    options.fusedActivationFunction = fused(activation)
    options.cellClip = clip
    missing = [-1] * 3
    numbers = [given, *kernel, *recurrent, *missing, *bias, -1, -1, *states, *missing, -1]
    if extra >= 0:
        numbers[extra] = file.floats(units)
    op = Op(kind, numbers, [output], options)
    return model(file.tensors, [op], [given], [output])


def integer_lstm(
    random: Random, *, steps: int, inputs: int, units: int, clip: float, exponent: int
) -> bytes:
    """With int8 tensors and an int16 memory of the scale 2**exponent."""
    file = _File(random)
    scale, zero = float(random.uniform(0.01, 0.05)), int(random.integers(-128, 127))
    given = file.add(Tensor((1, steps, inputs), INT8, [scale], [zero]))
    kernel = [file.weights(INT8, units, inputs) for _ in range(4)]
    recurrent = [file.weights(INT8, units, units) for _ in range(4)]
    bias = [file.whole(units, 5000, 1e-4) for _ in range(4)]
    made, made_zero = float(random.uniform(0.004, 0.008)), int(random.integers(-20, 20))
    state = file.state(1, units, dtype=INT8, scale=made, zero=made_zero)
    memory = file.state(1, units, dtype="int16", scale=2.0**exponent)
    inside = [file.add(Tensor((0,))) for _ in range(4)]
    inside.append(file.add(Tensor((0,), INT8, [made], [made_zero])))
    output = file.add(Tensor((1, steps, units), INT8, [made], [made_zero]))
    options = schema.UnidirectionalSequenceLSTMOptionsT()
    options.fusedActivationFunction = fused("TANH")
    options.cellClip = clip
    missing = [-1] * 3
    numbers = [given, *kernel, *recurrent, *missing, *bias, -1, -1, state, memory, *missing, -1]
    op = Op("UNIDIRECTIONAL_SEQUENCE_LSTM", numbers, [output], options, inside)
    return model(file.tensors, [op], [given], [output])


def bidirectional(random: Random, *, merged: bool, time_major: bool, steps: int = 4) -> bytes:
    file, inputs, units = _File(random), 3, (2, 2)
    shape = _sequence(steps, inputs, time_major)
    given, first = file.add(Tensor((1, steps, inputs))), []
    source = given
    if time_major:
        source = file.add(Tensor(shape))
        order = file.add(Tensor.constant(np.array([1, 0, 2], np.int32)))
        first = [Op("TRANSPOSE", [given, order], [source], schema.TransposeOptionsT())]
    numbers = [source]
    for size in units:
        numbers += [file.floats(size, inputs) for _ in range(4)]
        numbers += [file.floats(size, size) for _ in range(4)]
        numbers += [-1] * 3 + [file.floats(size) for _ in range(4)] + [-1] * 2
    numbers += [file.state(1, size) for size in units for _ in range(2)] + [-1] * 9
    sizes = [sum(units)] if merged else units
    outputs = [file.add(Tensor(_sequence(steps, size, time_major))) for size in sizes]
    options = schema.BidirectionalSequenceLSTMOptionsT()
    options.fusedActivationFunction = fused("TANH")
    options.mergeOutputs, options.timeMajor = merged, time_major
    op = Op("BIDIRECTIONAL_SEQUENCE_LSTM", numbers, outputs, options)
    return model(file.tensors, [*first, op], [given], outputs)


def rnn(random: Random, kind: str, activation: str, *, hybrid: bool = False) -> bytes:
    """RNN, or UNIDIRECTIONAL_SEQUENCE_RNN."""
    file, steps, inputs, units = _File(random), 4, 5, 3
    dtype = INT8 if hybrid else FLOAT
    given = file.add(Tensor((1, inputs) if kind == "RNN" else (1, steps, inputs)))
    weights = [file.weights(dtype, units, inputs), file.weights(dtype, units, units)]
    numbers = [given, *weights, file.floats(units), file.state(1, units)]
    output = file.add(Tensor((1, units) if kind == "RNN" else (1, steps, units)))
    options: Any = schema.RNNOptionsT() if kind == "RNN" else schema.SequenceRNNOptionsT()
    options.fusedActivationFunction = fused(activation)
    return model(file.tensors, [Op(kind, numbers, [output], options)], [given], [output])


def svdf(
    random: Random,
    dtype: str,
    *,
    inputs: int = 6,
    units: int = 4,
    rank: int = 1,
    length: int = 5,
    activation: str = "RELU",
    biased: bool = True,
) -> bytes:
    file, filters = _File(random), units * rank
    quantised = dtype == INT8
    zero = int(random.integers(-128, 127))
    number: dict[str, Any] = {"dtype": dtype, "scales": [0.05], "zero_points": [zero]}
    given = file.add(Tensor((1, inputs), **(number if quantised else {})))
    if quantised:
        features = file.bytes(filters, inputs, scale=0.01)
        steps = random.integers(-4000, 4000, (filters, length)).astype(np.int16)
        time = file.add(Tensor.constant(steps, scales=[1e-4]))
        bias = file.whole(units, 50_000, 1e-6) if biased else -1
        memory = file.state(1, filters * length, dtype="int16", scale=0.001)
        output = file.add(Tensor((1, units), dtype, [0.02], [-128]))
    else:
        features, time = file.floats(filters, inputs), file.floats(filters, length)
        bias = file.floats(units) if biased else -1
        memory = file.state(1, filters * length)
        output = file.add(Tensor((1, units)))
    options = schema.SVDFOptionsT()
    options.rank, options.fusedActivationFunction = rank, fused(activation)
    op = Op("SVDF", [given, features, time, bias, memory], [output], options)
    return model(file.tensors, [op], [given], [output])


def delay_line(
    random: Random, dtype: str, *, read_after: bool = False, known: bool = True
) -> bytes:
    """A streaming convolution: the last rows are kept in a variable, which begins with random ones.

    With `read_after`, the output is what the variable has at the end. Without `known`, nothing says
    what it begins with."""
    file, rows, channels = _File(random), 4, 3
    number: dict[str, Any] = {"dtype": dtype}
    if dtype == INT8:
        number |= {"scales": [0.05], "zero_points": [7]}
        first = random.integers(-128, 127, (1, rows, channels), endpoint=True).astype(np.int8)
    else:
        first = random.uniform(-1, 1, (1, rows, channels)).astype(np.float32)
    given = file.add(Tensor((1, 1, channels), **number))
    handle = file.add(Tensor((), "resource"))
    before, joined, after, again = (
        file.add(Tensor((1, size, channels), **number)) for size in (rows, rows + 1, rows, rows)
    )
    limits = [
        file.add(Tensor.constant(np.array(one, np.int32)))
        for one in ([0, 1, 0], [1, rows + 1, channels], [1, 1, 1])
    ]
    concatenation = schema.ConcatenationOptionsT()
    concatenation.axis = 1
    ops = [
        *([Op("CALL_ONCE", [], [], _call_once())] if known else []),
        Op("VAR_HANDLE", [], [handle], _variable()),
        Op("READ_VARIABLE", [handle], [before]),
        Op("CONCATENATION", [before, given], [joined], concatenation),
        Op("STRIDED_SLICE", [joined, *limits], [after], schema.StridedSliceOptionsT()),
        Op("ASSIGN_VARIABLE", [handle, after], []),
        Op("READ_VARIABLE", [handle], [again]),
    ]
    begin = (
        [
            Tensor((), "resource"),
            Tensor.constant(
                first, scales=number.get("scales", []), zero_points=number.get("zero_points", [])
            ),
        ],
        [Op("VAR_HANDLE", [], [0], _variable()), Op("ASSIGN_VARIABLE", [0, 1], [])],
    )
    outputs = [again] if read_after else [joined]
    return model(file.tensors, ops, [given], outputs, begin if known else ((), ()))


def _variable() -> Any:
    options = schema.VarHandleOptionsT()
    options.container, options.sharedName = "", "line"
    return options


def _call_once() -> Any:
    options = schema.CallOnceOptionsT()
    options.initSubgraphIndex = 1
    return options


def running_sum(random: Random, shape: tuple[int, ...]) -> bytes:
    """A variable of `shape`, (1, 2, 2, 2, 2) for example, to which each input is added."""
    file = _File(random)
    given, handle = file.add(Tensor(shape)), file.add(Tensor((), "resource"))
    before, after = file.add(Tensor(shape)), file.add(Tensor(shape))
    ops = [
        Op("CALL_ONCE", [], [], _call_once()),
        Op("VAR_HANDLE", [], [handle], _variable()),
        Op("READ_VARIABLE", [handle], [before]),
        Op("ADD", [before, given], [after], schema.AddOptionsT()),
        Op("ASSIGN_VARIABLE", [handle, after], []),
    ]
    first = Tensor.constant(random.uniform(-1, 1, shape).astype(np.float32))
    begin = [Op("VAR_HANDLE", [], [0], _variable()), Op("ASSIGN_VARIABLE", [0, 1], [])]
    return model(file.tensors, ops, [given], [after], ([Tensor((), "resource"), first], begin))


VARIABLES: Sequence[tuple[str, Any]] = (
    *(
        (
            f"{dtype}, read after {after}",
            lambda random, dtype=dtype, after=after: delay_line(random, dtype, read_after=after),
        )
        for dtype in (FLOAT, INT8)
        for after in (False, True)
    ),
    ("many dimensions", lambda random: running_sum(random, (1, 2, 2, 2, 2))),
)
"""As CASES, with resource variables."""
CASES: Sequence[tuple[str, Any]] = (
    ("lstm", lambda random: lstm(random)),
    ("lstm clip", lambda random: lstm(random, clip=0.3)),
    ("lstm relu", lambda random: lstm(random, activation="RELU", units=4)),
    ("lstm coupled", lambda random: lstm(random, coupled=True)),
    ("lstm of one step", lambda random: lstm(random, kind="LSTM")),
    ("rnn", lambda random: rnn(random, "UNIDIRECTIONAL_SEQUENCE_RNN", "TANH")),
    ("rnn relu", lambda random: rnn(random, "UNIDIRECTIONAL_SEQUENCE_RNN", "RELU")),
    ("rnn of one step", lambda random: rnn(random, "RNN", "TANH")),
    ("bidirectional", lambda random: bidirectional(random, merged=False, time_major=False)),
    ("bidirectional, merged", lambda random: bidirectional(random, merged=True, time_major=False)),
    ("bidirectional, time", lambda random: bidirectional(random, merged=True, time_major=True)),
    ("svdf", lambda random: svdf(random, FLOAT)),
    ("svdf rank 2", lambda random: svdf(random, FLOAT, rank=2, activation="NONE")),
    ("svdf int8", lambda random: svdf(random, INT8)),
    ("svdf int8 rank 2", lambda random: svdf(random, INT8, rank=2, length=1)),
    ("svdf int8, no bias", lambda random: svdf(random, INT8, biased=False)),
    *(
        (
            f"integer lstm 2**{exponent}, clip {clip}",
            lambda random, exponent=exponent, clip=clip: integer_lstm(
                random, steps=3, inputs=7, units=5, clip=clip, exponent=exponent
            ),
        )
        for exponent in range(-15, -8)
        for clip in (0.0, 0.4)
    ),
)
"""A name, and what makes a file from a random generator."""
