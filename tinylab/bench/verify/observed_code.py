"""The code of a network that shows each tensor to the host."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from tinylab.bench.plan.workloads import Workload
from tinylab.bench.prepare.image_pipeline import Loaded, sides
from tinylab.bench.prepare.prepared_network import PreparedNetwork
from tinylab.bench.verify.document import LayerWithoutCode
from tinylab.bench.verify.host_steps import HostSteps
from tinylab.codegen import generate as codegen
from tinylab.codegen.layers.choice import does_nothing
from tinylab.errors import CubeAiError
from tinylab.results.identity import CUBEAI
from tinylab.stream import observer
from tinylab.zoo import cost
from tinylab.zoo.network import BatchNorm, Constant, Dropout, Layer, Network, Pad, Reshape

OBSERVED = {"custom_observer": "yes"}


@dataclass(frozen=True, eq=False)
class ObservedCode:
    """What is built, and how its tensors are compared."""

    prepared: PreparedNetwork
    host: HostSteps
    steps: tuple[tuple[str, ...], ...]
    """The layers that each step executes, also those that were folded into it."""
    without_code: tuple[LayerWithoutCode, ...]


def observed(workload: Workload, loaded: Loaded | None, prepared: PreparedNetwork) -> ObservedCode:
    """`prepared` as code that shows its tensors. Raises CubeAiError for ST's code."""
    if workload.runtime == CUBEAI or loaded is None:
        raise CubeAiError(
            "The layers of ST's code cannot be compared.", remedy="Use --runtime tinylab."
        )
    generated = codegen.generate(
        loaded.network, prepared.facts.compression, macc=loaded.macc, observed=True
    )
    takes, _ = sides(generated.network)
    return ObservedCode(
        prepared=replace(
            prepared,
            files={**generated.files, observer.HEADER: observer.c_header().encode()},
            settings={**prepared.settings, **OBSERVED},
        ),
        host=HostSteps(generated, takes),
        steps=tuple(step.layers for step in generated.program.steps),
        without_code=tuple(_without_code(loaded.network, generated)),
    )


def _without_code(network: Network, generated: codegen.Generated) -> Iterator[LayerWithoutCode]:
    executed = {name for step in generated.program.steps for name in step.layers}
    kinds = {row.name: row.kind for row in cost.rows(network)}
    kept = {layer.name for layer in generated.network.layers}
    for layer in network.layers:
        if layer.name not in executed:
            reason = _reason(network, layer, folded=layer.name not in kept)
            yield LayerWithoutCode(layer.name, kinds.get(layer.name, ""), reason)


def _reason(network: Network, layer: Layer, *, folded: bool) -> str:
    if isinstance(layer.operation, Constant):
        return "its values are among the weights"
    if does_nothing(layer.operation):
        return "its output is its input"
    if folded and isinstance(layer.operation, BatchNorm):
        return f"folded into {_weighted(network, layer)}"
    if folded and isinstance(layer.operation, Pad):
        readers = [one.name for one in network.layers if layer.name in one.inputs]
        if readers:
            return f"folded into {', '.join(readers)}"
    return "no output of the network depends on it"


def _weighted(network: Network, norm: Layer) -> str:
    """The layer before a batch norm whose weights it changes."""
    name = norm.inputs[0]
    while (before := network.tensors[name]) and isinstance(before, Layer):
        if not isinstance(before.operation, BatchNorm | Reshape | Dropout):
            break
        name = before.inputs[0]
    return name
