"""The clock tree solver: a frequency in, register words out, or the nearest that exist.

The register words are what the firmware's start-up writes, in the order of `WORDS`.
"""

from __future__ import annotations

from collections.abc import Mapping

from tinylab.boards import clock_f4, clock_h7, clock_l4, clock_u5, clock_wb
from tinylab.boards.board import Board, ClockFamily, ClockSettings
from tinylab.errors import ClockError
from tinylab.units import megahertz

FAMILIES: Mapping[str, ClockFamily] = {
    "f4": clock_f4.FAMILY,
    "f7": clock_f4.F7,
    "h7": clock_h7.FAMILY,
    "l4": clock_l4.FAMILY,
    "u5": clock_u5.FAMILY,
    "wb": clock_wb.FAMILY,
}
"""By `Board.family`."""

_TOLERANCE_HZ = 500
"""Frequencies are printed and typed in MHz with three decimals."""


def words_of(board: Board) -> tuple[str, ...]:
    """Names of the register words in `ClockSettings.words`."""
    return FAMILIES[board.family].words


def solve(board: Board, hz: float) -> ClockSettings:
    """The settings that run `board` at `hz`.

    Raises ClockError, naming the nearest legal frequencies, when there are none.
    """
    family = FAMILIES[board.family]
    for frequency, choice in family.around(board.clocks, hz):
        if abs(frequency - hz) <= _TOLERANCE_HZ:
            return family.settings(board.clocks, choice)
    low, high = limits(board)
    near = nearest(board, hz)
    names = " or ".join(megahertz(value) for value in near)
    raise ClockError(
        f"{board.title} cannot run at {megahertz(hz)}: its range is "
        f"{megahertz(low)} to {megahertz(high)}.",
        remedy=f"The nearest that it can do: {names}.",
        asked_hz=hz,
        nearest_hz=near,
    )


def nearest(board: Board, hz: float) -> tuple[float, ...]:
    """The legal frequencies just below and just above `hz` (one at the ends of the range)."""
    low, high = limits(board)
    inside = min(max(hz, low), high)
    legal = [float(f) for f, _ in FAMILIES[board.family].around(board.clocks, inside)]
    below = [value for value in legal if value <= inside]
    above = [value for value in legal if value >= inside]
    return tuple(dict.fromkeys([*sorted(below)[-1:], *sorted(above)[:1]]))


def limits(board: Board) -> tuple[float, float]:
    """The lowest and the highest legal core clock in Hz."""
    return float(board.min_hz), float(board.max_hz)
