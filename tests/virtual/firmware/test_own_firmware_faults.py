"""Images that fault, overflow their stack, or get stuck: what is told, and where it was."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fakes.own_firmware import FAULTING, own_elf, ran
from tinylab.boards.board import Board
from tinylab.boards.catalog import by_name
from tinylab.errors import ExitCode

WB, H7 = by_name("nucleo_wb55rg"), by_name("nucleo_h723zg")

FAULTS = {
    "NULL + data": ("REG(0x60000000u) = 1;", "PRECISERR", 0x6000_0000),
    "undefined": ('__asm volatile("udf #0");', "UNDEFINSTR", None),
    "no code": ("((void (*)(void))0x30000001u)();", "IBUSERR", None),
}


@pytest.mark.parametrize("harm", FAULTS)
@pytest.mark.parametrize("board", [WB, H7], ids=["wb", "h7"])
def test_a_fault_says_what_and_where(board: Board, harm: str, tmp_path: Path) -> None:
    code, word, at = FAULTS[harm]
    path = own_elf(board, tmp_path, FAULTING.replace("HARM", code))
    found = ran(path, f"sim:{board.name}")
    assert found.error is not None
    assert found.error.exit_code == ExitCode.MEASUREMENT
    assert found.fault is not None
    assert found.fault.exception == "HardFault"
    assert any(cause.startswith(word) for cause in found.fault.causes)
    assert found.fault.address == at
    assert word in found.error.details
    assert "lr 0x" in found.error.details
    if harm != "no code":
        assert found.fault.place.startswith("culprit at main.c:")
    assert found.serial_text == "up\r\n"


def test_a_stack_that_overflows_locks_the_core_up(tmp_path: Path) -> None:
    source = """
NOINIT volatile uint32_t sink;
NOINLINE uint32_t deeper(uint32_t n) {
  volatile uint32_t room[64];
  room[0] = n;
  const uint32_t x = deeper(n + 1u);
  return x + room[0];
}
void hard_fault(void) { for (;;) {} }
void reset(void) { serial_start(); print("up\\r\\n"); sink = deeper(0); for (;;) {} }
"""
    found = ran(own_elf(WB, tmp_path, source, ["-Wno-infinite-recursion"]))
    assert found.error is not None
    assert "lock-up occurred in code called from deeper at main.c:6" in found.error.message
    assert "stack overflow" in found.error.details
    assert found.serial_text == "up\r\n"


TICKING = """
NOINIT volatile uint32_t ticks, sink;
NOINLINE void work(uint32_t n) { for (uint32_t i = 0; i < n; ++i) sink = i; }
void sys_tick(void) { ++ticks; work(20); IN_HANDLER }
void bus_fault(void) { for (;;) {} }
void reset(void) {
  serial_start();
  ticks = 0;
  REG(0xE000E014u) = 3999u; REG(0xE000E018u) = 0; REG(0xE000E010u) = 7u;
  REG(0xE000ED24u) |= 1u << 17;
  while (ticks < 50u) __asm volatile("wfi");
  print("50 ticks\\r\\n");
  REG(0x60000000u) = 1;
}
"""


def test_a_fault_with_a_handler_of_its_own_is_caught_there(tmp_path: Path) -> None:
    found = ran(own_elf(WB, tmp_path, TICKING.replace("IN_HANDLER", "")))
    assert found.fault is not None
    assert found.fault.exception == "BusFault"
    assert found.fault.place == "reset at main.c:13"
    assert found.fault.registers["sp"] % 8 == 0
    assert found.serial_text == "50 ticks\r\n"
    assert found.board_seconds == pytest.approx(0.05, abs=0.005)


def test_a_handler_is_timed_until_it_has_returned(tmp_path: Path) -> None:
    found = ran(own_elf(WB, tmp_path, TICKING.replace("IN_HANDLER", "")), time="sys_tick")
    assert found.valid
    assert len(found.calls) == 10
    assert set(found.calls) == {found.cycles.median if found.cycles else 0}
    assert found.board_seconds == pytest.approx(0.011, abs=0.002)


def test_what_is_stuck_in_a_handler_says_so(tmp_path: Path) -> None:
    source = TICKING.replace("IN_HANDLER", "for (;;) sink = 1u;")
    found = ran(own_elf(WB, tmp_path, source), time_limit_s=0.2)
    assert found.error is not None
    assert "sys_tick at main.c:4, handling SysTick" in found.error.message


def test_semihosting_is_recognised(tmp_path: Path) -> None:
    path = own_elf(WB, tmp_path, 'void reset(void) { __asm volatile("bkpt 0xab"); for (;;) {} }')
    found = ran(path)
    assert found.error is not None
    assert "semihosting from a debugger in reset" in found.error.message
