"""Complete sessions on a virtual board, with the checks for every board."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from pathlib import Path

import pytest

from tinylab.bench.plan.events import RunFinished
from tinylab.bench.plan.plan import Options, make_plan, parse_station
from tinylab.bench.session.session import run
from tinylab.boards.catalog import by_name
from tinylab.results.record import RunRecord
from tinylab.results.store import Store


def measured(folder: Path, *stations: str) -> list[RunRecord]:
    """Three inferences of a small network on each station."""
    wanted = [parse_station(text) for text in stations]
    plan = make_plan(["house_price"], wanted, Options(inferences=3))
    with Store.open(folder / "results.sqlite") as store:
        events = list(run(plan, store=store, cancelled=threading.Event()))
    assert len(plan.jobs) == sum(isinstance(event, RunFinished) for event in events), events
    return [event.record for event in events if isinstance(event, RunFinished)]


def measured_at_its_clocks(
    board: str, clocks: Mapping[int, int], folder: Path, caplog: pytest.LogCaptureFixture
) -> list[RunRecord]:
    """`clocks` are MHz and the expected wait states.

    Clocks are as requested, outputs are correct, a second session gives the same result, and
    every register that was used is emulated.
    """
    station = f"sim:{board}@{','.join(map(str, clocks))}"
    first, again = measured(folder, station), measured(folder, station)
    for record in first:
        assert record.valid, record.warnings
        assert record.output.ok
        assert record.clock_measured_hz == pytest.approx(record.clock_hz, rel=1e-4)
        assert record.wait_states == clocks[round(record.clock_hz / 1e6)]
        assert record.expected_error_percent == by_name(board).expected_error_percent
    assert {round(record.clock_hz / 1e6) for record in first} == set(clocks)
    assert _repeatable(first) == _repeatable(again)
    unknown = [entry for entry in caplog.records if entry.levelno >= logging.WARNING]
    assert not unknown, "every register that the firmware and the flashing need is emulated"
    return first


def assert_measured_at_its_clocks(
    board: str, clocks: Mapping[int, int], folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """As `measured_at_its_clocks`, and more wait states cost more cycles."""
    first = measured_at_its_clocks(board, clocks, folder, caplog)
    by_wait_states = sorted((record.wait_states, record.cycles.median) for record in first)
    medians = [median for _, median in by_wait_states]
    assert medians == sorted(medians), "more wait states, more cycles"


def _repeatable(records: list[RunRecord]) -> set[tuple[object, ...]]:
    return {(r.clock_hz, r.cycles, r.first_cycles, r.stack_bytes, r.elf_sha256) for r in records}
