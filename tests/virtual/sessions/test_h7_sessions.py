"""Whole sessions on the virtual STM32H7: clocks, voltages and wait states as the manuals have
them, outputs right, the same each time."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fakes.sessions import measured, measured_at_its_clocks


@pytest.mark.parametrize(
    ("board", "clocks"),
    [
        ("nucleo_h723zg", {20: 0, 400: 2}),
        ("nucleo_h743zi2", {64: 0, 200: 2, 400: 2, 480: 4}),
        ("nucleo_h7a3zi_q", {20: 0, 88: 3, 280: 6}),
    ],
)
def test_a_board_is_measured_at_its_clocks(
    board: str, clocks: dict[int, int], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    first = measured_at_its_clocks(board, clocks, tmp_path, caplog)
    by_clock = sorted((record.clock_hz, record.first_cycles) for record in first)
    cold = [cycles for _, cycles in by_clock]
    assert cold == sorted(cold), "more wait states, more cycles with cold caches"


def test_caches_of_half_the_size_cost_cycles(tmp_path: Path) -> None:
    """The same code, compiled for the same core, at the same bus ratio and wait states."""
    stations = "sim:nucleo_h723zg@400", "sim:nucleo_h743zi2@400"
    by_board = {record.board: record for record in measured(tmp_path, *stations)}
    large, small = by_board["nucleo_h723zg"], by_board["nucleo_h743zi2"]
    assert large.wait_states == small.wait_states
    assert small.cycles.median > large.cycles.median
