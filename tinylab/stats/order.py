"""Order statistics of cycle counts: percentiles, and the interval of the median.

They claim no more than the number of samples supports. No distribution is assumed: the interval is
made of two samples, and its level is the probability that the true median lies between them (David
and Nagaraja, Order Statistics, 3rd edition, section 7.1).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Cycles = npt.NDArray[np.uint64]

LEVEL = 0.95
"""The lowest level of an interval that is given."""
EXACT = 1000
"""Up to so many samples the level is computed exactly, beyond by the normal distribution."""


class Sorted(Protocol):
    """Ascending values by rank: a sorted array, shape (n,), or `counted.Counted`."""

    @property
    def size(self) -> int:
        """How many there are."""

    def __getitem__(self, index: int, /) -> Any:
        """The value at that place, from 0."""


def nearest_rank(ordered: Sorted, fraction: float) -> int | None:
    """The smallest observed value that at least `fraction` of the sorted values do not exceed.

    None where that is the largest value for want of samples: p99 is given from 100 of them on.
    """
    rank = math.ceil(fraction * ordered.size)
    return int(ordered[rank - 1]) if 0 < rank < ordered.size else None


@dataclass(frozen=True)
class Interval:
    """Where a median lies, in cycles, with the probability `level`."""

    low: int
    high: int
    level: float


def median_interval(ordered: Sorted) -> Interval | None:
    """The narrowest interval of the median, of sorted values, shape (n,), that reaches `LEVEL`.

    None of fewer than six samples: between the smallest and the largest of five the median lies
    with a probability of 94 %.
    """
    n = int(ordered.size)
    ends = _exact(n) if n <= EXACT else _normal(n)
    if ends is None:
        return None
    rank, level = ends
    return Interval(int(ordered[rank - 1]), int(ordered[n - rank]), level)


def _exact(n: int) -> tuple[int, float] | None:
    """The rank of the lower end, from 1, and the level: 1 - 2 P(Binomial(n, 1/2) < rank)."""
    below, found = 0, None
    for rank in range(1, n // 2 + 1):
        below += math.comb(n, rank - 1)
        level = 1 - 2 * below / 2**n
        if level < LEVEL:
            break
        found = rank, level
    return found


def _normal(n: int) -> tuple[int, float]:
    """The same by the normal distribution, with the correction for continuity."""
    normal = NormalDist(n / 2, math.sqrt(n) / 2)
    rank = math.floor(normal.inv_cdf((1 - LEVEL) / 2) + 0.5)
    return rank, 1 - 2 * normal.cdf(rank - 0.5)
