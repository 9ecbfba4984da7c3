"""Whole sessions on the virtual STM32H7: clocks, voltages and wait states as the manuals have
them, outputs right, the same each time."""

from __future__ import annotations

import logging
import threading
from pathlib import Path

import pytest

from tinylab.bench.events import RunFinished
from tinylab.bench.plan import Options, make_plan, parse_station
from tinylab.bench.session import run
from tinylab.boards.catalog import by_name
from tinylab.results.record import RunRecord
from tinylab.results.store import Store


def measured(folder: Path, *stations: str) -> list[RunRecord]:
    wanted = [parse_station(text) for text in stations]
    plan = make_plan(["house_price"], wanted, Options(inferences=3))
    with Store.open(folder / "results.sqlite") as store:
        events = list(run(plan, store=store, cancelled=threading.Event()))
    assert len(plan.jobs) == sum(isinstance(event, RunFinished) for event in events), events
    return [event.record for event in events if isinstance(event, RunFinished)]


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
    station = f"sim:{board}@{','.join(map(str, clocks))}"
    first, again = measured(tmp_path, station), measured(tmp_path, station)
    for record in first:
        assert record.valid, record.warnings
        assert record.output.ok
        assert record.clock_measured_hz == pytest.approx(record.clock_hz, rel=1e-4)
        assert record.wait_states == clocks[round(record.clock_hz / 1e6)]
        assert record.expected_error_percent == by_name(board).expected_error_percent
    assert {round(record.clock_hz / 1e6) for record in first} == set(clocks)
    by_clock = sorted((record.clock_hz, record.first_cycles) for record in first)
    cold = [cycles for _, cycles in by_clock]
    assert cold == sorted(cold), "more wait states, more cycles with cold caches"
    assert _repeatable(first) == _repeatable(again)
    unknown = [entry for entry in caplog.records if entry.levelno >= logging.WARNING]
    assert not unknown, "every register that the firmware and the flashing need is emulated"


def _repeatable(records: list[RunRecord]) -> set[tuple[object, ...]]:
    return {(r.clock_hz, r.cycles, r.first_cycles, r.stack_bytes, r.elf_sha256) for r in records}


def test_caches_of_half_the_size_cost_cycles(tmp_path: Path) -> None:
    """The same code, compiled for the same core, at the same bus ratio and wait states."""
    stations = "sim:nucleo_h723zg@400", "sim:nucleo_h743zi2@400"
    by_board = {record.board: record for record in measured(tmp_path, *stations)}
    large, small = by_board["nucleo_h723zg"], by_board["nucleo_h743zi2"]
    assert large.wait_states == small.wait_states
    assert small.cycles.median > large.cycles.median
