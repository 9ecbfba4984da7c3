"""Sleep as firmware sees it: WFI, WFE, sleep on exit, and SysTick that ends it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fakes.bare_metal import compile_firmware
from tests.fakes.stations import machine, wait_until
from tests.virtual.machine.exception_firmware import BOARDS, REGISTERS, WB, finish, run, word
from tinylab.boards.board import Board
from tinylab.sim.peripherals.core.core_debug import CoreState

TICKS = """
void sys_tick(void) { ++ticks; }
void reset(void) {
  done = ticks = length = 0;
  SYST_RVR = 999; SYST_CVR = 0; SYST_CSR = CLOCK_SOURCE;
  while (ticks < 50) WAIT;
  done = 1;
  for (;;) {}
}
"""


@BOARDS
@pytest.mark.parametrize("wait", ["{}", "WFI", "WFE"])
def test_systick_is_a_time_base(board: Board, wait: str, tmp_path: Path) -> None:
    source = TICKS.replace("WAIT", wait).replace("CLOCK_SOURCE", "7")
    firmware = compile_firmware(board, tmp_path, REGISTERS + source)
    with machine(board, firmware) as made:
        finish(made, firmware)
        made.halt()
        first = word(made, firmware.symbols["ticks"])
        assert 50_000 <= made.now() * board.clocks.reset_hz <= (first + 1) * 1000 + 1000


def test_the_cycle_counter_stands_still_asleep_and_time_does_not(tmp_path: Path) -> None:
    source = TICKS.replace("WAIT", "WFI").replace("CLOCK_SOURCE", "7")
    firmware = compile_firmware(WB, tmp_path, REGISTERS + source)
    with machine(WB, firmware) as made:
        finish(made, firmware)
        made.halt()
        assert made.core.cycles < 20_000 or made.now() * 4e6 - made.core.cycles > 40_000


def test_wfi_wakes_with_interrupts_masked_and_the_handler_runs_later(tmp_path: Path) -> None:
    source = """
void sys_tick(void) { SYST_CSR = 0; note(2); }
void reset(void) {
  done = length = 0;
  CPSID; SYST_RVR = 5000; SYST_CVR = 0; SYST_CSR = 7;
  WFI; note(1); CPSIE; note(3);
  done = 1;
  for (;;) {}
}
"""
    assert run(WB, tmp_path, source)[1] == [1, 2, 3]


def test_events_end_wfe_once(tmp_path: Path) -> None:
    source = """
void line(void) {}
void sys_tick(void) { note(9); SYST_CSR = 0; ISPR = 1; }
void reset(void) {
  done = length = 0;
  SEV; WFE; note(1);
  SCR = 1u << 4;
  SHPR3 = 0; SYST_RVR = 5000; SYST_CVR = 0; SYST_CSR = 7;
  WFE; note(2);
  done = 1;
  for (;;) {}
}
"""
    assert run(WB, tmp_path, source, {0: "line"})[1] == [1, 9, 2]


@pytest.mark.parametrize("how", ["ISPR = 1", "STIR = 0"])
def test_with_sevonpend_what_becomes_pending_before_wfe_is_an_event(
    how: str, tmp_path: Path
) -> None:
    """ARM DDI 0403, B1.5.18; the interrupt is not enabled. A second time it is pending already."""
    source = f"""
#define ICPR REG(0xE000E280u)
void sys_tick(void) {{ note(9); SYST_CSR = 0; }}
void reset(void) {{
  done = length = 0;
  SEV; WFE;
  SCR = 1u << 4;
  {how};
  WFE; note(1);
  {how};
  SYST_RVR = 5000; SYST_CVR = 0; SYST_CSR = 7;
  WFE; note(2);
  SEV; WFE;
  SCR = 0;
  ICPR = 1; {how};
  SYST_RVR = 5000; SYST_CVR = 0; SYST_CSR = 7;
  WFE; note(3);
  done = 1;
  for (;;) {{}}
}}
"""
    assert run(WB, tmp_path, source)[1] == [1, 9, 2, 9, 3]


def test_sleep_on_exit_runs_handlers_only(tmp_path: Path) -> None:
    source = """
void sys_tick(void) { note(1); if (length == 5) done = 1; }
void reset(void) {
  done = length = 0;
  SCR = 1u << 1; SYST_RVR = 5000; SYST_CVR = 0; SYST_CSR = 7;
  WFI; note(99);
  for (;;) {}
}
"""
    assert run(WB, tmp_path, source)[1][:5] == [1] * 5


def test_a_core_asleep_for_good_is_woken_by_the_debugger(tmp_path: Path) -> None:
    firmware = compile_firmware(
        WB, tmp_path, REGISTERS + "void reset(void) { done = 0; WFI; done = 1; for (;;) {} }"
    )
    with machine(WB, firmware) as made:
        wait_until(lambda: made.state is CoreState.SLEEPING)
        assert word(made, firmware.symbols["done"]) == 0
        made.halt()
        made.resume()
        finish(made, firmware)
