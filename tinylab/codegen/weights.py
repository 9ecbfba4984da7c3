"""The weights file: constant tensors, then all kernels' parameters in sequence, each aligned."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tinylab.codegen.layers.kernel import ALIGNMENT, Parameter
from tinylab.codegen.lower import Program


@dataclass(frozen=True, eq=False)
class Placed:
    """A parameter and where it starts, in bytes."""

    parameter: Parameter
    offset: int


@dataclass(frozen=True, eq=False)
class Weights:
    """The file, and the parameters of each step (by number, from 0)."""

    data: bytes
    of_step: Mapping[int, tuple[Placed, ...]]
    constants: Mapping[str, int]
    """Where each constant tensor starts, in bytes."""
    states: Mapping[str, int]
    """The same of the first elements of states, if their bytes differ."""


def collect(program: Program) -> Weights:
    """The constants, and the weights of all steps in order of execution.

    A layer that is called several times has its weights once.
    """
    data = bytearray()
    constants: dict[str, int] = {}
    states: dict[str, int] = {}
    beginning = {name: one for name, one in program.states.items() if len(set(one)) > 1}
    for places, tensors in ((constants, program.constants), (states, beginning)):
        for name, values in tensors.items():
            places[name] = len(data)
            data += values
            data += bytes(-len(data) % ALIGNMENT)
    of_step: dict[int, tuple[Placed, ...]] = {}
    known: dict[bytes, int] = {}
    for number, step in enumerate(program.steps):
        placed = []
        for parameter in step.kernel.parameters():
            offset = known.get(parameter.data, len(data))
            placed.append(Placed(parameter, offset))
            if offset < len(data):
                continue
            if any(parameter.data):  # zeros may stand for codes that are not computed yet
                known[parameter.data] = offset
            data += parameter.data
            data += bytes(-len(data) % ALIGNMENT)
        of_step[number] = tuple(placed)
    return Weights(bytes(data), of_step, constants, states)
