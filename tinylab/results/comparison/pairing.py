"""Which runs of two sessions belong together."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tinylab.results.comparison.figures import RunFigures

Pair = tuple[RunFigures, RunFigures]
Key = tuple[object, ...]

KEYS: tuple[Callable[[RunFigures], Key], ...] = (
    lambda run: (run.model, run.runtime, run.place, run.clock_hz, _way(run)),
    lambda run: (run.model, run.runtime, run.place, run.clock_hz),
    lambda run: (run.model, run.runtime, run.board, run.clock_hz),
    lambda run: (run.model, run.board, run.clock_hz),
    lambda run: (run.model, run.board),
    lambda run: (run.model,),
)
"""From the strictest to the most lenient: a run gets the partner that is most like it."""
STRICT = 2
"""So many of them hold the model, the runtime, the place and the clock fixed."""


def pairs(
    now: Sequence[RunFigures], before: Sequence[RunFigures], keys: int = len(KEYS)
) -> list[Pair]:
    """Each run of `now` with its partner, in the order of `now`; runs without one are left out.

    Where several runs have the same key their order decides. `keys`: how many of `KEYS` are tried.
    A single run on each side is a pair in any case if all of them are.
    """
    if len(now) == len(before) == 1 and keys == len(KEYS):
        return [(now[0], before[0])]
    partners: dict[int, RunFigures] = {}
    left = list(before)
    for key in KEYS[:keys]:
        for index, run in enumerate(now):
            if index in partners:
                continue
            found = next((one for one in left if key(one) == key(run)), None)
            if found is not None:
                partners[index] = found
                left.remove(found)
    return [(run, partners[index]) for index, run in enumerate(now) if index in partners]


def _way(run: RunFigures) -> Key:
    known = run.provenance
    return known.get("optimize"), known.get("placement"), known.get("probe"), known.get("inputs")
