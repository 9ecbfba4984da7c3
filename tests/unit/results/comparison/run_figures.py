"""Runs for comparisons."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from tests.fakes.records import record
from tinylab.results.comparison.figures import RunFigures, figures_of
from tinylab.results.record import RunRecord
from tinylab.stats.cycles import summarize


def taking(*cycles: int, **changes: Any) -> RunRecord:
    """The fixed record with these counts."""
    return record(cycles=summarize(np.array(cycles, dtype=np.uint64)), **changes)


def figures(*cycles: int, **changes: Any) -> RunFigures:
    """Of a simulated run with these counts; `changes` are of the figures."""
    return replace(figures_of(taking(*cycles)), **changes)


def silicon(*cycles: int, **changes: Any) -> RunFigures:
    """The same of a real board."""
    return figures(*cycles, simulated=False, expected_error_percent=None, **changes)


def median_of(low: float, median: float, high: float) -> RunFigures:
    """A run on a real board whose median is known no better than from `low` to `high`."""
    return silicon(1, 2, median=median, median_low=low, median_high=high, median_level=0.96)
