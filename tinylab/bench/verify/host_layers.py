"""Executes a network on the host, and finds its layers among the nodes of ST's code.

ST's tools fuse layers, remove some and add others, and name nodes in their own way. A node is
compared with the layer that it resembles most, of those with as many elements; the layers of later
nodes come later.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tinylab.bench.prepare.st_outputs import INTERPRETED_STEPS, STEPS, relative_tolerance
from tinylab.bench.verify.host_steps import largest
from tinylab.bench.verify.tally import Compared
from tinylab.codegen.cubeai import CubeNetwork
from tinylab.codegen.cubeai.nodes import node_names
from tinylab.codegen.layers.choice import does_nothing
from tinylab.codegen.tensor import split
from tinylab.errors import CubeAiError
from tinylab.stream.observer import Shown
from tinylab.zoo.execution import reference
from tinylab.zoo.network import Layer, Network
from tinylab.zoo.operations import Constant
from tinylab.zoo.tensor_type import Array, FloatArray, TensorType

UNMATCHED = 1.5
"""The price of a node without a layer; that of a layer is its distance, 1 at most."""


@dataclass(frozen=True, eq=False)
class _Node:
    number: int
    type: TensorType
    values: FloatArray
    """The real values, flat."""


class HostLayers:
    """One inference at a time; ST's nodes in the order of execution."""

    def __init__(self, generated: CubeNetwork, network: Network) -> None:
        self._network = network
        self._inputs = generated.surface.inputs
        self._names = node_names(generated)
        self._relative = relative_tolerance(generated)
        self._layers: Mapping[str, FloatArray] = {}
        self._nodes: list[_Node] = []
        self._matched: dict[int, str] | None = None
        """By a node's place, its layer; found with the first input."""

    def begin(self, block: bytes) -> None:
        """Take the inputs of the next inference, as the host writes them."""
        self._nodes = []
        parts = split(self._inputs, block)
        batch = [
            tensor.decode(part).reshape(1, *one.shape)
            for tensor, part, one in zip(self._inputs, parts, self._network.inputs, strict=True)
        ]
        names = {layer.name for layer in self._network.layers if _computes(layer)}
        with np.errstate(all="ignore"):
            self._layers = {
                name: self._network.type_of(name).decode(stored).reshape(-1)
                for name, stored in reference.each_tensor(self._network, batch)
                if name in names
            }

    def take(self, shown: Shown, data: bytes) -> None:
        """Keep the tensor of one node. Raises CubeAiError for numbers of an unknown type."""
        try:
            kind = shown.type
        except ValueError as exc:
            raise CubeAiError(
                f"Node {shown.step} of ST's code has a tensor of {exc}, which is not supported.",
                remedy="Compare the network's outputs with `tinylab run` instead.",
            ) from exc
        values = kind.decode(np.frombuffer(data, kind.number.dtype))
        self._nodes.append(_Node(shown.step, kind, values))

    def end(self) -> Sequence[Compared]:
        """Each node that is a layer, compared."""
        if self._matched is None:
            self._matched = match([node.values for node in self._nodes], self._layers)
        return [
            self._compare(place + 1, node, self._matched[place])
            for place, node in enumerate(self._nodes)
            if place in self._matched
        ]

    def _compare(self, step: int, node: _Node, layer: str) -> Compared:
        shape = self._network.shape_of(layer)
        board, host = (one.reshape(shape) for one in (node.values, self._layers[layer]))
        known = node.number <= len(self._names)
        name = self._names[node.number - 1] if known else f"node {node.number}"
        tolerance = self._relative * largest(host) + INTERPRETED_STEPS * self._step(node, host)
        return Compared(step, (layer,), name, node.type, board, host, tolerance)

    def _step(self, node: _Node, host: Array) -> float:
        """A step of quantisation; of floats among quantised tensors a 255th of the range."""
        if not node.type.is_float:
            return node.type.scale or 0.0
        quantised = any(not one.type.is_float for one in self._nodes)
        return float(np.ptp(host)) / STEPS if quantised else 0.0


def _computes(layer: Layer) -> bool:
    """Whether its output is something else than its input or its weights."""
    return not (isinstance(layer.operation, Constant) or does_nothing(layer.operation))


def match(nodes: Sequence[FloatArray], layers: Mapping[str, FloatArray]) -> dict[int, str]:
    """By a node's place, the name of its layer: the cheapest of all ways that keep the order."""
    names = list(layers)
    apart = np.array([[distance(node, layers[name]) for name in names] for node in nodes])
    costs = np.full((len(nodes) + 1, len(names) + 1), np.inf)
    costs[0] = 0.0
    for place in range(1, len(nodes) + 1):
        costs[place, 0] = place * UNMATCHED
        for index in range(1, len(names) + 1):
            costs[place, index] = min(
                costs[place, index - 1],
                costs[place - 1, index] + UNMATCHED,
                costs[place - 1, index - 1] + apart[place - 1, index - 1],
            )
    found: dict[int, str] = {}
    place, index = len(nodes), len(names)
    while place and index:
        here = costs[place, index]
        if here == costs[place - 1, index - 1] + apart[place - 1, index - 1]:
            place, index = place - 1, index - 1
            found[place] = names[index]
        elif here == costs[place, index - 1]:
            index -= 1
        else:
            place -= 1
    return found


def distance(node: FloatArray, layer: FloatArray) -> float:
    """From 0 (the same) to 1; infinite if they have not as many elements."""
    if node.size != layer.size:
        return float("inf")
    with np.errstate(all="ignore"):
        off = np.abs(node.astype(np.float64) - layer.astype(np.float64)).mean()
    scale = float(np.abs(layer[np.isfinite(layer)]).mean()) if np.isfinite(layer).any() else 0.0
    if not np.isfinite(off):
        return 1.0
    return min(1.0, float(off) / scale) if scale else float(off > 0.0)
