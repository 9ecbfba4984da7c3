"""When a figure moved, in the runs of a history.

Simulated figures are exact, so every step of theirs is a change. On silicon a run is compared with
the first one of its level, by the verdict of `tinylab compare`: a slow drift is found as soon as
it has left the noise. A single run that departs, after which the level goes on, is told as such.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from tinylab.results.comparison.comparison import Comparison, compare
from tinylab.results.comparison.figures import RunFigures
from tinylab.results.comparison.pairing import KEYS
from tinylab.results.comparison.provenance import Difference, differences
from tinylab.results.comparison.verdict import Change, verdict

MOVED = (Change.FASTER, Change.SLOWER)
EXACT = ("flash_bytes", "ram_bytes", "stack_bytes", "accuracy")
"""Figures that have no noise."""


@dataclass(frozen=True)
class Dated:
    """A valid run of the history."""

    id: int
    started: str
    figures: RunFigures


@dataclass(frozen=True)
class Step:
    """A run in which one figure left its level."""

    run: int
    started: str
    previous: int
    """The last run before it, after which something was changed."""
    measure: str
    """`cycles`, or one of `EXACT`."""
    comparison: Comparison
    """With the level that it left."""
    causes: tuple[Difference, ...]
    """What else differs from the previous run."""
    alone: bool = False
    """The next run has the old level again."""

    @property
    def before(self) -> float | None:
        """The figure of the level that it left."""
        return _figure(self.comparison.before, self.measure)

    @property
    def now(self) -> float | None:
        """The figure of this run."""
        return _figure(self.comparison.now, self.measure)


def steps(runs: Sequence[Dated]) -> list[Step]:
    """Every step of every figure; `runs` and steps are in the order of the runs' numbers.

    Runs of the same model, type, runtime, board, clock and way of building are one series.
    """
    found = [step for one in series(runs) for step in (*_moves(one), *_exact(one))]
    return sorted(found, key=lambda step: step.run)


def series(runs: Sequence[Dated]) -> list[list[Dated]]:
    """The runs of each series, in their order."""
    made: dict[tuple[object, ...], list[Dated]] = {}
    for run in runs:
        key = (KEYS[0](run.figures), run.figures.number_type)
        made.setdefault(key, []).append(run)
    return list(made.values())


def _moves(runs: Sequence[Dated]) -> Iterator[Step]:
    """Where the cycles left their level."""
    level = runs[0]
    for index in range(1, len(runs)):
        run = runs[index]
        if verdict(run.figures, level.figures).change not in MOVED:
            continue
        alone = not run.figures.simulated and _returns(runs[index + 1 :], level)
        yield _step("cycles", run, level, runs[index - 1], alone=alone)
        if not alone:
            level = run


def _returns(later: Sequence[Dated], level: Dated) -> bool:
    """Whether the next run has the level again."""
    if not later:
        return False
    return verdict(later[0].figures, level.figures).change is Change.SAME


def _exact(runs: Sequence[Dated]) -> Iterator[Step]:
    for before, now in pairwise(runs):
        for measure in EXACT:
            if _figure(before.figures, measure) != _figure(now.figures, measure):
                yield _step(measure, now, before, before)


def _step(measure: str, run: Dated, level: Dated, previous: Dated, *, alone: bool = False) -> Step:
    (found,) = compare([run.figures], [level.figures], unlike=True)
    causes = differences(previous.figures.provenance, run.figures.provenance)
    if run.figures.model_sha256 != previous.figures.model_sha256:
        causes = (_network(previous.figures, run.figures), *causes)
    return Step(run.id, run.started, previous.id, measure, found, causes, alone)


def _network(before: RunFigures, now: RunFigures) -> Difference:
    short = ((one.model_sha256 or "not known")[:8] for one in (before, now))
    return Difference("network", *short)


def _figure(run: RunFigures, measure: str) -> float | None:
    value: float | None = run.median if measure == "cycles" else getattr(run, measure)
    return value
