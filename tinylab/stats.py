"""Statistics of cycle counts: of a whole run, and rolling ones for the live view.

Deterministic code gives the same count every time, so zero spread is the normal case and
everything here stays finite for it. numpy is imported where it is used: records are read,
and the first screen painted, without it.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tinylab.errors import MeasurementError
from tinylab.quantities import Amount, Count

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Cycles = npt.NDArray[np.uint64]
    Sorted = npt.NDArray[np.float64]

RESAMPLES = 2000
CONFIDENCE = 0.95
BOOTSTRAP_SEED = 1
FENCE_TICKS = 1.0
FENCE_RELATIVE = 0.001
MAD_TO_SIGMA = 1.4826
"""Scales a median absolute deviation to the standard deviation of a normal distribution."""
FENCE_SIGMAS = 3.5


@dataclass(frozen=True)
class CycleStats:
    """Core clock cycles per inference, over `n` inferences."""

    n: Count
    min: Count
    median: Amount
    mean: Amount
    p95: Count
    p99: Count
    max: Count
    stdev: Amount
    """Sample standard deviation; 0 for one sample."""
    mad: Amount
    """Median absolute deviation from the median, unscaled."""
    median_low: Amount
    """Lower end of the 95 % bootstrap interval of the median."""
    median_high: Amount
    outliers: Count
    """Samples outside the fences; they are counted, never dropped."""


def summarize(cycles: Cycles) -> CycleStats:
    """Statistics of `cycles`, shape (n,).

    Raises MeasurementError if there are no samples.
    """
    import numpy as np

    if cycles.size == 0:
        raise MeasurementError(
            "No inference was measured.", remedy="Request at least one with --inferences."
        )
    ordered = np.sort(cycles)
    values = ordered.astype(np.float64)
    median = float(np.median(values))
    mad = float(np.median(np.abs(values - median)))
    low, high = median_interval(values)
    return CycleStats(
        n=int(ordered.size),
        min=int(ordered[0]),
        median=median,
        mean=float(values.mean()),
        p95=nearest_rank(ordered, 0.95),
        p99=nearest_rank(ordered, 0.99),
        max=int(ordered[-1]),
        stdev=float(values.std(ddof=1)) if values.size > 1 else 0.0,
        mad=mad,
        median_low=low,
        median_high=high,
        outliers=int(np.count_nonzero(np.abs(values - median) > fence(median, mad))),
    )


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


def nearest_rank(ordered: Cycles, fraction: float) -> int:
    """The smallest observed value that at least `fraction` of the sorted values do not exceed."""
    return int(ordered[max(math.ceil(fraction * ordered.size) - 1, 0)])


def fence(median: float, mad: float) -> float:
    """How far from the median a sample may lie before it counts as an outlier.

    Without spread any fence made of the spread alone would be zero and flag a single tick.
    """
    return max(FENCE_SIGMAS * MAD_TO_SIGMA * mad, FENCE_TICKS, FENCE_RELATIVE * median)


def median_interval(ordered: Sorted) -> tuple[float, float]:
    """Bootstrap percentile interval of the median of sorted values, shape (n,).

    The k-th smallest of n draws with replacement is `ordered[floor(n * U)]`, where U is the
    k-th order statistic of n uniform numbers, Beta(k, n - k + 1) distributed. Drawing U itself
    gives exactly the bootstrap's distribution, at a cost that does not grow with n.
    """
    import numpy as np

    n = ordered.size
    if ordered[0] == ordered[-1]:
        return float(ordered[0]), float(ordered[0])
    random = np.random.default_rng(BOOTSTRAP_SEED)
    k = (n + 1) // 2
    lower = random.beta(k, n - k + 1, RESAMPLES)
    medians = ordered[np.minimum((lower * n).astype(np.int64), n - 1)]
    if n % 2 == 0:
        # The next order statistic, given this one, is the smallest of the n - k above it.
        upper = 1.0 - (1.0 - lower) * random.random(RESAMPLES) ** (1.0 / (n - k))
        medians = (medians + ordered[np.minimum((upper * n).astype(np.int64), n - 1)]) / 2.0
    tail = (1.0 - CONFIDENCE) / 2.0
    low, high = np.quantile(medians, [tail, 1.0 - tail])
    return float(low), float(high)


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
    p95: int
    p99: int


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
