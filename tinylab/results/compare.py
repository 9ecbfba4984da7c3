"""Runs against a baseline: a ratio with its interval, or `same`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePath

from tinylab.errors import InputError
from tinylab.results.record import RunDocument, RunRecord
from tinylab.units import megahertz

Key = tuple[str | int, ...]
NOISE_PERCENT = 1.0
"""A smaller change is reported as `same`."""


class Change(StrEnum):
    SAME = "same"
    FASTER = "faster"
    SLOWER = "slower"


@dataclass(frozen=True)
class Comparison:
    """One run and its baseline; a ratio above 1 means that it now takes more cycles."""

    now: RunRecord
    before: RunRecord
    ratio: float
    low: float
    """Lower end of the ratio's interval, from those of the two medians."""
    high: float
    change: Change

    def regressed(self, max_percent: float) -> bool:
        return self.change is Change.SLOWER and self.ratio > 1 + max_percent / 100

    def __str__(self) -> str:
        """`house_price on sim:nucleo_wb55rg at 48 MHz: 1.42x [1.41, 1.43] faster`."""
        name = _name(self.now)
        if self.change is Change.SAME:
            return f"{name}: same ({self.ratio - 1:+.2%} cycles)"
        ends = (self.ratio, self.low, self.high)
        if self.change is Change.FASTER:
            ends = (1 / self.ratio, 1 / self.high, 1 / self.low)
        factor, low, high = (f"{value:.3g}" for value in ends)
        return f"{name}: {factor}x [{low}, {high}] {self.change}"


def compare(
    now: RunDocument, before: RunDocument, noise_percent: float = NOISE_PERCENT
) -> tuple[Comparison, ...]:
    """Every valid run of `now` that `before` has too, compared.

    Raises InputError if two runs are not comparable (another network, compression or runtime, or a
    virtual board and a real one), if the baseline's run is invalid, or if none match.
    """
    known = {_key(row): row for row in before.rows}
    if len({row.runtime for row in now.rows}) == 1:
        # A baseline of another runtime is reported as such, not as one without these runs.
        known = {_key(row)[:-1]: row for row in before.rows} | known
    pairs = [(row, old) for row in now.rows if row.valid and (old := _partner(row, known))]
    if not pairs and any(row.valid for row in now.rows):
        raise InputError(
            "The baseline has none of these runs.",
            remedy="Measure the same models on the same boards at the same clocks.",
        )
    unlike = [f"{_name(new)}: {why}" for new, old in pairs if (why := _unlike(new, old))]
    if unlike:
        raise InputError(
            "These runs and those of the baseline are not comparable.",
            remedy="Create a new baseline with `tinylab run -o FILE.json`.",
            details="\n".join(unlike),
        )
    return tuple(_compare(new, old, noise_percent) for new, old in pairs)


def missing(now: RunDocument, before: RunDocument) -> Sequence[str]:
    """Names of the runs that only one of the two has."""
    ours, theirs = ({_key(row): row for row in document.rows} for document in (now, before))
    return [_name((ours | theirs)[key]) for key in ours.keys() ^ theirs.keys()]


def _compare(now: RunRecord, before: RunRecord, noise_percent: float) -> Comparison:
    ratio = now.cycles.median / before.cycles.median
    low = now.cycles.median_low / before.cycles.median_high
    high = now.cycles.median_high / before.cycles.median_low
    if abs(ratio - 1) <= noise_percent / 100 or low <= 1 <= high:
        change = Change.SAME
    else:
        change = Change.SLOWER if ratio > 1 else Change.FASTER
    return Comparison(now, before, ratio, low, high, change)


def _key(row: RunRecord) -> Key:
    return PurePath(row.model).name, row.board, row.clock_hz, row.runtime


def _partner(row: RunRecord, known: Mapping[Key, RunRecord]) -> RunRecord | None:
    return known.get(_key(row)) or known.get(_key(row)[:-1])


def _unlike(now: RunRecord, before: RunRecord) -> str:
    """Why the two are not comparable; empty if they are."""
    if not before.valid:
        return "the baseline's run is invalid"
    if now.simulated != before.simulated:
        return "one is of a virtual board, one of a real one"
    facts = {
        "network": (now.identity.model_sha256, before.identity.model_sha256),
        "compression": (now.compression, before.compression),
        "runtime": (now.runtime, before.runtime),
    }
    return ", ".join(f"another {name}" for name, (new, old) in facts.items() if new != old)


def _name(row: RunRecord) -> str:
    sim = "sim:" if row.simulated else ""
    return f"{row.model} on {sim}{row.board} at {megahertz(row.clock_hz)}"
