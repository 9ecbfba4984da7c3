"""Statistics of a stream of cycle counts, for the live view."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tinylab.stats.order import nearest_rank

if TYPE_CHECKING:
    from tinylab.stats.order import Cycles


@dataclass(frozen=True)
class RollingStats:
    """A cumulative snapshot: later ones replace earlier ones, none has to be seen."""

    n: int
    last: int
    min: int
    max: int
    mean: float
    stdev: float
    window: int
    """How many of the latest samples the median and the percentiles are taken over."""
    median: float
    p95: int | None
    """None where the window has too few samples, as `p99` is."""
    p99: int | None


class Rolling:
    """Statistics of a stream of batches.

    `add` costs O(batch), whatever came before: mean and deviation are merged (Chan, Golub,
    LeVeque 1979), quantiles are those of the last `window` samples.
    """

    def __init__(self, window: int = 1000) -> None:
        self._recent: deque[int] = deque(maxlen=window)
        self._n = 0
        self._min = 0
        self._max = 0
        self._mean = 0.0
        self._squares = 0.0

    @property
    def n(self) -> int:
        """How many samples there were so far."""
        return self._n

    def add(self, cycles: Cycles) -> None:
        """Takes in one batch, shape (n,); an empty one changes nothing."""
        import numpy as np

        if cycles.size == 0:
            return
        values = cycles.astype(np.float64)
        low, high, mean = int(cycles.min()), int(cycles.max()), float(values.mean())
        delta, total = mean - self._mean, self._n + cycles.size
        self._squares += float(((values - mean) ** 2).sum())
        self._squares += delta * delta * self._n * cycles.size / total
        self._mean += delta * cycles.size / total
        self._min = min(self._min, low) if self._n else low
        self._max = max(self._max, high) if self._n else high
        self._n = total
        self._recent.extend(cycles[-(self._recent.maxlen or 0) :].tolist())

    def recent(self) -> tuple[int, ...]:
        """The last `window` samples, oldest first."""
        return tuple(self._recent)

    def snapshot(self) -> RollingStats | None:
        """The statistics so far; None before the first sample."""
        import numpy as np

        if not self._n:
            return None
        ordered = np.sort(np.fromiter(self._recent, dtype=np.uint64, count=len(self._recent)))
        return RollingStats(
            n=self._n,
            last=self._recent[-1],
            min=self._min,
            max=self._max,
            mean=self._mean,
            stdev=math.sqrt(self._squares / (self._n - 1)) if self._n > 1 else 0.0,
            window=len(self._recent),
            median=float(np.median(ordered)),
            p95=nearest_rank(ordered, 0.95),
            p99=nearest_rank(ordered, 0.99),
        )
