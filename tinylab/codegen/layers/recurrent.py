"""Recurrent layers: one call runs all steps."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from tinylab.codegen.layers.filters import interleaved
from tinylab.codegen.layers.kernel import Call, Kernel, Order, Parameter, Request
from tinylab.zoo.operations import GRU, LSTM, CellFunction, Recurrent, SimpleRNN
from tinylab.zoo.tensor_type import FloatArray

CURVES = {function: number for number, function in enumerate(CellFunction)}
"""The numbers of tl_curve_t."""
FLOAT_BYTES = 4
SCRATCH: Mapping[type[Recurrent], int] = {SimpleRNN: 1, GRU: 4, LSTM: 5}
"""FloatArray for each unit."""


@dataclass(frozen=True, eq=False)
class RecurrentKernel(Kernel):
    layer: Recurrent
    steps: int
    keeps: bool
    """Whether its states are kept between inferences."""

    def parameters(self) -> tuple[Parameter, ...]:
        layer = self.layer
        arrays = (
            Parameter.of("kernel", self._packed(layer.kernel)),
            Parameter.of("recurrent", self._packed(layer.recurrent)),
            Parameter.of("bias", layer.bias),
        )
        if isinstance(layer, GRU):
            return (*arrays, Parameter.of("recurrent_bias", layer.recurrent_bias))
        return arrays

    def _packed(self, weights: FloatArray) -> FloatArray:
        """A GRU multiplies part by part."""
        parts = np.split(weights, 3, axis=1) if isinstance(self.layer, GRU) else [weights]
        return np.concatenate([interleaved(part.T) for part in parts])

    def states(self) -> int:
        return 2 if isinstance(self.layer, LSTM) else 1

    def scratch(self) -> int:
        kept = int(self.keeps and isinstance(self.layer, LSTM))
        return FLOAT_BYTES * (SCRATCH[type(self.layer)] - kept) * self.units

    @property
    def units(self) -> int:
        return int(self.layer.recurrent.shape[0])

    def order(self) -> Order | None:
        return None  # a step writes its state before the next reads its input

    def call(self) -> Call:
        layer = self.layer
        gate = layer.activation if isinstance(layer, SimpleRNN) else layer.gate
        shape = {
            "steps": self.steps,
            "inputs": int(layer.kernel.shape[0]),
            "units": self.units,
            "sequences": int(layer.sequences),
            "backwards": int(layer.backwards),
            "activation": CURVES[layer.activation],
            "gate": CURVES[gate],
            "clip": layer.clip if isinstance(layer, LSTM) else math.inf,
        }
        return Call(f"tl_{_function(layer)}_f32", "tl_recurrent_t", shape)


def _function(layer: Recurrent) -> str:
    match layer:
        case SimpleRNN():
            return "rnn"
        case GRU(reset_after=reset_after):
            return "gru" if reset_after else "gru_reset_first"
        case LSTM():
            return "lstm"


def kernel(request: Request) -> Kernel:
    assert isinstance(request.operation, Recurrent)
    return RecurrentKernel(request.operation, request.inputs[0].shape[0], bool(request.states))
