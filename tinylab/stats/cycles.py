"""Statistics of the cycle counts of a whole run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tinylab.errors import MeasurementError
from tinylab.quantities import Amount, Count
from tinylab.stats.counted import Counted
from tinylab.stats.order import median_interval, nearest_rank

if TYPE_CHECKING:
    from tinylab.stats.order import Cycles

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
    p95: Count | None
    """None of fewer than 20 samples, as `p99` is of fewer than 100: nothing lies above it."""
    p99: Count | None
    max: Count
    stdev: Amount
    """Sample standard deviation; 0 for one sample."""
    mad: Amount
    """Median absolute deviation from the median, unscaled."""
    median_low: Amount | None
    """Lower end of the median's interval; None where there are too few samples for one."""
    median_high: Amount | None
    outliers: Count
    """Samples outside the fences; they are counted, never dropped."""
    median_level: Amount | None = None
    """The probability that the interval contains the median, at least 0.95."""

    @property
    def steady(self) -> bool:
        """Whether every inference took the same number of cycles."""
        return self.min == self.max


def summarize(cycles: Cycles) -> CycleStats:
    """Statistics of `cycles`, shape (n,).

    Raises MeasurementError if there are no samples.
    """
    return summarize_counted(Counted.of(cycles))


def summarize_counted(ordered: Counted) -> CycleStats:
    """The same of samples that are counted, however many there are; none is left out."""
    import numpy as np

    n = ordered.size
    if n == 0:
        raise MeasurementError(
            "No inference was measured.", remedy="Request at least one with --inferences."
        )
    values, counts = ordered.values.astype(np.float64), ordered.counts
    median, mean = _middle(ordered), ordered.total() / n
    apart = np.abs(values - median)
    by_distance = np.argsort(apart, kind="stable")
    mad = _middle(Counted(apart[by_distance], counts[by_distance]))
    interval = median_interval(ordered)
    return CycleStats(
        n=n,
        min=int(ordered[0]),
        median=median,
        mean=mean,
        p95=nearest_rank(ordered, 0.95),
        p99=nearest_rank(ordered, 0.99),
        max=int(ordered[-1]),
        stdev=float(np.sqrt(np.dot((values - mean) ** 2, counts) / (n - 1))) if n > 1 else 0.0,
        mad=mad,
        median_low=interval.low if interval else None,
        median_high=interval.high if interval else None,
        outliers=int(counts[apart > fence(median, mad)].sum()),
        median_level=interval.level if interval else None,
    )


def _middle(ordered: Counted) -> float:
    """The median: of an even number the mean of the two in the middle."""
    n = ordered.size
    return (float(ordered[(n - 1) // 2]) + float(ordered[n // 2])) / 2


def fence(median: float, mad: float) -> float:
    """How far from the median a sample may lie before it counts as an outlier.

    Without spread any fence made of the spread alone would be zero and flag a single tick.
    """
    return max(FENCE_SIGMAS * MAD_TO_SIGMA * mad, FENCE_TICKS, FENCE_RELATIVE * median)
