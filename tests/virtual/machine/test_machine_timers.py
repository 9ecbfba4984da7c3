"""Timers as firmware uses them: by interrupts, polled, and for one pulse."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fakes.bare_metal import compile_firmware
from tests.fakes.stations import machine, wait_until
from tests.virtual.machine.peripheral_firmware import F446, F746, H7, L4, WB, prefix, word
from tinylab.boards.board import Board

TIMER = """
#define TIM ((volatile uint32_t *)BASE)
NOINIT volatile uint32_t updates, stamps[20];
void update(void) {
  TIM[4] = 0;
  BARRIER;
  if (updates < 20) stamps[updates] = REG(0xE0001004u);
  if (++updates == 20) done = 1;
}
void reset(void) {
  done = updates = 0;
  REG(0xE000EDFCu) = 1u << 24; REG(0xE0001FB0u) = 0xC5ACCE55u;
  REG(0xE0001004u) = 0; REG(0xE0001000u) = 1;
  SETUP
  TIM[10] = PRESCALER; TIM[11] = RELOAD; TIM[5] = 1; TIM[4] = 0;
  TIM[3] = 1; TIM[0] = 1;
  ENABLE_LINE(LINE);
  for (;;) {}
}
"""
F4_APB1_BY_4 = "REG(0x40023808u) = 5u << 10;"
H7_APB1_BY_2 = "REG(0x5802441Cu) = 4u << 4;"


@pytest.mark.parametrize(
    ("board", "name", "base", "setup", "cycles_per_tick"),
    [
        (WB, "TIM2", 0x4000_0000, "", 1),
        (WB, "TIM16", 0x4001_4400, "", 1),
        (F446, "TIM6", 0x4000_1000, "", 1),
        (F446, "TIM5", 0x4000_0C00, F4_APB1_BY_4, 2),
        (H7, "TIM16", 0x4001_4400, "", 1),
        (H7, "TIM7", 0x4000_1400, H7_APB1_BY_2, 1),
        (F746, "TIM5", 0x4000_0C00, F4_APB1_BY_4, 2),
        (F746, "TIM8", 0x4001_0400, "", 1),
        (L4, "TIM2", 0x4000_0000, "", 1),
    ],
)
def test_a_timer_interrupts_at_its_period(
    board: Board, name: str, base: int, setup: str, cycles_per_tick: int, tmp_path: Path
) -> None:
    line = board.interrupts[name]
    assert isinstance(line, int)
    known = prefix(BASE=base, LINE=line, PRESCALER=9, RELOAD=499)
    source = known + TIMER.replace("SETUP", setup)
    firmware = compile_firmware(board, tmp_path, source, {line: "update"})
    with machine(board, firmware) as made:
        wait_until(lambda: word(made, firmware, "done") == 1)
        stamps = [word(made, firmware, "stamps", n) for n in range(20)]
    mean = (stamps[-1] - stamps[1]) / 18
    assert mean == pytest.approx(10 * 500 * cycles_per_tick, abs=2)


def test_a_timer_can_be_polled_and_read(tmp_path: Path) -> None:
    source = (
        prefix(BASE=0x4000_0000)
        + """
#define TIM ((volatile uint32_t *)BASE)
NOINIT volatile uint32_t wraps, least, most, first, second;
void reset(void) {
  done = wraps = most = 0; least = ~0u;
  TIM[11] = 999; TIM[5] = 1; TIM[4] = 0; TIM[0] = 1;
  first = TIM[9]; for (volatile int i = 0; i < 10; ++i) {} second = TIM[9];
  while (wraps < 5) {
    const uint32_t count = TIM[9];
    if (count > most) most = count;
    if (count < least) least = count;
    if (TIM[4] & 1u) { TIM[4] = 0; ++wraps; }
  }
  done = 1;
  for (;;) {}
}
"""
    )
    firmware = compile_firmware(WB, tmp_path, source)
    with machine(WB, firmware) as made:
        wait_until(lambda: word(made, firmware, "done") == 1)
        assert word(made, firmware, "first") < word(made, firmware, "second") < 999
        assert word(made, firmware, "least") < 60
        assert 940 < word(made, firmware, "most") <= 999


def test_one_pulse_stops_the_timer(tmp_path: Path) -> None:
    source = (
        prefix(BASE=0x4000_0000)
        + """
#define TIM ((volatile uint32_t *)BASE)
NOINIT volatile uint32_t control, count;
void reset(void) {
  done = 0;
  TIM[11] = 99; TIM[5] = 1; TIM[4] = 0; TIM[0] = 9;
  while (!(TIM[4] & 1u)) {}
  control = TIM[0]; count = TIM[9];
  done = 1;
  for (;;) {}
}
"""
    )
    firmware = compile_firmware(WB, tmp_path, source)
    with machine(WB, firmware) as made:
        wait_until(lambda: word(made, firmware, "done") == 1)
        assert (word(made, firmware, "control"), word(made, firmware, "count")) == (8, 0)
