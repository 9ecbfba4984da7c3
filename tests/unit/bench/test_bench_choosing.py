"""Which clocks meet a deadline, from the cycles at each step of clocks."""

from __future__ import annotations

import pytest

from tinylab.bench.choosing.document import AtClock, Meets
from tinylab.bench.choosing.verdicts import lowest, meets
from tinylab.bench.plan.plan import parse_station
from tinylab.boards import clocks
from tinylab.boards.catalog import all_boards, by_name
from tinylab.boards.clock_steps import clock_steps, sweep

WB = by_name("nucleo_wb55rg")
STEPS = clock_steps(WB)
NAMES = [board.name for board in all_boards()]


def found(cycles: float) -> list[AtClock]:
    """The same work and a tenth more for each wait state."""
    made = []
    for step in STEPS:
        total = cycles * (1 + step.wait_states / 10)
        made.append(AtClock(step.highest_hz, step.wait_states, total, total / step.highest_hz))
    return made


@pytest.mark.parametrize("name", NAMES)
def test_steps_cover_the_clocks_and_each_has_one_relation(name: str) -> None:
    board = by_name(name)
    steps = clock_steps(board)
    low, high = clocks.limits(board)
    assert steps[0].lowest_hz == pytest.approx(low, abs=1e6)
    assert steps[-1].highest_hz == high
    assert len(steps) < 12
    for step in steps:
        for hz in (step.lowest_hz, step.highest_hz):
            settings = clocks.solve(board, hz)
            assert settings.wait_states == step.wait_states
            assert settings.hz / settings.bus_hz == pytest.approx(step.core_per_bus, abs=1e-3)
    ends = [step.highest_hz for step in steps]
    assert ends == sorted(ends)


def test_the_lowest_clock_is_the_least_that_is_enough() -> None:
    allowed = 0.010
    best = lowest(STEPS, found(300_000), allowed)
    assert best is not None
    assert best.time_s <= allowed
    assert best.cycles == 300_000 * (1 + best.wait_states / 10)
    assert clocks.solve(WB, best.clock_hz).wait_states == best.wait_states
    below = [hz for step in STEPS for hz in step.clocks_hz if hz < best.clock_hz]
    assert best.cycles / below[-1] > allowed


def test_a_step_whose_cycles_are_too_many_is_passed_over() -> None:
    [*_, last] = STEPS
    slow = [one for one in found(1e6) if one.clock_hz == last.highest_hz]
    best = lowest(STEPS, slow, 1.3e6 / last.highest_hz)
    assert best is not None
    assert best.clock_hz == last.highest_hz
    assert lowest(STEPS, slow, 1.29e6 / last.highest_hz) is None
    assert lowest(STEPS, [], 1.0) is None


@pytest.mark.parametrize(
    ("time", "margin", "error", "wanted"),
    [
        (0.90, 0.0, 0.03, Meets.MEETS),
        (0.98, 0.0, 0.03, Meets.UNCERTAIN),
        (1.02, 0.0, 0.03, Meets.UNCERTAIN),
        (1.04, 0.0, 0.03, Meets.MISSES),
        (0.90, 0.1, 0.03, Meets.MEETS),
        (0.95, 0.1, 0.03, Meets.MISSES),
        (0.90, 0.0, None, Meets.UNCERTAIN),
        (1.01, 0.0, None, Meets.MISSES),
    ],
)
def test_the_expected_error_decides_with_the_margin(
    time: float, margin: float, error: float | None, wanted: Meets
) -> None:
    assert meets(time, 1.0, margin, error) is wanted


def test_sweep_is_written_for_clocks() -> None:
    request = parse_station("sim:nucleo_wb55rg@sweep")
    assert request.clocks_hz == sweep(WB)
    assert len(request.clocks_hz) > len(STEPS)
