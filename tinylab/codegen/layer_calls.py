"""The functions that execute the layers of a network, in the order of their calls."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tinylab.codegen.lower import Program
from tinylab.zoo import cost
from tinylab.zoo.network import Network


@dataclass(frozen=True)
class LayerCall:
    """One call of `function`, which executes the layers that `name` lists.

    `macc`: multiply-accumulates of the channels that are computed; None if they are not known.
    """

    name: str
    function: str
    macc: int | None
    weights_bytes: int | None = None
    """Of the parameters that it reads; those that several calls share count in each."""
    activations_bytes: int | None = None
    """Of its inputs, outputs, states and scratch memory."""


@dataclass(frozen=True)
class LayerCalls:
    """The calls of one inference in order, made by the function `inference`."""

    inference: str
    calls: tuple[LayerCall, ...]

    @property
    def functions(self) -> frozenset[str]:
        return frozenset({self.inference, *(call.function for call in self.calls)})


def layer_calls(
    network: Network, executed: Network, program: Program, name: str = "network"
) -> LayerCalls:
    """Of tinylab's own code `program`, generated for `network` with the prefix `name`.

    `executed`: its layers as generated, some of them with fewer channels.
    """
    rows = (*cost.rows(network), *cost.rows(executed))
    macc = {row.name: row.macc for row in rows}
    sizes = _sizes(program)
    calls = (
        LayerCall(
            ", ".join(step.layers),
            step.kernel.call().function,
            sum(macc.get(layer, 0) for layer in step.layers),
            sum(len(one.data) for one in step.kernel.parameters())
            + sum(len(program.constants.get(name, b"")) for name in set(step.inputs)),
            sum(sizes.get(name, 0) for name in {*step.inputs, *step.states, step.output})
            + step.kernel.scratch(),
        )
        for step in program.steps
    )
    return LayerCalls(run_function(name), tuple(calls))


def _sizes(program: Program) -> Mapping[str, int]:
    """Bytes of each tensor that is written: the caller's inputs, states, outputs of steps."""
    given = dict(zip(program.inputs, program.input_bytes, strict=True))
    states = {name: len(first) for name, first in program.states.items()}
    return {**given, **states, **program.sizes}


def run_function(name: str) -> str:
    """The function of generated code that runs one inference."""
    return f"ai_{name}_run"
