"""At no moment of its start-up is the firmware faster than flash or voltage allow."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.fakes.sessions import measured
from tinylab.boards.board import Board
from tinylab.boards.catalog import by_name
from tinylab.sim.machine import Machine

Limits = Callable[[Board, dict[int, int], int], tuple[tuple[int, ...], float]]
"""(board, PWR's registers, PWR's status) -> HCLK by wait states, and by voltage."""
VOS, ODSWRDY = 0b11, 1 << 17


def f4_limits(board: Board, pwr: dict[int, int], status: int) -> tuple[tuple[int, ...], float]:
    """RM0390 and RM0385: the voltage by PWR_CR.VOS, more with over-drive."""
    clocks = board.clocks
    if status & ODSWRDY:
        return clocks.wait_state_limits_hz, clocks.over_drive.limit_hz
    scale = clocks.voltage_codes.index(pwr[0] >> 14 & VOS)
    return clocks.wait_state_limits_hz, clocks.voltage_limits_hz[scale]


def l4_limits(board: Board, pwr: dict[int, int], _status: int) -> tuple[tuple[int, ...], float]:
    """RM0432: range 2, range 1 and its boost."""
    voltage = 0 if pwr[0] >> 9 & VOS == 0b10 else 1 if pwr[0x80] & 1 << 8 else 2
    clocks = board.clocks
    return clocks.wait_state_limits_hz[voltage], clocks.voltage_limits_hz[voltage]


@pytest.mark.parametrize(
    ("name", "mhz", "limits"),
    [
        ("nucleo_f446re", "16,100,180", f4_limits),
        ("stm32f746g_disco", "16,144,216", f4_limits),
        ("nucleo_l4r5zi", "16,26,48,80,120", l4_limits),
    ],
)
def test_the_core_is_never_too_fast(
    name: str, mhz: str, limits: Limits, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    board, seen = by_name(name), set()
    reconfigure = Machine.reconfigure

    def watch(made: Machine) -> None:
        reconfigure(made)
        if not hasattr(made, "part") or not made.part.pwr.words:
            return
        by_wait_states, by_voltage = limits(board, made.part.pwr.words, made.part.pwr.read(4))
        wait_states = min(made.part.flash.wait_states, len(by_wait_states) - 1)
        seen.add((made.core_hz, min(by_wait_states[wait_states], by_voltage)))

    monkeypatch.setattr(Machine, "reconfigure", watch)
    measured(tmp_path, f"sim:{name}@{mhz}")
    assert {float(clock) * 1e6 for clock in mhz.split(",")} <= {hz for hz, _ in seen}
    assert not [(hz, limit) for hz, limit in seen if hz > limit]
