"""Exceptions as firmware sees them: priorities, stacks, returns, sleep, faults."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fakes.bare_metal import Firmware, compile_firmware
from tests.fakes.stations import machine, wait_until
from tinylab.boards.board import Board, Core
from tinylab.boards.catalog import all_boards, by_name
from tinylab.sim.machine import Machine
from tinylab.sim.peripherals.core.core_debug import CoreState

WB, H7 = by_name("nucleo_wb55rg"), by_name("nucleo_h723zg")
OF_EACH_CORE = {board.core: board for board in (*all_boards(), WB, H7)}
BOARDS = pytest.mark.parametrize("board", OF_EACH_CORE.values(), ids=OF_EACH_CORE)

REGISTERS = """
#define ICSR REG(0xE000ED04u)
#define AIRCR REG(0xE000ED0Cu)
#define SCR REG(0xE000ED10u)
#define SHPR2 REG(0xE000ED1Cu)
#define SHPR3 REG(0xE000ED20u)
#define SHCSR REG(0xE000ED24u)
#define CFSR REG(0xE000ED28u)
#define CPACR REG(0xE000ED88u)
#define SYST_CSR REG(0xE000E010u)
#define SYST_RVR REG(0xE000E014u)
#define SYST_CVR REG(0xE000E018u)
#define ISER REG(0xE000E100u)
#define ISPR REG(0xE000E200u)
#define IPR(n) (((volatile uint8_t *)0xE000E400u)[n])
#define STIR REG(0xE000EF00u)
#define CPSID __asm volatile("cpsid i" ::: "memory")
#define CPSIE __asm volatile("cpsie i\\n isb" ::: "memory")
#define BARRIER __asm volatile("dsb\\n isb" ::: "memory")
#define WFI __asm volatile("wfi" ::: "memory")
#define WFE __asm volatile("wfe" ::: "memory")
#define SEV __asm volatile("sev" ::: "memory")
NOINIT volatile uint32_t done, ticks;
NOINIT volatile uint32_t order[64], length;
__attribute__((unused)) static void note(uint32_t what) { order[length++] = what; }
"""


def to_thread(board: Board, stack: str) -> int:
    """EXC_RETURN with a basic frame; Armv8-M without the Security Extension has its own."""
    base = 0xFFFF_FFB8 if board.core is Core.CORTEX_M33 else 0xFFFF_FFF9
    return base | (4 if stack == "process stack" else 0)


def word(made: Machine, address: int) -> int:
    data = made.read_memory(address, 4)
    assert data is not None
    return int.from_bytes(data, "little")


def finish(made: Machine, firmware: Firmware) -> dict[str, int]:
    """The firmware's variables once it is done."""
    wait_until(lambda: word(made, firmware.symbols["done"]) == 1)
    found = {}
    for name, address in firmware.symbols.items():
        data = made.read_memory(address, 4)
        if data is not None:
            found[name] = int.from_bytes(data, "little")
    return found


def noted(made: Machine, firmware: Firmware) -> list[int]:
    start, length = firmware.symbols["order"], word(made, firmware.symbols["length"])
    return [word(made, start + 4 * i) for i in range(length)]


def run(
    board: Board, folder: Path, source: str, interrupts: dict[int, str] | None = None
) -> tuple[dict[str, int], list[int]]:
    """Variables and notes of firmware that says when it is done."""
    firmware = compile_firmware(board, folder, REGISTERS + source, interrupts)
    with machine(board, firmware) as made:
        return finish(made, firmware), noted(made, firmware)


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


def test_the_cycle_counter_stands_still_asleep_and_time_does_not(tmp_path: Path) -> None:
    source = TICKS.replace("WAIT", "WFI").replace("CLOCK_SOURCE", "7")
    firmware = compile_firmware(WB, tmp_path, REGISTERS + source)
    with machine(WB, firmware) as made:
        finish(made, firmware)
        made.halt()
        assert made.core.cycles < 20_000 or made.now() * 4e6 - made.core.cycles > 40_000


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
