"""The ranges of a board's core clock in which an inference takes nearly the same number
of cycles: they differ by less than 0.1 %."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

from tinylab.boards import clocks
from tinylab.boards.board import Board
from tinylab.boards.clock_family import ClockSettings

MHZ = 1_000_000


@dataclass(frozen=True)
class ClockStep:
    """Neighbouring clocks, one near each whole MHz, with the same number of flash wait states and
    the same relation of core and bus clock.
    """

    clocks_hz: tuple[int, ...]
    """Ascending."""
    wait_states: int
    core_per_bus: float
    """Core clock by bus clock."""

    @property
    def lowest_hz(self) -> int:
        return self.clocks_hz[0]

    @property
    def highest_hz(self) -> int:
        return self.clocks_hz[-1]


def clock_steps(board: Board) -> tuple[ClockStep, ...]:
    """From the lowest clocks to the highest ones. A relation may come several times."""
    found = groupby(legal(board), key=lambda one: (one.wait_states, round(one.hz / one.bus_hz, 3)))
    steps = []
    for (wait_states, relation), group in found:
        steps.append(ClockStep(tuple(one.hz for one in group), wait_states, relation))
    return tuple(steps)


def legal(board: Board) -> tuple[ClockSettings, ...]:
    """A legal clock near each whole MHz of the board's range, ascending."""
    low, high = clocks.limits(board)
    whole = (float(MHZ * mhz) for mhz in range(-(-int(low) // MHZ), int(high) // MHZ + 1))
    near = {clocks.nearest(board, one)[-1] for one in (low, *whole, high)}
    return tuple(clocks.solve(board, hz) for hz in sorted(near))


def sweep(board: Board) -> tuple[float, ...]:
    """The lowest and the highest clock of each step, in Hz: where the cycles change."""
    ends = (hz for step in clock_steps(board) for hz in (step.lowest_hz, step.highest_hz))
    return tuple(float(hz) for hz in dict.fromkeys(ends))
