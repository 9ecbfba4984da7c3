"""Two medians: a ratio with its interval, and what may be said of it.

Simulated runs are exact, so any change of theirs is one. On silicon a change is one if it is larger
than the noise and the interval of the ratio leaves out 1. A simulated and a real run are never
called different: the ratio stands beside the simulation's expected error.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from tinylab.results.comparison.figures import RunFigures
from tinylab.units import percent_text, plus_minus, ratio_text

NOISE_PERCENT = 1.0
"""On silicon a smaller change is reported as `same`."""
ROUNDING = 1e-12


class Change(StrEnum):
    SAME = "same"
    FASTER = "faster"
    SLOWER = "slower"
    UNDECIDED = "undecided"
    """Too few inferences for an interval."""
    SIMULATED = "simulated against silicon"


@dataclass(frozen=True)
class Verdict:
    """Cycles now over cycles before: above 1 it takes more now."""

    ratio: float
    low: float | None
    """Lower end of the ratio's interval, from those of the two medians; None without them."""
    high: float | None
    level: float | None
    """The least probability that the interval contains the ratio; None of exact counts."""
    change: Change
    expected_error_percent: float | None = None
    """Of the simulation, for `SIMULATED`."""

    def __str__(self) -> str:
        """`1.42x [1.41, 1.43] slower`, `same (+0.20 % cycles)`."""
        percent = percent_text(self.ratio)
        match self.change:
            case Change.SAME:
                return "same" if self.ratio == 1 else f"same ({percent} cycles)"
            case Change.UNDECIDED:
                return f"not decided ({percent} cycles, too few inferences for an interval)"
            case Change.SIMULATED:
                error = plus_minus(self.expected_error_percent)
                return f"{percent} cycles, the simulation's expected error is {error}"
        return f"{self._factor} {self.change} ({percent} cycles)"

    @property
    def _factor(self) -> str:
        """`1.42x [1.41, 1.43]`; exact counts have no interval."""
        turned = self.change is Change.FASTER
        ratio = 1 / self.ratio if turned else self.ratio
        if self.low is None or self.high is None or self.low == self.high:
            return f"{ratio_text(ratio)}x"
        low, high = (1 / self.high, 1 / self.low) if turned else (self.low, self.high)
        return f"{ratio_text(ratio)}x [{ratio_text(low)}, {ratio_text(high)}]"


def verdict(now: RunFigures, before: RunFigures, noise_percent: float = NOISE_PERCENT) -> Verdict:
    """Of two runs whose medians are not 0."""
    ratio = now.median / before.median
    if now.simulated != before.simulated:
        error = now.expected_error_percent if now.simulated else before.expected_error_percent
        return Verdict(ratio, None, None, None, Change.SIMULATED, error)
    if now.simulated:
        return Verdict(ratio, None, None, None, _change(ratio, 0))
    one, other = _ends(now), _ends(before)
    if one is None or other is None:
        change = Change.SAME if abs(ratio - 1) <= noise_percent / 100 else Change.UNDECIDED
        return Verdict(ratio, None, None, None, change)
    low, high = one[0] / other[1], one[1] / other[0]
    change = Change.SAME if low <= 1 <= high else _change(ratio, noise_percent)
    return Verdict(ratio, low, high, _level(now, before), change)


def _change(ratio: float, noise_percent: float) -> Change:
    if abs(ratio - 1) <= noise_percent / 100 + ROUNDING:
        return Change.SAME
    return Change.SLOWER if ratio > 1 else Change.FASTER


def _ends(run: RunFigures) -> tuple[float, float] | None:
    """Of the median's interval; code that takes the same time twice has one without width."""
    if run.median_low is not None and run.median_high is not None:
        return run.median_low, run.median_high
    return (run.median, run.median) if run.steady and run.inferences > 1 else None


def _level(now: RunFigures, before: RunFigures) -> float | None:
    """Of two independent intervals: both contain their median with at least this probability."""
    levels = [one.median_level for one in (now, before) if not one.steady]
    if not levels or None in levels:
        return None
    product = 1.0
    for level in levels:
        product *= level or 1.0
    return product
