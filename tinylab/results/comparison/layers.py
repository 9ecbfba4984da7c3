"""Which layers of two runs have changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tinylab.quantities import Count


@dataclass(frozen=True)
class LayerChange:
    """One layer's cycles; None in the run that does not have it."""

    name: str
    before: Count | None
    now: Count | None

    @property
    def cycles(self) -> int:
        """How many more it takes now."""
        return (self.now or 0) - (self.before or 0)

    @property
    def ratio(self) -> float | None:
        return self.now / self.before if self.before and self.now is not None else None


def layer_changes(before: Mapping[str, int], now: Mapping[str, int]) -> tuple[LayerChange, ...]:
    """Every layer, in the order of execution; none if one of the runs has no profile."""
    if not before or not now:
        return ()
    names = dict.fromkeys((*now, *before))
    return tuple(LayerChange(name, before.get(name), now.get(name)) for name in names)


def changed(layers: tuple[LayerChange, ...]) -> list[LayerChange]:
    """Those that changed, the largest change first."""
    return sorted((one for one in layers if one.cycles), key=lambda one: -abs(one.cycles))
