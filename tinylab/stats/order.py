"""Order statistics of cycle counts: percentiles, and the interval of the median."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Cycles = npt.NDArray[np.uint64]
    Sorted = npt.NDArray[np.float64]

RESAMPLES = 2000
CONFIDENCE = 0.95
BOOTSTRAP_SEED = 1


def nearest_rank(ordered: Cycles, fraction: float) -> int:
    """The smallest observed value that at least `fraction` of the sorted values do not exceed."""
    return int(ordered[max(math.ceil(fraction * ordered.size) - 1, 0)])


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
