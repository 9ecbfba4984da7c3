"""Whole sessions on the virtual STM32U5: clocks as asked, outputs right, the same each time."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from tests.virtual.test_f4_sessions import measured, repeatable

CLOCKS = {1: 0, 25: 1, 48: 1, 110: 3, 160: 4}
"""MHz, and the wait states of the lowest voltage range that allows them."""


def test_the_board_is_measured_at_its_clocks(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    station = f"sim:nucleo_u575zi_q@{','.join(map(str, CLOCKS))}"
    first, again = measured(tmp_path, station), measured(tmp_path, station)
    for record in first:
        assert record.valid, record.warnings
        assert record.output.ok
        assert record.core == "cortex-m33"
        assert record.clock_measured_hz == pytest.approx(record.clock_hz, rel=1e-4)
        assert record.wait_states == CLOCKS[round(record.clock_hz / 1e6)]
    assert {round(record.clock_hz / 1e6) for record in first} == set(CLOCKS)
    by_waits = sorted((record.wait_states, record.cycles.median) for record in first)
    medians = [median for _, median in by_waits]
    assert medians == sorted(medians), "more wait states, more cycles"
    assert max(medians) < 1.1 * min(medians), "the ICACHE hides most of them"
    assert repeatable(first) == repeatable(again)
    unknown = [entry for entry in caplog.records if entry.levelno >= logging.WARNING]
    assert not unknown, "every register that the firmware and the flashing need is emulated"
