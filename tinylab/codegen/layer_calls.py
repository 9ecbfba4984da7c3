"""The functions that execute the layers of a network, in the order of their calls."""

from __future__ import annotations

from dataclasses import dataclass

from tinylab.codegen.lower import Program
from tinylab.zoo import cost
from tinylab.zoo.network import Network


@dataclass(frozen=True)
class LayerCall:
    """One call of `function`, which executes the layers that `name` lists.

    `macc`: multiply-accumulates; None if they are not known.
    """

    name: str
    function: str
    macc: int | None


def layer_calls(network: Network, program: Program) -> tuple[LayerCall, ...]:
    """Of tinylab's own code `program`, generated for `network`."""
    macc = {row.name: row.macc for row in cost.rows(network)}
    return tuple(
        LayerCall(
            ", ".join(step.layers),
            step.kernel.call().function,
            sum(macc.get(name, 0) for name in step.layers),
        )
        for step in program.steps
    )
