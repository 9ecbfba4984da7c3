"""Exceptions as firmware sees them: entry, priorities, stacks, returns, system registers."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fakes.bare_metal import compile_firmware
from tests.fakes.stations import machine, wait_until
from tests.virtual.machine.exception_firmware import (
    BOARDS,
    REGISTERS,
    WB,
    finish,
    run,
    to_thread,
    word,
)
from tinylab.boards.board import Board, Core
from tinylab.sim.peripherals.core.core_debug import CoreState


def test_entering_and_leaving_take_time(tmp_path: Path) -> None:
    source = """
NOINIT volatile uint32_t before, after, empty;
__attribute__((naked)) void svc(void) { __asm volatile("bx lr"); }
void reset(void) {
  done = length = 0;
  REG(0xE000EDFCu) = 1u << 24; REG(0xE0001004u) = 0; REG(0xE0001000u) = 1;
  for (int i = 0; i < 3; ++i) {
    before = REG(0xE0001004u); __asm volatile("nop"); after = REG(0xE0001004u);
    empty = after - before;
    before = REG(0xE0001004u); __asm volatile("svc #0"); after = REG(0xE0001004u);
  }
  done = 1;
  for (;;) {}
}
"""
    found, _ = run(WB, tmp_path, source)
    assert 22 <= found["after"] - found["before"] - found["empty"] < 40


NESTED = """
void low(void) { note(1); STIR = 2; BARRIER; note(2); }
void high(void) { note(3); ISPR = 1u << 1; BARRIER; note(4); }
void equal(void) { note(5); }
void reset(void) {
  done = length = 0;
  AIRCR = 0x05FA0000u | GROUPING << 8;
  ISER = 7; IPR(0) = 0x50; IPR(1) = 0x40; IPR(2) = 0x10;
  ISPR = 1u << 0; BARRIER;
  note(6);
  done = 1;
  for (;;) {}
}
"""
LINES = {0: "low", 1: "equal", 2: "high"}


@BOARDS
@pytest.mark.parametrize(
    ("grouping", "expected"), [("3u", [1, 3, 4, 5, 2, 6]), ("4u", [1, 3, 4, 2, 5, 6])]
)
def test_higher_groups_preempt_and_equal_ones_wait(
    board: Board, grouping: str, expected: list[int], tmp_path: Path
) -> None:
    assert run(board, tmp_path, NESTED.replace("GROUPING", grouping), LINES)[1] == expected


def test_masks_hold_interrupts_back_until_they_are_lifted(tmp_path: Path) -> None:
    source = """
void urgent(void) { note(1); }
void lazy(void) { note(2); }
void reset(void) {
  done = length = 0;
  ISER = 3; IPR(0) = 0x10; IPR(1) = 0x80;
  CPSID; ISPR = 3; BARRIER; note(10); CPSIE; note(11);
  __asm volatile("msr basepri, %0" :: "r"(0x40)); ISPR = 3; BARRIER; note(12);
  __asm volatile("msr basepri, %0\\n isb" :: "r"(0)); note(13);
  __asm volatile("cpsid f"); ISPR = 1; BARRIER; note(14); __asm volatile("cpsie f\\n isb");
  done = 1;
  for (;;) {}
}
"""
    found = run(WB, tmp_path, source, {0: "urgent", 1: "lazy"})[1]
    assert found == [10, 1, 2, 11, 1, 12, 2, 13, 14, 1]


@BOARDS
def test_svc_gets_its_number_and_arguments(board: Board, tmp_path: Path) -> None:
    source = """
NOINIT volatile uint32_t number, sum, active, link;
__attribute__((used)) static void serve(uint32_t *frame, uint32_t lr) {
  number = ((const uint8_t *)frame[6])[-2];
  link = lr;
  active = ICSR & 0x1FFu;
  frame[0] = frame[0] + frame[1] + frame[2] + frame[3];
}
__attribute__((naked)) void svc(void) {
  __asm volatile("mov r0, sp\\n mov r1, lr\\n push {r4, lr}\\n bl serve\\n pop {r4, pc}");
}
void reset(void) {
  done = length = 0;
  register uint32_t a __asm("r0") = 1, b __asm("r1") = 20;
  register uint32_t c __asm("r2") = 300, d __asm("r3") = 4000;
  __asm volatile("svc #42" : "+r"(a) : "r"(b), "r"(c), "r"(d) : "memory");
  sum = a;
  done = 1;
  for (;;) {}
}
"""
    found, _ = run(board, tmp_path, source)
    assert (found["number"], found["sum"], found["active"]) == (42, 4321, 11)
    assert found["link"] == to_thread(board, "main stack")


TASKS = """
NOINIT uint32_t stacks[2][256];
NOINIT uint32_t *tops[2];
NOINIT volatile uint32_t current, switches, wrong, rounds[2];
static void task(uint32_t me) {
  float mine = (float)(me + 1), sum = 0.0f;
  for (uint32_t n = 1;; ++n) {
    for (int i = 0; i < 100; ++i) sum += mine;
    if (sum != 100.0f * mine * (float)n) wrong = 1;
    if (n == 10) { sum = 0.0f; n = 0; ++rounds[me]; }
  }
}
void sys_tick(void) { ICSR = 1u << 28; }
__attribute__((used)) static uint32_t *next(uint32_t *top) {
  tops[current] = top;
  current ^= 1u;
  if (++switches == 200) done = 1;
  return tops[current];
}
__attribute__((naked)) void pend_sv(void) {
  __asm volatile(
      "mrs r0, psp\\n tst lr, #0x10\\n it eq\\n vstmdbeq r0!, {s16-s31}\\n"
      "stmdb r0!, {r4-r11, lr}\\n bl next\\n"
      "ldmia r0!, {r4-r11, lr}\\n tst lr, #0x10\\n it eq\\n vldmiaeq r0!, {s16-s31}\\n"
      "msr psp, r0\\n bx lr");
}
__attribute__((naked)) void svc(void) {
  __asm volatile("ldmia r0!, {r4-r11, lr}\\n msr psp, r0\\n bx lr");
}
static void prepare(uint32_t me) {
  uint32_t *top = &stacks[me][256 - 17];
  for (int i = 0; i < 17; ++i) top[i] = 0;
  top[8] = TO_PROCESS_STACK;
  top[9] = me;
  top[15] = (uint32_t)task & ~1u;
  top[16] = 1u << 24;
  tops[me] = top;
}
void reset(void) {
  done = length = current = switches = wrong = rounds[0] = rounds[1] = 0;
  CPACR |= 0xFu << 20; BARRIER;
  prepare(0); prepare(1);
  SHPR3 = 0xF0F00000u & 0xF0F00000u;
  SYST_RVR = 1999; SYST_CVR = 0; SYST_CSR = 7;
  register uint32_t *top __asm("r0") = tops[0];
  __asm volatile("svc #0" :: "r"(top) : "memory");
  for (;;) {}
}
"""


def tasks(board: Board) -> str:
    return f"#define TO_PROCESS_STACK {to_thread(board, 'process stack'):#x}u\n" + TASKS


@BOARDS
def test_two_tasks_with_floats_are_switched_by_pendsv(board: Board, tmp_path: Path) -> None:
    found, _ = run(board, tmp_path, tasks(board))
    firmware = compile_firmware(board, tmp_path, REGISTERS + tasks(board))
    with machine(board, firmware) as made:
        finish(made, firmware)
        rounds = [word(made, firmware.symbols["rounds"] + 4 * i) for i in range(2)]
    assert found["wrong"] == 0
    assert min(rounds) > 2
    assert max(rounds) - min(rounds) < 2 + max(rounds) // 10


@BOARDS
def test_runs_are_the_same_to_the_cycle(board: Board, tmp_path: Path) -> None:
    source = tasks(board).replace("done = 1", '{ __asm volatile("bkpt 0"); }')
    firmware = compile_firmware(board, tmp_path, REGISTERS + source)
    results = []
    for _ in range(2):
        with machine(board, firmware) as made:
            wait_until(lambda made=made: made.state is CoreState.LOCKUP)  # type: ignore[misc]
            results.append((made.core.cycles, made.now(), made.exceptions.taken))
    assert results[0] == results[1]
    assert results[0][2] > 400


def test_a_pending_interrupt_follows_without_unstacking(tmp_path: Path) -> None:
    source = """
NOINIT volatile uint32_t stack[2];
void first(void) { ISPR = 2; BARRIER; note((uint32_t)__builtin_frame_address(0)); }
void second(void) { note((uint32_t)__builtin_frame_address(0)); }
void reset(void) {
  done = length = 0;
  ISER = 3; ISPR = 1; BARRIER;
  done = 1;
  for (;;) {}
}
"""
    first, second = run(WB, tmp_path, source, {0: "first", 1: "second"})[1]
    assert first == second


def test_an_it_block_survives_interrupts(tmp_path: Path) -> None:
    source = """
NOINIT volatile uint32_t wrong;
void sys_tick(void) { if (++ticks == 300) done = 1; }
void reset(void) {
  done = wrong = ticks = length = 0;
  SYST_RVR = 97; SYST_CVR = 0; SYST_CSR = 7;
  for (uint32_t n = 0;; ++n) {
    uint32_t a = 0, b = 0;
    __asm volatile("tst %2, #1\\n itete ne\\n addne %0, #1\\n addeq %1, #1\\n"
                   "addne %0, #2\\n addeq %1, #2" : "+r"(a), "+r"(b) : "r"(n) : "cc");
    if (n & 1 ? a != 3 || b : b != 3 || a) wrong = 1;
  }
}
"""
    assert run(WB, tmp_path, source)[0]["wrong"] == 0


@BOARDS
def test_mpu_regions_read_back(board: Board) -> None:
    kind, number, base, attributes, alias = (0xE000_ED90 + at for at in (0, 8, 0xC, 0x10, 0x14))
    with machine(board) as made:
        made.halt()
        assert made.bus.read(kind, 4) in (8 << 8, 16 << 8)
        made.bus.write(number, 4, 3)
        made.bus.write(base, 4, 0x2000_0000)
        made.bus.write(attributes, 4, 0x0306_0011)
        made.bus.write(alias, 4, 0x0800_0000 | 1 << 4 | 5)
        made.bus.write(number, 4, 3)
        assert made.bus.read(base, 4) & ~0x1F == 0x2000_0000
        assert made.bus.read(attributes, 4) == 0x0306_0011
        made.bus.write(number, 4, 1 if board.core is Core.CORTEX_M33 else 5)
        assert made.bus.read(base, 4) & ~0x1F == 0x0800_0000


def test_system_handlers_show_what_is_pending_and_active(tmp_path: Path) -> None:
    source = """
NOINIT volatile uint32_t before, inside, after, number;
void pend_sv(void) { inside = SHCSR; number = ICSR; }
void reset(void) {
  done = length = 0;
  CPSID; ICSR = 1u << 28; BARRIER; before = ICSR; CPSIE; after = ICSR;
  ICSR = 1u << 26; ICSR = 1u << 25;
  done = 1;
  for (;;) {}
}
"""
    found, _ = run(WB, tmp_path, source)
    assert found["before"] == 1 << 28 | 14 << 12
    assert found["inside"] & 1 << 10
    assert found["number"] == 1 << 11 | 14
    assert found["after"] == 0
