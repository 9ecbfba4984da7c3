"""Whether a run's inferences are alike: outliers, a trend after the start, a drift to the end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tinylab.stats.order import median_interval

if TYPE_CHECKING:
    from tinylab.stats.cycles import CycleStats
    from tinylab.stats.order import Cycles

START = 10
"""The trend after the start is looked for in one part of so many."""
PART = 4
"""A drift is looked for between the second and the last of so many parts."""
FEW = 20
"""Of fewer inferences none is called an outlier."""
NOTICED = 0.001
"""Of the median: a smaller difference is of no account."""


def unsteady(cycles: Cycles, stats: CycleStats) -> tuple[str, ...]:
    """What to know of a run before its figures are trusted, each with a remedy.

    `cycles`, shape (n,), in the order of the inferences; `stats` are theirs.
    """
    if stats.steady:
        return ()
    return tuple(text for text in (_trend(cycles), _outliers(stats)) if text)


def _trend(cycles: Cycles) -> str:
    """Over the whole run, or else at its start; empty if there is none.

    The first quarter is left out when a drift is looked for: it may be a start of its own.
    """
    part = len(cycles) // PART
    if change := _moved(cycles[part : 2 * part], cycles[len(cycles) - part :]):
        return (
            f"the time drifts: the last quarter of the inferences took {change:+.2%} cycles "
            "against the second; measure longer with --min-time, and look for code of the board "
            "that works beside the network"
        )
    start = len(cycles) // START
    if change := _moved(cycles[len(cycles) - part :], cycles[:start]):
        return (
            f"the first tenth of the inferences took {change:+.2%} cycles: the board was not yet "
            "in its steady state; give more inferences of warm-up with --warmup"
        )
    return ""


def _moved(before: Cycles, after: Cycles) -> float:
    """The relative change of the median if the two intervals are apart by enough, else 0."""
    import numpy as np

    one, other = (median_interval(np.sort(part)) for part in (before, after))
    if one is None or other is None:
        return 0.0
    apart = max(other.low - one.high, one.low - other.high)
    median = float(np.median(before))
    if apart <= 0 or apart < NOTICED * median:
        return 0.0
    return float(np.median(after)) / median - 1


def _outliers(stats: CycleStats) -> str:
    if not stats.outliers or stats.n < FEW:
        return ""
    far = max(stats.max - stats.median, stats.median - stats.min)
    return (
        f"outliers: {stats.outliers:,} of {stats.n:,} inferences, up to {far:,.0f} cycles from the "
        "median; they are counted in all figures. Look for interrupts and other masters of the bus"
    )
