"""The clock tree solver: from a frequency to register words, or to the nearest legal frequencies.

The register words are what the firmware's start-up writes, in the order of `Clocks.WORDS`.
"""

from __future__ import annotations

from collections.abc import Mapping

from tinylab.boards.board import Board, FamilyName
from tinylab.boards.clock_f4 import F4Clocks, F7Clocks
from tinylab.boards.clock_family import Clocks, ClockSettings
from tinylab.boards.clock_h7 import H7Clocks
from tinylab.boards.clock_l4 import L4Clocks
from tinylab.boards.clock_u5 import U5Clocks
from tinylab.boards.clock_wb import WBClocks
from tinylab.errors import ClockError
from tinylab.units import megahertz

FAMILIES: Mapping[FamilyName, type[Clocks]] = {
    "f4": F4Clocks,
    "f7": F7Clocks,
    "h7": H7Clocks,
    "l4": L4Clocks,
    "u5": U5Clocks,
    "wb": WBClocks,
}
"""By `Board.family`."""

_TOLERANCE_HZ = 500
"""Frequencies are printed and typed in MHz with three decimals."""


def words_of(board: Board) -> tuple[str, ...]:
    """Names of the register words in `ClockSettings.words`."""
    return board.clocks.WORDS


def solve(board: Board, hz: float) -> ClockSettings:
    """The settings for `board` at `hz`.

    Raises ClockError, which names the nearest legal frequencies, if there are none.
    """
    for way in board.clocks.ways(hz):
        if abs(way.hz - hz) <= _TOLERANCE_HZ:
            return way.settings()
    low, high = limits(board)
    near = nearest(board, hz)
    names = " and ".join(megahertz(value) for value in near)
    noun = "frequencies are" if len(near) > 1 else "frequency is"
    raise ClockError(
        f"{board.title} cannot run at {megahertz(hz)}: its range is "
        f"{megahertz(low)} to {megahertz(high)}.",
        remedy=f"The nearest supported {noun} {names}.",
        asked_hz=hz,
        nearest_hz=near,
    )


def nearest(board: Board, hz: float) -> tuple[float, ...]:
    """The legal frequencies just below and just above `hz` (one at the ends of the range)."""
    low, high = limits(board)
    inside = min(max(hz, low), high)
    legal = [float(way.hz) for way in board.clocks.ways(inside)]
    below = [value for value in legal if value <= inside]
    above = [value for value in legal if value >= inside]
    return tuple(dict.fromkeys([*sorted(below)[-1:], *sorted(above)[:1]]))


def limits(board: Board) -> tuple[float, float]:
    """The lowest and the highest legal core clock in Hz."""
    return float(board.min_hz), float(board.max_hz)


def boost_limit_hz(board: Board) -> int | None:
    """The clock above which the option bit CPUFREQ_BOOST is required; None: no such bit."""
    return board.clocks.boost_above_hz if isinstance(board.clocks, H7Clocks) else None
