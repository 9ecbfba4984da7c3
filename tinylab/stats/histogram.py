"""How cycle counts are distributed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tinylab.stats.order import Cycles


@dataclass(frozen=True)
class Bin:
    """How many samples lie from `low` to `high` cycles, both included."""

    low: int
    high: int
    count: int


def histogram(cycles: Cycles, most: int) -> tuple[Bin, ...]:
    """At most `most` bins of equal width over `cycles`, shape (n,), from low to high.

    Bins are whole cycles wide: no two of them share a count, none can never be hit.
    """
    import numpy as np

    if cycles.size == 0 or most < 1:
        return ()
    low, high = int(cycles.min()), int(cycles.max())
    width = -(-(high - low + 1) // most)
    counts = np.bincount(((cycles - low) // width).astype(np.int64))
    return tuple(
        Bin(low + index * width, low + (index + 1) * width - 1, int(count))
        for index, count in enumerate(counts)
    )
