"""The cycles of each layer in one inference, and why they passed: a part of `tinylab.run/1`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from tinylab.quantities import Count
from tinylab.results.cause_record import CycleCauses, added


@dataclass(frozen=True)
class LayerCycles:
    """One call of `function`; `name` lists the layers that it executes."""

    DERIVED: ClassVar = ("cycles",)

    name: str
    function: str
    macc: Count | None
    """Multiply-accumulates; None for ST's code."""
    causes: CycleCauses
    weights_bytes: Count | None = None
    """Of the parameters that it reads; None for ST's code."""
    activations_bytes: Count | None = None
    """Of its inputs, outputs, states and scratch memory; None for ST's code."""

    @property
    def cycles(self) -> int:
        return self.causes.sum

    @property
    def cycles_per_macc(self) -> float | None:
        """None for a layer without multiplications."""
        return self.cycles / self.macc if self.macc else None


@dataclass(frozen=True)
class LayerProfile:
    """One inference with warm caches on a virtual board, layer by layer in the order of execution.

    `cycles` is the whole inference: the sum of the layers and of `rest`.
    """

    DERIVED: ClassVar = ("cycles",)

    layers: tuple[LayerCycles, ...]
    rest: Count
    """Cycles between the calls of the layers: arguments, checks, the runtime."""
    weights_in: str = ""
    """The memory of all weights, as `--place` calls it; empty in older records."""
    activations_in: str = ""
    """The memory of all activations; the inference's own inputs and outputs may be elsewhere."""
    advice: str = ""
    """What would make the inference faster, with the option for it; empty if nothing is known."""

    @property
    def cycles(self) -> int:
        return self.causes.sum + self.rest

    @property
    def causes(self) -> CycleCauses:
        """Of all layers."""
        return added(layer.causes for layer in self.layers)
