"""Stop mode: what stands still, what wakes the core, and the clock that it wakes with."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fakes.bare_metal import Firmware, compile_firmware
from tests.fakes.stations import machine, wait_until
from tests.virtual.machine.peripheral_firmware import F446, F746, H7, L4, U5, WB, prefix, word
from tinylab.boards.board import Board
from tinylab.sim.machine import Machine
from tinylab.sim.peripherals.core.core_debug import CoreState
from tinylab.sim.peripherals.power.deep_sleep import DeepSleep

# RCC, BDCR, PWR clock, RTC, EXTI registers and the line of the RTC's wake-up.
F4_LIKE = {
    "BDCR": 0x4002_3870, "RTC": 0x4000_2800, "LINE": 22, "PWR": 0x4000_7000,
    "PWR_ENABLE": 0x4002_3840, "PWR_BIT": 28,
    "RTSR": 0x4001_3C08, "IMR": 0x4001_3C00, "EMR": 0x4001_3C04, "SWIER": 0x4001_3C10,
    "PENDING": 0x4001_3C14,
}  # fmt: skip
NAMES = {
    "f4": F4_LIKE,
    "f7": F4_LIKE,
    "h7": {
        "BDCR": 0x5802_4470, "RTC": 0x5800_4000, "LINE": 19, "PWR": 0x5802_4810,
        "PWR_ENABLE": 0x5802_44F4, "PWR_BIT": 16,
        "RTSR": 0x5800_0000, "IMR": 0x5800_0080, "EMR": 0x5800_0084, "SWIER": 0x5800_0008,
        "PENDING": 0x5800_0088,
    },
    "l4": {
        "BDCR": 0x4002_1090, "RTC": 0x4000_2800, "LINE": 20, "PWR": 0x4000_7000,
        "PWR_ENABLE": 0x4002_1058, "PWR_BIT": 28,
        "RTSR": 0x4001_0408, "IMR": 0x4001_0400, "EMR": 0x4001_0404, "SWIER": 0x4001_0410,
        "PENDING": 0x4001_0414,
    },
    "wb": {
        "BDCR": 0x5800_0090, "RTC": 0x4000_2800, "LINE": 19, "PWR": 0x5800_0400,
        "PWR_ENABLE": 0x5800_0058, "PWR_BIT": 28,
        "RTSR": 0x5800_0800, "IMR": 0x5800_0880, "EMR": 0x5800_0884, "SWIER": 0x5800_0808,
        "PENDING": 0x5800_080C,
    },
    "u5": {"PWR": 0x4602_0800, "PWR_ENABLE": 0x4602_0C94, "PWR_BIT": 2},
}  # fmt: skip
BOARDS = pytest.mark.parametrize("board", [F446, F746, H7, L4, WB], ids=lambda board: board.family)
ALL = pytest.mark.parametrize("board", [F446, F746, H7, L4, WB, U5], ids=lambda b: b.family)

COMMON = """
#define SCR REG(0xE000ED10u)
#define CYCCNT REG(0xE0001004u)
NOINIT volatile uint32_t ticks, woken, before, after;
void sys_tick(void) { ++ticks; }
static inline void count(void) {
  REG(0xE000EDFCu) |= 1u << 24; REG(0xE0001FB0u) = 0xC5ACCE55u; REG(0xE0001000u) |= 1u;
  REG(0xE000E014u) = 999u; REG(0xE000E018u) = 0; REG(0xE000E010u) = 7u;
}
static inline void power(uint32_t mode) {
  REG(PWR_ENABLE) |= 1u << PWR_BIT;
  REG(PWR) = (REG(PWR) & ~7u) | mode;
  SCR |= 4u;
}
"""


def firmware_of(
    board: Board, folder: Path, source: str, interrupts: dict[int, str] | None = None
) -> Firmware:
    names = prefix(**NAMES[board.family])
    return compile_firmware(board, folder, names + COMMON + source, interrupts or {})


SLEEPS = """
void reset(void) {
  done = ticks = 0;
  count();
  power(MODE);
  done = 1;
  WFI;
  done = 2;
  for (;;) {}
}
"""


def asleep_for_good(made: Machine) -> bool:
    return made.state is CoreState.SLEEPING and made.stop_mode.mode is not None


@ALL
def test_systick_does_not_wake_the_core(board: Board, tmp_path: Path) -> None:
    """In Sleep mode it does; in Stop mode it has no clock."""
    source = "#define MODE 0u\n" + SLEEPS
    firmware = firmware_of(board, tmp_path, source)
    with machine(board, firmware) as made:
        wait_until(lambda: asleep_for_good(made))
        began = made.now()
        made.wait(0.1)
        assert made.now() == began
        assert made.stop_mode.mode is DeepSleep.STOP
        assert made.stop_mode.for_good
        assert word(made, firmware, "done") == 1
        assert word(made, firmware, "ticks") <= 1


@ALL
def test_debuggers_can_keep_the_clocks_running(board: Board, tmp_path: Path) -> None:
    """DBGMCU_CR.DBG_STOP: SysTick counts, and wakes the core."""
    source = "#define MODE 0u\n" + SLEEPS
    firmware = firmware_of(board, tmp_path, source)
    with machine(board) as made:
        made.halt()
        made.debug_write(board.identity.idcode_address + 4, (2).to_bytes(4, "little"), 4)
        made.hold_reset()
        for address, data in firmware.segments:
            at = address - made.memory.flash.base
            made.memory.flash.buffer[at : at + len(data)] = data
        made.release_reset()
        wait_until(lambda: word(made, firmware, "done") == 2)
        assert word(made, firmware, "ticks") >= 1


@pytest.mark.parametrize(
    ("board", "code", "mode"),
    [
        (F446, 2, DeepSleep.STANDBY),
        (H7, 7, DeepSleep.STANDBY),
        (L4, 2, DeepSleep.STOP),
        (L4, 3, DeepSleep.STANDBY),
        (WB, 4, DeepSleep.SHUTDOWN),
        (U5, 3, DeepSleep.STOP),
        (U5, 4, DeepSleep.STANDBY),
        (U5, 7, DeepSleep.SHUTDOWN),
    ],
)
def test_the_mode_is_what_pwr_selects(
    board: Board, code: int, mode: DeepSleep, tmp_path: Path
) -> None:
    firmware = firmware_of(board, tmp_path, f"#define MODE {code}u\n" + SLEEPS)
    with machine(board, firmware) as made:
        wait_until(lambda: asleep_for_good(made))
        assert made.stop_mode.mode is mode
        made.halt()
        made.resume()
        wait_until(lambda: word(made, firmware, "done") == 2)
        assert made.stop_mode.mode is None


WAKES = """
#define RTC_(offset) REG(RTC + (offset))
void wake_up(void) {
  ++woken;
  RTC_(0x0Cu) &= ~(1u << 10);
  REG(PENDING) = 1u << LINE;
}
void reset(void) {
  done = ticks = woken = 0;
  REG(BDCR) = 1u << 15 | 1u << 8 | 1u;
  RTC_(0x14u) = 511u;
  REG(RTSR) |= 1u << LINE; REG(IMR) |= 1u << LINE;
  RTC_(0x08u) = 1u << 14 | 1u << 10;
  ENABLE_LINE(3);
  count();
  power(0);
  before = CYCCNT;
  WFI; WFI; WFI; WFI;
  after = CYCCNT;
  done = 1;
  for (;;) WFI;
}
"""


@BOARDS
def test_the_rtc_wakes_the_core(board: Board, tmp_path: Path) -> None:
    """512 x 16 / 32768 Hz = 0.25 s four times; neither SysTick nor CYCCNT counts meanwhile."""
    firmware = firmware_of(board, tmp_path, WAKES, {3: "wake_up"})
    with machine(board, firmware) as made:
        wait_until(lambda: word(made, firmware, "done") == 1)
        assert not made.stop_mode.for_good
        made.halt()
        assert word(made, firmware, "woken") >= 4
        count = word(made, firmware, "woken")
        assert count / 4 - 0.01 < made.now() < count / 4 + 0.26
        assert word(made, firmware, "after") - word(made, firmware, "before") < 5_000
        assert word(made, firmware, "ticks") <= 5


CLOCK_AFTER = """
#define RTC_(offset) REG(RTC + (offset))
void wake_up(void) { RTC_(0x0Cu) &= ~(1u << 10); REG(PENDING) = 1u << LINE; ++woken; }
void reset(void) {
  done = woken = 0;
  REG(BDCR) = 1u << 15 | 1u << 8 | 1u;
  RTC_(0x14u) = 99u;
  REG(RTSR) |= 1u << LINE; REG(IMR) |= 1u << LINE;
  RTC_(0x08u) = 1u << 14 | 1u << 10;
  ENABLE_LINE(3);
  FASTER
  power(0);
  done = 1;
  while (!GO) {}
  WFI;
  done = 2;
  for (;;) {}
}
"""
FASTER = {
    # HSE 8 MHz
    "f4": ("REG(0x40023800u) |= 1u << 16; REG(0x40023808u) = 1u;", 8e6, 16e6),
    # HSE 8 MHz
    "h7": ("REG(0x58024400u) |= 1u << 16; REG(0x58024410u) = 2u;", 8e6, 64e6),
    # HSI, and after Stop mode HSI again: STOPWUCK
    "wb": ("REG(0x58000000u) |= 1u << 8; REG(0x58000008u) = 1u | 1u << 15;", 16e6, 16e6),
    "l4": ("REG(0x40021000u) |= 1u << 8; REG(0x40021008u) = 1u;", 16e6, 4e6),
}


@pytest.mark.parametrize("board", [F446, H7, WB, L4], ids=lambda board: board.family)
def test_the_clock_after_stop_mode(board: Board, tmp_path: Path) -> None:
    """HSI, or on parts with MSI what STOPWUCK selects."""
    code, awake, woken = FASTER[board.family]
    source = CLOCK_AFTER.replace("FASTER", code).replace("!GO", "0")
    firmware = firmware_of(board, tmp_path, source, {3: "wake_up"})
    with machine(board, firmware) as made:
        wait_until(lambda: word(made, firmware, "done") == 2)
        assert made.core_hz == woken
    firmware = firmware_of(board, tmp_path, source.replace("WFI;", "for (;;) {}"))
    with machine(board, firmware) as made:
        wait_until(lambda: word(made, firmware, "done") == 1)
        assert made.core_hz == awake


SOFTWARE = """
void line_7(void) { ++woken; REG(PENDING) = 1u << 7; }
void reset(void) {
  done = woken = 0;
  REG(IMR) |= 1u << 7;
  ENABLE_LINE(23);
  REG(SWIER) = 1u << 7;
  BARRIER;
  before = REG(PENDING) >> 7 & 1u;
  REG(IMR) &= ~(1u << 7); REG(EMR) |= 1u << 9;
  REG(SWIER) = 1u << 9;
  WFE_;
  done = 1;
  for (;;) {}
}
"""


@BOARDS
def test_lines_are_triggered_by_software(board: Board, tmp_path: Path) -> None:
    """An interrupt of EXTI9_5, whose flag is cleared; an event for WFE."""
    wfe = '#define WFE_ __asm volatile("wfe" ::: "memory")\n'
    firmware = firmware_of(board, tmp_path, wfe + SOFTWARE, {23: "line_7"})
    with machine(board, firmware) as made:
        wait_until(lambda: word(made, firmware, "done") == 1)
        assert word(made, firmware, "woken") == 1
        assert word(made, firmware, "before") == 0
