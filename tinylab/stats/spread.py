"""How the time depends on a person's samples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tinylab.stats.order import Cycles


@dataclass(frozen=True)
class SampleSpread:
    """Cycles of one inference of each of a person's samples, and of repetitions of the first."""

    low: int
    fastest: int
    """Number of the first sample that took so few cycles, from 1."""
    median: float
    high: int
    slowest: int
    stdev: float
    """Over the samples; it has the spread of repetitions in it."""
    repetitions: int
    repeated: float
    """Standard deviation of repetitions of one sample."""

    @classmethod
    def of(cls, each: Cycles, repetitions: int, repeated: float) -> SampleSpread:
        """Of the samples in order, shape (n,), 0 where the count was lost; not all of them are."""
        import numpy as np

        there = each[each > 0]
        low, high = int(there.min()), int(there.max())
        return cls(
            low=low,
            fastest=int(np.flatnonzero(each == low)[0]) + 1,
            median=float(np.median(there)),
            high=high,
            slowest=int(np.flatnonzero(each == high)[0]) + 1,
            stdev=float(there.std(ddof=1)) if there.size > 1 else 0.0,
            repetitions=repetitions,
            repeated=repeated,
        )

    @property
    def sigma(self) -> str:
        """`σ 0.19 % between samples, 0 % within sample 1 (100 times)`, of the median."""
        both = self.stdev, self.repeated
        between, within = (f"{100 * one / self.median if self.median else 0:.2g} %" for one in both)
        times = f"{self.repetitions:,} times"
        return f"σ {between} between samples, {within} within sample 1 ({times})"


def received(each: Sequence[int]) -> Cycles:
    """The counts of samples that were not lost, in order."""
    import numpy as np

    return np.array([count for count in each if count], dtype=np.uint64)
