"""The code of a network that shows each tensor to the host."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from tinylab.bench.plan.workloads import Workload
from tinylab.bench.prepare.loaded_model import Loaded
from tinylab.bench.prepare.prepared_network import PreparedNetwork, sides
from tinylab.bench.verify.document import LayerWithoutCode
from tinylab.bench.verify.host_layers import HostLayers
from tinylab.bench.verify.host_steps import HostSteps
from tinylab.bench.verify.tally import Compared
from tinylab.codegen import generate as codegen
from tinylab.codegen.cubeai import CubeNetwork
from tinylab.codegen.layers.choice import does_nothing
from tinylab.errors import CubeAiError
from tinylab.results.identity import CUBEAI
from tinylab.stream import observer
from tinylab.stream.observer import Shown
from tinylab.zoo import cost
from tinylab.zoo.network import Layer, Network
from tinylab.zoo.operations import BatchNorm, Constant, Dropout, Pad, Reshape

OBSERVED = {"custom_observer": "yes"}
REGISTER = b"ai_platform_observer_register_s"


class Host(Protocol):
    """Executes the network on the host, and compares."""

    def begin(self, block: bytes) -> None:
        """The next inference, of these inputs."""
        ...

    def take(self, shown: Shown, data: bytes) -> None:
        """A tensor on the board."""
        ...

    def end(self) -> Sequence[Compared]:
        """All tensors of this inference, compared."""
        ...


@dataclass(frozen=True, eq=False)
class ObservedCode:
    """What is built, and how its tensors are compared."""

    prepared: PreparedNetwork
    host: Host
    without_code: tuple[LayerWithoutCode, ...] = ()
    """Layers of tinylab's own code; not known of ST's."""


def observed(workload: Workload, loaded: Loaded, prepared: PreparedNetwork) -> ObservedCode:
    """`prepared` as code that shows its tensors.

    Raises CubeAiError for code of ST's tools whose runtime shows none.
    """
    header = {observer.HEADER: observer.c_header().encode()}
    settings = {**prepared.settings, **OBSERVED}
    if workload.runtime == CUBEAI:
        generated_by_st = _require_observer(workload, prepared)
        files = {**prepared.files, **header}
        host = HostLayers(generated_by_st, loaded.network)
        return ObservedCode(replace(prepared, files=files, settings=settings), host)
    generated = codegen.generate(
        loaded.network,
        prepared.facts.compression,
        target=prepared.target,
        macc=loaded.macc,
        observed=True,
    )
    takes, _ = sides(generated.network)
    files = {**generated.files, **header}
    return ObservedCode(
        prepared=replace(prepared, files=files, settings=settings),
        host=HostSteps(generated, takes),
        without_code=tuple(_without_code(loaded.network, generated)),
    )


def _require_observer(workload: Workload, prepared: PreparedNetwork) -> CubeNetwork:
    network = workload.generated
    assert network is not None, "the command requires a generated folder"
    if prepared.adapter == "stai":
        raise CubeAiError(
            f"The code of {network.name} has the interface of ST Edge AI Core (stai), whose "
            "layers tinylab cannot observe.",
            remedy="Generate it with X-CUBE-AI's interface (ai_), or use --runtime tinylab.",
        )
    where = [name for name in prepared.files if name.endswith((".a", "/ai_platform_interface.h"))]
    if len(where) < 2 or not all(REGISTER in prepared.files[name] for name in where):
        raise CubeAiError(
            f"ST's library for {network.name} has no observer ({REGISTER.decode()}).",
            remedy="Use the library and headers of X-CUBE-AI 6 or newer, or --runtime tinylab.",
        )
    if any(not one.is_float and one.scale is None for one in network.surface.inputs):
        raise CubeAiError(
            f"The code of {network.name} does not define the quantisation of its inputs.",
            remedy="Use --runtime tinylab.",
        )
    return network


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
