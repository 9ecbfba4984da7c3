"""Layers that keep states between inferences and are no recurrent layers of floats."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tinylab.codegen.layers.kernel import Call, Kernel, Order, Parameter, Request
from tinylab.codegen.layers.requantize import factor
from tinylab.zoo.execution.integer import recurrent
from tinylab.zoo.operations import SVDF, IntegerLSTM
from tinylab.zoo.tensor_type import Number, TensorType

SHORT_BYTES = 2


@dataclass(frozen=True, eq=False)
class IntegerLSTMKernel(Kernel):
    layer: IntegerLSTM
    steps: int
    given: TensorType
    types: tuple[TensorType, ...]
    """Of the states."""

    @property
    def numbers(self) -> recurrent.LSTMNumbers:
        return recurrent.LSTMNumbers.of(self.layer, self.given, self.types)

    @property
    def units(self) -> int:
        return int(self.layer.recurrent.shape[0])

    def parameters(self) -> tuple[Parameter, ...]:
        own, kept = recurrent.effective_bias(self.layer, self.given, self.types[0])
        pairs = zip(self.numbers.kernel, self.numbers.recurrent, strict=True)
        multipliers = [(a.mantissa, a.shift, b.mantissa, b.shift) for a, b in pairs]
        return (
            Parameter.of("kernel", self.layer.kernel.T, "i1"),
            Parameter.of("kernel_bias", own, "<i4"),
            Parameter.of("recurrent", self.layer.recurrent.T, "i1"),
            Parameter.of("recurrent_bias", kept, "<i4"),
            Parameter.of("multipliers", multipliers, "<i4"),
        )

    def states(self) -> int:
        return 2

    def scratch(self) -> int:
        return SHORT_BYTES * recurrent.GATES * self.units

    def order(self) -> Order | None:
        return None  # a step writes its output before the next reads its input

    def call(self) -> Call:
        numbers = self.numbers
        shape = {
            "steps": self.steps,
            "inputs": int(self.layer.kernel.shape[0]),
            "units": self.units,
            **factor("hidden", numbers.hidden),
            "hidden_zero": self.layer.hidden_zero,
            "memory_exponent": numbers.memory_exponent,
            "clip": numbers.clip,
        }
        return Call("tl_lstm_s8", "tl_lstm_s8_t", shape)


def lstm(request: Request) -> Kernel:
    assert isinstance(request.operation, IntegerLSTM)
    given, types = request.inputs[0], tuple(one.type for one in request.states)
    return IntegerLSTMKernel(request.operation, given.shape[0], given.type, types)


@dataclass(frozen=True, eq=False)
class SVDFKernel(Kernel):
    layer: SVDF

    def parameters(self) -> tuple[Parameter, ...]:
        return (
            Parameter.of("features", self.layer.features),
            Parameter.of("time", self.layer.time),
            Parameter.of("bias", self.layer.bias),
        )

    def states(self) -> int:
        return 1

    def order(self) -> Order | None:
        return None

    @property
    def sizes(self) -> tuple[int, int, int, int]:
        """Inputs, units, rank, length of the memory."""
        inputs, length = self.layer.features.shape[1], self.layer.time.shape[1]
        return inputs, self.layer.bias.size, self.layer.rank, length

    def call(self) -> Call:
        return Call("tl_svdf_f32", numbers=self.sizes)


def svdf(request: Request) -> Kernel:
    assert isinstance(request.operation, SVDF)
    return SVDFKernel(request.operation)


@dataclass(frozen=True, eq=False)
class QuantisedSVDFKernel(Kernel):
    layer: SVDF
    types: tuple[TensorType, TensorType, TensorType]
    """Of the input, the memory and the output."""

    def parameters(self) -> tuple[Parameter, ...]:
        time = self.layer.time
        return (
            Parameter.of("features", self.layer.features, "i1"),
            Parameter.of("time", time, "i1" if time.dtype == np.int8 else "<i2"),
            Parameter.of("bias", self.layer.bias, "<i4"),
        )

    def states(self) -> int:
        return 1

    def order(self) -> Order | None:
        return None

    def call(self) -> Call:
        given, memory, made = self.types
        first, second = recurrent.svdf_multipliers(self.layer, *self.types)
        inputs, units, rank, length = SVDFKernel(self.layer).sizes
        shape = {
            "inputs": inputs,
            "units": units,
            "rank": rank,
            "length": length,
            **factor("feature", first),
            **factor("time", second),
            "input_zero": given.zero_point,
            "memory_zero": memory.zero_point,
            "output_zero": made.zero_point,
        }
        kind = "s8" if memory.number is Number.INT8 else "s16"
        return Call(f"tl_svdf_{kind}", "tl_svdf_s8_t", shape)


def quantised_svdf(request: Request) -> Kernel | None:
    """For int8 tensors, and a memory of int8 or int16."""
    assert isinstance(request.operation, SVDF)
    types = (request.inputs[0].type, request.states[0].type, request.output.type)
    return QuantisedSVDFKernel(request.operation, types)
