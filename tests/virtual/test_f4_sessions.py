"""Whole sessions on the virtual STM32F4: clocks as asked, outputs right, the same each time."""

from __future__ import annotations

import logging
import threading
from pathlib import Path

import pytest

from tinylab.bench.events import RunFinished
from tinylab.bench.plan import Options, make_plan, parse_station
from tinylab.bench.session import run
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
    [("nucleo_f401re", {1: 0, 30: 0, 84: 2}), ("nucleo_f446re", {16: 0, 100: 3, 180: 5})],
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
        assert record.expected_error_percent is None
    assert {round(record.clock_hz / 1e6) for record in first} == set(clocks)
    by_clock = sorted((record.clock_hz, record.cycles.median) for record in first)
    medians = [median for _, median in by_clock]
    assert medians == sorted(medians), "more wait states, more cycles"
    assert repeatable(first) == repeatable(again)
    unknown = [entry for entry in caplog.records if entry.levelno >= logging.WARNING]
    assert not unknown, "every register that the firmware and the flashing need is emulated"


def repeatable(records: list[RunRecord]) -> set[tuple[object, ...]]:
    return {(r.clock_hz, r.cycles, r.first_cycles, r.stack_bytes, r.elf_sha256) for r in records}
