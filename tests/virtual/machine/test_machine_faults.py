"""Faults as firmware sees them: handlers, escalation, lock-up, and the report in words."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fakes.bare_metal import compile_firmware
from tests.fakes.stations import machine, wait_until
from tests.virtual.machine.exception_firmware import BOARDS, REGISTERS, WB, finish, run
from tinylab.boards.board import Board
from tinylab.sim.peripherals.core.core_debug import CoreState

FAULTY = """
NOINIT volatile uint32_t lr, cfsr, hfsr, active;
static void look(uint32_t number) {
  hfsr = REG(0xE000ED2Cu); cfsr = CFSR; active = ICSR & 0x1FFu; note(number);
}
static void stay(void) { done = 1; for (;;) {} }
void hard_fault(void) { look(3); stay(); }
void bus_fault(void) { look(5); FROM_BUS_FAULT stay(); }
void usage_fault(void) { look(6); stay(); }
__attribute__((noinline)) void culprit(void) { CULPRIT }
void reset(void) {
  done = length = hfsr = 0;
  SHCSR = ENABLES << 16;
  culprit();
  done = 1;
  for (;;) {}
}
"""
READ, UNDEFINED = "(void)REG(0x70000004u);", '__asm volatile("udf #0");'
BAD_RETURN = '__asm volatile("mvn r0, #0\\n bx r0");'


@pytest.mark.parametrize(
    ("culprit", "enables", "in_handler", "notes", "cfsr"),
    [
        (READ, "0u", "", [3], 0x8200),
        (READ, "2u", "", [5], 0x8200),
        (UNDEFINED, "2u", "", [3], 0x1_0000),
        (UNDEFINED, "4u", "", [6], 0x1_0000),
        (READ, "6u", UNDEFINED, [5, 3], 0x1_8200),
        (READ, "6u", "REG(0xE000ED18u) |= 0x80u << 8;" + UNDEFINED, [5, 6], 0x1_8200),
        (READ, "6u", "REG(0xE000ED18u) |= 0x80u << 8;" + BAD_RETURN, [5, 6], 0x4_8200),
        ('CPSID; __asm volatile("svc #0");', "0u", "", [3], 0),
    ],
)
def test_faults_go_to_their_handler_or_escalate(
    culprit: str, enables: str, in_handler: str, notes: list[int], cfsr: int, tmp_path: Path
) -> None:
    source = FAULTY.replace("CULPRIT", culprit).replace("FROM_BUS_FAULT", in_handler)
    found, order = run(WB, tmp_path, source.replace("ENABLES", enables))
    assert order == notes
    assert found["active"] == notes[-1]
    assert found["cfsr"] == cfsr
    assert found["hfsr"] == (1 << 30 if notes[-1] == 3 else 0)


@BOARDS
def test_a_fault_is_reported_in_words(board: Board, tmp_path: Path) -> None:
    culprit = '__asm volatile("mov r5, #77\\n mov r0, #0x70000004\\n ldr r0, [r0]");'
    culprit = culprit.replace("mov r0, #0x70000004", "movw r0, #4\\n movt r0, #0x7000")
    source = FAULTY.replace("CULPRIT", culprit).replace("FROM_BUS_FAULT", "")
    firmware = compile_firmware(board, tmp_path, REGISTERS + source.replace("ENABLES", "0u"))
    with machine(board, firmware) as made:
        finish(made, firmware)
        report = made.fault_report
    assert report is not None
    assert report.taken == "HardFault"
    assert report.registers[5] == 77
    assert report.registers[0] == report.bfar == 0x7000_0004
    start = firmware.symbols["culprit"]
    assert start <= report.pc < start + 24
    assert any(line.startswith("PRECISERR: data access") for line in report.status)
    assert any(line.startswith("FORCED: ") for line in report.status)


def test_a_stack_that_is_not_there_locks_up_and_says_so(tmp_path: Path) -> None:
    culprit = '__asm volatile("mov sp, %0\\n svc #0" :: "r"(0x20000010u));'
    source = FAULTY.replace("CULPRIT", culprit).replace("FROM_BUS_FAULT", "")
    firmware = compile_firmware(WB, tmp_path, REGISTERS + source.replace("ENABLES", "0u"))
    with machine(WB, firmware) as made:
        wait_until(lambda: made.state is CoreState.LOCKUP)
        report = made.fault_report
    assert report is not None
    assert (report.taken, report.sp) == ("lock-up", 0x2000_0010)
    assert any(line.startswith("STKERR: ") for line in report.status)
