"""From the cycles at each clock to the fastest clock, and the lowest one that will do."""

from __future__ import annotations

from collections.abc import Sequence

from tinylab.bench.choosing.document import AtClock, Meets
from tinylab.boards.clock_steps import ClockStep


def lowest(
    steps: Sequence[ClockStep], found: Sequence[AtClock], allowed_s: float
) -> AtClock | None:
    """The lowest clock of the steps at which an inference takes at most `allowed_s`.

    None if there is none. `found` has the highest clock of each step; below it the cycles are
    nearly the same.
    """
    cycles_at = {one.clock_hz: one.cycles for one in found}
    for step in steps:
        cycles = cycles_at.get(step.highest_hz)
        needed = max((cycles or 0.0) / allowed_s, float(step.lowest_hz))
        if cycles is None or needed > step.highest_hz:
            continue
        # Between whole MHz a clock may come another way, with other wait states.
        hz = min(one for one in step.clocks_hz if one >= needed)
        return AtClock(hz, step.wait_states, cycles, cycles / hz)
    return None


def meets(time_s: float, deadline_s: float, margin: float, error: float | None) -> Meets:
    """Of an inference of `time_s`; `margin` and the expected `error` are relative, None: not
    known."""
    allowed = deadline_s * (1 - margin)
    if time_s <= allowed:
        certain = error is not None and time_s * (1 + error) <= deadline_s
        return Meets.MEETS if certain else Meets.UNCERTAIN
    return Meets.UNCERTAIN if time_s * (1 - (error or 0.0)) <= allowed else Meets.MISSES
