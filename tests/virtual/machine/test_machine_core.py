"""Firmware meets its core's counters, faults and reset as it would on silicon."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from tests.fakes.bare_metal import Firmware, compile_firmware
from tests.fakes.stations import burn, machine, wait_until
from tinylab.boards.board import Board
from tinylab.boards.catalog import by_name
from tinylab.sim.machine import Machine
from tinylab.sim.peripherals.core.core_debug import CoreState
from tinylab.sim.peripherals.gpio import GPIO

WB, H7 = by_name("nucleo_wb55rg"), by_name("nucleo_h723zg")
F446, F746, F767 = map(by_name, ("nucleo_f446re", "stm32f746g_disco", "nucleo_f767zi"))
L4 = by_name("nucleo_l4r5zi")
BOARDS = pytest.mark.parametrize("board", [WB, H7, F746], ids=["wb", "h7", "f7"])

COUNT = """
#define DEMCR REG(0xE000EDFCu)
#define CTRL REG(0xE0001000u)
#define CYCCNT REG(0xE0001004u)
#define LAR REG(0xE0001FB0u)
NOINIT volatile uint32_t done, first, second, third;
static void spin(void) { for (volatile int i = 0; i < 200; ++i) {} }
void reset(void) {
  done = 0;
  STEPS
  first = CYCCNT; spin(); second = CYCCNT; spin(); third = CYCCNT;
  done = 1;
  for (;;) {}
}
"""
TRACE, UNLOCK, START = "DEMCR = 1u << 24;", "LAR = 0xC5ACCE55u;", "CYCCNT = 0; CTRL = 1;"


def word(made: Machine, address: int) -> int:
    data = made.read_memory(address, 4)
    assert data is not None
    return int.from_bytes(data, "little")


def finish(made: Machine, firmware: Firmware) -> dict[str, int]:
    """The firmware's variables once it is done."""
    wait_until(lambda: word(made, firmware.symbols["done"]) == 1)
    return {
        name: word(made, address)
        for name, address in firmware.symbols.items()
        if made.read_memory(address, 4) is not None
    }


def counts(board: Board, folder: Path, *steps: str) -> tuple[int, int, int]:
    firmware = compile_firmware(board, folder, COUNT.replace("STEPS", "\n".join(steps)))
    with machine(board, firmware) as made:
        found = finish(made, firmware)
    return found["first"], found["second"], found["third"]


def test_the_cycle_counter_moves_when_all_is_enabled(tmp_path: Path) -> None:
    first, second, third = counts(WB, tmp_path, TRACE, START)
    assert 0 <= first < second < third
    assert third - second > 400


@pytest.mark.parametrize("steps", [(), (START,), (TRACE,)], ids=["nothing", "start", "trace"])
def test_the_cycle_counter_stands_still_otherwise(steps: tuple[str, ...], tmp_path: Path) -> None:
    assert counts(WB, tmp_path, *steps) == (0, 0, 0)


def test_the_m7_counter_is_locked_until_the_key_comes(tmp_path: Path) -> None:
    assert counts(H7, tmp_path, TRACE, START) == (0, 0, 0)
    first, second, third = counts(H7, tmp_path, TRACE, UNLOCK, START)
    assert 0 <= first < second < third


@BOARDS
def test_two_runs_count_the_same(board: Board, tmp_path: Path) -> None:
    runs = [counts(board, tmp_path, TRACE, UNLOCK, START) for _ in range(2)]
    assert runs[0] == runs[1]


def test_simulated_time_is_cycles_over_clock(tmp_path: Path) -> None:
    source = COUNT.replace("STEPS", TRACE + START) + "\n"
    firmware = compile_firmware(WB, tmp_path, source)
    with machine(WB, firmware) as made:
        finish(made, firmware)
        made.halt()
        assert made.now() == made.core.cycles / WB.clocks.reset_hz
        before = made.now()
        made.resume()
        wait_until(lambda: made.now() > before)


SYSTICK = """
NOINIT volatile uint32_t done, before, after, flag, again;
void reset(void) {
  done = 0;
  REG(0xE000E014u) = 99; REG(0xE000E018u) = 0; REG(0xE000E010u) = 5;
  before = REG(0xE000E018u);
  for (volatile int i = 0; i < 100; ++i) {}
  flag = REG(0xE000E010u) >> 16 & 1;
  again = REG(0xE000E010u) >> 16 & 1;
  after = REG(0xE000E018u);
  done = 1;
  for (;;) {}
}
"""


def test_systick_counts_down_and_wraps(tmp_path: Path) -> None:
    firmware = compile_firmware(WB, tmp_path, SYSTICK)
    with machine(WB, firmware) as made:
        found = finish(made, firmware)
    assert 50 < found["before"] <= 99
    assert found["after"] <= 99
    assert (found["flag"], found["again"]) == (1, 0)


FAULT = """
NOINIT volatile uint32_t done, cfsr, hfsr, bfar, stacked_pc, psr, lr;
__attribute__((used)) static void report(const uint32_t *frame, uint32_t link) {
  cfsr = REG(0xE000ED28u); hfsr = REG(0xE000ED2Cu); bfar = REG(0xE000ED38u);
  stacked_pc = frame[6]; lr = link;
  __asm volatile("mrs %0, ipsr" : "=r"(psr));
  done = 1;
  AGAIN
  for (;;) {}
}
__attribute__((naked)) void hard_fault(void) {
  __asm volatile("mov r0, sp\\n mov r1, lr\\n b report");
}
__attribute__((noinline)) void culprit(void) { CULPRIT }
void reset(void) {
  done = 0;
  FIRST
  culprit();
  for (;;) {}
}
"""
BAD_READ = "(void)REG(0x70000004u);"


def fault(
    board: Board, folder: Path, culprit: str, again: str = "", first: str = ""
) -> tuple[Machine, Firmware]:
    source = FAULT.replace("CULPRIT", culprit).replace("AGAIN", again).replace("FIRST", first)
    return Machine(board), compile_firmware(board, folder, source)


@BOARDS
@pytest.mark.parametrize(
    ("culprit", "cfsr", "bfar"),
    [
        (BAD_READ, 0x8200, 0x7000_0004),
        ("REG(0x70000004u) = 1;", 0x8200, 0x7000_0004),
        ("((void (*)(void))0x70000001u)();", 0x0100, 0),
        ('__asm volatile("udf #0");', 0x0001_0000, 0),
    ],
    ids=["read", "write", "fetch", "undefined"],
)
def test_a_fault_runs_the_handler(
    board: Board, culprit: str, cfsr: int, bfar: int, tmp_path: Path
) -> None:
    made, firmware = fault(board, tmp_path, culprit)
    try:
        burn(made, firmware)
        found = finish(made, firmware)
        assert found["cfsr"] == cfsr
        assert found["bfar"] == bfar
        assert found["hfsr"] == 1 << 30
        assert found["psr"] == 3
        assert found["lr"] & 0xFFFF_FFEF == 0xFFFF_FFE9
        if cfsr & 0x0001_8200:
            start = firmware.symbols["culprit"]
            assert start <= found["stacked_pc"] < start + 32
        assert made.state is CoreState.RUNNING
    finally:
        made.close()


def test_a_fault_with_floating_point_in_use_leaves_room_for_its_registers(tmp_path: Path) -> None:
    use_fpu = (
        'REG(0xE000ED88u) |= 0xFu << 20; __asm volatile("dsb\\n isb\\n vmov s0, %0" :: "r"(1));'
    )
    made, firmware = fault(WB, tmp_path, BAD_READ, first=use_fpu)
    try:
        burn(made, firmware)
        assert finish(made, firmware)["lr"] in (0xFFFF_FFE9, 0xFFFF_FFF9)
    finally:
        made.close()


def test_a_fault_in_the_handler_locks_the_core_up(tmp_path: Path) -> None:
    made, firmware = fault(WB, tmp_path, BAD_READ, again=BAD_READ)
    try:
        burn(made, firmware)
        wait_until(lambda: made.state is CoreState.LOCKUP)
        assert finish(made, firmware)["done"] == 1
    finally:
        made.close()


@BOARDS
def test_a_blank_part_locks_up(board: Board) -> None:
    with machine(board) as made:
        wait_until(lambda: made.state is CoreState.LOCKUP)


RESETS = """
NOINIT volatile uint32_t done, starts;
void reset(void) {
  done = 0;
  if (++starts == 1) { REG(0xE000ED0Cu) = 0x05FA0004u; for (;;) {} }
  done = 1;
  for (;;) {}
}
"""


@BOARDS
def test_firmware_can_reset_itself(board: Board, tmp_path: Path) -> None:
    firmware = compile_firmware(board, tmp_path, RESETS)
    with machine(board, firmware) as made:
        made.halt()
        made.write_memory(firmware.symbols["starts"], bytes(4))
        made.reset()
        assert finish(made, firmware)["starts"] == 2


SERIAL = """
NOINIT volatile uint32_t done, echoed;
void reset(void) {
  volatile uint32_t *const port = (volatile uint32_t *)PORT;
  port[BRR] = DIVIDENDS * CLOCK / 115200u;
  port[CR1] = ENABLE | 0xCu;
  for (const char *text = "hello"; *text; ++text) {
    while (!(port[STATUS] & 0x80u)) {}
    port[SEND] = *text;
  }
  while (!(port[STATUS] & 0x20u)) {}
  echoed = port[RECEIVE];
  done = 1;
  for (;;) {}
}
"""


NEWER_USART = {
    "DIVIDENDS": 1,
    "CR1": 0,
    "BRR": 3,
    "STATUS": 7,
    "RECEIVE": 9,
    "SEND": 10,
    "ENABLE": 1,
}
LPUART = NEWER_USART | {"DIVIDENDS": 256}
OLDER_USART = {
    "DIVIDENDS": 1,
    "CR1": 3,
    "BRR": 2,
    "STATUS": 0,
    "RECEIVE": 1,
    "SEND": 1,
    "ENABLE": 1 << 13,
}


@pytest.mark.parametrize(
    ("board", "registers", "baud"),
    [
        (WB, NEWER_USART, 118_000),
        (F446, OLDER_USART, 116_000),
        (F746, NEWER_USART, 116_000),
        (F767, NEWER_USART, 116_000),
        (L4, LPUART, 115_000),
    ],
    ids=["wb", "f4", "f746", "f767", "l4"],
)
def test_serial_bytes_leave_at_the_baud_rate_of_the_firmware(
    board: Board, registers: dict[str, int], baud: int, tmp_path: Path
) -> None:
    names = registers | {"CLOCK": board.clocks.reset_hz, "PORT": board.serial.base}
    defined = "".join(f"#define {name} {value}u\n" for name, value in names.items())
    firmware = compile_firmware(board, tmp_path, defined + SERIAL)
    with machine(board) as made:
        sent: list[tuple[int, float, float]] = []
        made.part.serial.on_byte = lambda byte, rate: sent.append((byte, rate, made.now()))
        burn(made, firmware)
        wait_until(lambda: len(sent) == 5)
        made.part.serial.receive(b"x")
        assert finish(made, firmware)["echoed"] == ord("x")
    assert bytes(byte for byte, _, _ in sent) == b"hello"
    assert {round(rate, -3) for _, rate, _ in sent} == {baud}
    gaps = [b[2] - a[2] for a, b in pairwise(sent)]
    assert all(gap >= 10 / baud for gap in gaps[1:])


def test_an_address_without_a_peripheral_is_reported_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    source = """
NOINIT volatile uint32_t done;
void reset(void) {
  done = 0;
  for (int i = 0; i < 3; ++i) REG(0x50000000u) = REG(0x50000000u) + 1;
  done = 1;
  for (;;) {}
}
"""
    firmware = compile_firmware(WB, tmp_path, source)
    with machine(WB, firmware) as made:
        finish(made, firmware)
    assert [record.message for record in caplog.records].count(
        "read from 0x50000000, where no peripheral is emulated"
    ) == 1


BUSY_WITH_DEVICES = """
NOINIT volatile uint32_t count;
void reset(void) {
  count = 0;
  for (;;) { REG(0x48000014u) = 1; ++count; }
}
"""


def test_halting_never_repeats_a_device_access(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writes: list[int] = []
    monkeypatch.setattr(GPIO, "write", lambda port, offset, value: writes.append(value))
    firmware = compile_firmware(WB, tmp_path, BUSY_WITH_DEVICES)
    with machine(WB, firmware) as made:
        for seen in range(50):
            wait_until(lambda seen=seen: len(writes) > 100 * seen)  # type: ignore[misc]
            made.halt()
            assert len(writes) - word(made, firmware.symbols["count"]) in (0, 1)
            made.resume()


@pytest.mark.parametrize(("board", "double_precision"), [(F746, 0), (F767, 2)])
def test_an_m7_says_whether_its_fpu_has_double_precision(
    board: Board, double_precision: int
) -> None:
    mvfr0 = 0xE000_EF40
    with machine(board) as made:
        data = made.debug_read(mvfr0, 4, 4)
        assert data is not None
        assert int.from_bytes(data, "little") >> 8 & 0xF == double_precision
