"""Whole sessions on the virtual STM32U5: clocks as asked, outputs right, the same each time."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fakes.sessions import assert_measured_at_its_clocks, measured

CLOCKS = {1: 0, 25: 1, 48: 1, 110: 3, 160: 4}
"""MHz, and the wait states of the lowest voltage range that allows them."""


def test_the_board_is_measured_at_its_clocks(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert_measured_at_its_clocks("nucleo_u575zi_q", CLOCKS, tmp_path, caplog)


def test_the_icache_hides_most_wait_states(tmp_path: Path) -> None:
    slow, fast = measured(tmp_path, "sim:nucleo_u575zi_q@1,160")
    assert slow.core == fast.core == "cortex-m33"
    assert slow.cycles.median < fast.cycles.median < 1.1 * slow.cycles.median
