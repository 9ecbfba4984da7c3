"""Whole sessions on the virtual STM32L4+: clocks as asked, outputs right, the same each time."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from tests.fakes.sessions import assert_measured_at_its_clocks, measured
from tinylab.sim.machine import Machine

R1MODE = 1 << 8


def test_a_board_is_measured_at_its_clocks(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    clocks = {1: 0, 16: 1, 48: 2, 80: 3, 120: 5}
    assert_measured_at_its_clocks("nucleo_l4r5zi", clocks, tmp_path, caplog)


def test_the_clock_rises_above_80_mhz_in_two_steps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """RM0432: by way of half the clock, a microsecond long, with the boost on before it."""
    seen: list[tuple[float, int, int, float]] = []
    reconfigure = Machine.reconfigure

    def watch(made: Machine) -> None:
        reconfigure(made)
        words = made.part.pwr.words if hasattr(made, "part") else {}
        waits = made.part.flash.wait_states if words else 0
        seen.append((made.core_hz, words.get(0x80, 0), waits, made.now()))

    monkeypatch.setattr(Machine, "reconfigure", watch)
    measured(tmp_path, "sim:nucleo_l4r5zi@120")
    hz = [entry[0] for entry in seen]
    assert 60e6 in hz
    (half, _, _, since), (full, cr5, waits, until) = next(
        pair for pair in pairwise(seen) if pair[1][0] == 120e6
    )
    assert (half, full) == (60e6, 120e6)
    assert until - since >= 1e-6
    assert not cr5 & R1MODE, "boost"
    assert waits == 5
