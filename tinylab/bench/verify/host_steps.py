"""Executes each step of our code on the host, with the tensors that the board had.

So a layer departs only if it computes something else than the host's layer with the same numbers:
what a layer before it did wrong is not held against it, and roundings do not add up.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tinylab.bench.prepare.prepared_network import OUTPUT_TOLERANCE
from tinylab.bench.verify.tally import Compared
from tinylab.codegen.generate import Generated
from tinylab.codegen.lower import Step, tensors
from tinylab.codegen.tensor import Tensor, split
from tinylab.errors import MeasurementError
from tinylab.stream.observer import Shown
from tinylab.zoo.execution import reference
from tinylab.zoo.execution.memory import Memory
from tinylab.zoo.network import Network
from tinylab.zoo.operations import Constant
from tinylab.zoo.tensor_type import Array

ROUNDING = 2.0**-23
"""Of a float32: sums of numbers that cancel each other differ by this much of the numbers."""


class HostSteps:
    """One inference at a time; its steps in order."""

    def __init__(self, generated: Generated, inputs: Sequence[Tensor]) -> None:
        self._network: Network = generated.network
        self._steps: Sequence[Step] = generated.program.steps
        self._inputs = inputs
        self._tensor_of = tensors(generated.network)
        self._layers = {layer.name: layer for layer in generated.network.layers}
        self._stored: dict[str, Array] = {}
        self._compared: list[Compared] = []
        self._states: dict[str, Array] = {}

    def begin(self, block: bytes) -> None:
        """Take the inputs of the next inference, as the host writes them; it follows a reset."""
        self._compared = []
        self._states = Memory(self._network).elements
        self._stored = {
            layer.name: np.asarray(layer.operation.values)
            for layer in self._network.layers
            if isinstance(layer.operation, Constant)
        }
        self._stored |= {name: values[0] for name, values in self._states.items()}
        for one, part in zip(self._network.inputs, split(self._inputs, block), strict=True):
            self._stored[one.name] = np.frombuffer(part, one.type.number.dtype).reshape(one.shape)

    def take(self, shown: Shown, data: bytes) -> None:
        """Compare the tensor of one step. Raises MeasurementError if it has another size."""
        number = shown.step
        step = self._steps[number - 1] if 0 < number <= len(self._steps) else None
        if step is None or len(data) != step.operands[1].bytes:
            raise MeasurementError(
                f"The board shows a tensor of {len(data):,} B for step {number}, which the code "
                "does not have.",
                remedy="Another program writes to the board's memory; close it and run again.",
            )
        made = step.operands[1]
        board = np.frombuffer(data, made.type.number.dtype).reshape(made.shape)
        host, largest_input = self._executed(step)
        last = step.layers[-1]
        self._stored[step.output if last in self._states else self._tensor_of[last]] = board
        tolerance = 0.0
        if made.type.is_float:
            tolerance = OUTPUT_TOLERANCE * largest(host) + ROUNDING * largest_input
        self._compared.append(Compared(number, step.layers, "", made.type, board, host, tolerance))

    def end(self) -> Sequence[Compared]:
        """What was compared in this inference."""
        return self._compared

    def _executed(self, step: Step) -> tuple[Array, float]:
        """What the host makes of the board's inputs, and the largest of them."""
        stored = dict(self._stored)
        last = step.layers[-1]
        if last in self._states:  # a copy to a state, or of one
            return stored[step.inputs[0]].reshape(self._network.shape_of(last)), 0.0
        tensor = self._tensor_of[last]
        if tensor in stored:  # a copy of what is already there, for a second output
            return stored[tensor].reshape(self._network.shape_of(last)), 0.0
        most = 0.0
        for name in step.layers:
            layer = self._layers[name]
            given = [self._given(one, stored) for one in layer.inputs]
            most = max([most, *map(largest, given)])
            with np.errstate(all="ignore"):
                made = reference.stored_output(self._network, layer, given, 1, self._states)
            self._stored |= {one: self._states[one][0] for one in layer.states}
            stored[name] = np.asarray(made).reshape(layer.shape)
        return stored[last], most

    def _given(self, name: str, stored: dict[str, Array]) -> Array:
        """A layer's input with the batch's axis; layers that do nothing only name it anew."""
        shape = self._network.shape_of(name)
        return stored[self._tensor_of[name]].reshape(1, *shape)


def largest(values: Array) -> float:
    """The largest finite magnitude."""
    magnitudes = np.abs(values[np.isfinite(values)].astype(np.float64))
    return float(magnitudes.max(initial=0.0))
