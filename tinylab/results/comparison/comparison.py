"""Runs against runs: what differs in their provenance, in cycles, in layers and in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tinylab.errors import InputError
from tinylab.results.comparison.figures import RunFigures, figures_of
from tinylab.results.comparison.layers import LayerChange, layer_changes
from tinylab.results.comparison.pairing import KEYS, pairs
from tinylab.results.comparison.provenance import Difference, differences
from tinylab.results.comparison.verdict import NOISE_PERCENT, Verdict, verdict
from tinylab.results.record import RunDocument


@dataclass(frozen=True)
class Comparison:
    """One run and an earlier one of the same network."""

    now: RunFigures
    before: RunFigures
    verdict: Verdict
    differences: tuple[Difference, ...]
    """What was not the same in how they were made and measured."""
    layers: tuple[LayerChange, ...]
    """Empty where one of the two has no profile."""
    unlike: str = ""
    """Why they are no runs of the same network; empty if they are."""

    @property
    def milliseconds(self) -> tuple[float, float]:
        """Of one inference: before, now."""
        before, now = (1e3 * run.median / run.clock_hz for run in (self.before, self.now))
        return before, now

    def __str__(self) -> str:
        """`house_price on sim:nucleo_wb55rg at 48 MHz: 1.42x [1.41, 1.43] faster (...)`."""
        return f"{self.now.name}: {self.verdict}"


def valid_figures(document: RunDocument) -> list[RunFigures]:
    """Of the valid runs."""
    return [figures_of(row) for row in document.rows if row.valid]


def compare(
    now: Sequence[RunFigures],
    before: Sequence[RunFigures],
    *,
    noise_percent: float = NOISE_PERCENT,
    unlike: bool = False,
    keys: int = len(KEYS),
) -> tuple[Comparison, ...]:
    """Every run of `now` that has a partner in `before`, compared.

    Raises InputError if none has one, or if partners are of other networks or types and `unlike`
    does not allow it. `keys`: see `pairing.pairs`.
    """
    found = [_compare(new, old, noise_percent) for new, old in pairs(now, before, keys)]
    if not found:
        raise InputError(
            "There is nothing to compare: the two have no run of the same model.",
            remedy="Measure the same models on the same boards at the same clocks.",
            details="\n".join(f"{run.name}" for run in (*before, *now)),
        )
    refused = [f"{one.now.name}: {one.unlike}" for one in found if one.unlike]
    if refused and not unlike:
        raise InputError(
            "These runs are not of the same network.",
            remedy="`tinylab compare --unlike` compares them all the same.",
            details="\n".join(refused),
        )
    return tuple(found)


def missing(now: Sequence[RunFigures], found: Sequence[Comparison]) -> list[str]:
    """Names of the runs of `now` that were not compared."""
    seen = {id(one.now) for one in found} | {id(one.before) for one in found}
    return [run.name for run in now if id(run) not in seen]


def _compare(now: RunFigures, before: RunFigures, noise_percent: float) -> Comparison:
    return Comparison(
        now=now,
        before=before,
        verdict=verdict(now, before, noise_percent),
        differences=differences(before.provenance, now.provenance),
        layers=layer_changes(before.layers, now.layers),
        unlike=_unlike(now, before),
    )


def _unlike(now: RunFigures, before: RunFigures) -> str:
    """Why the two are not of one network; empty if they are."""
    if now.model_sha256 != before.model_sha256:
        if now.model == before.model:
            return "another file of the same name"
        return f"another network ({before.model})"
    if now.number_type != before.number_type:
        return f"another type ({before.number_type or 'not known'})"
    return ""
