"""The states of a network between inferences."""

from __future__ import annotations

from tinylab.zoo.network import Network
from tinylab.zoo.tensor_type import Array


class Memory:
    """What the network keeps, by the states' names: `elements` as stored, (1, *shape) each."""

    def __init__(self, network: Network) -> None:
        self._states = network.states
        self.elements: dict[str, Array] = {}
        self.reset()

    def reset(self) -> None:
        """Begin again, as the network does when it is initialised."""
        self.elements = {one.name: one.initial[None] for one in self._states}
