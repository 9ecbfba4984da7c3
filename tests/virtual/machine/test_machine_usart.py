"""The serial port as firmware uses it: by interrupts, by flags, and up to a lock-up."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fakes.bare_metal import compile_firmware
from tests.fakes.stations import burn, machine, wait_until
from tests.virtual.machine.peripheral_firmware import ALL, TEXT, WB, echoed, serial, word
from tinylab.boards.board import Board

BY_INTERRUPT = """
NOINIT volatile uint8_t ring[64];
NOINIT volatile uint32_t head, tail, overruns;
void serial(void) {
  const uint32_t status = port[STATUS];
  if (status & 8u) ++overruns;
  if (status & 0x20u) ring[head++ % 64] = (uint8_t)port[RECEIVE];
  if (status & 0x80u) {
    if (tail != head) *(volatile uint8_t *)&port[SEND] = ring[tail++ % 64];
    if (tail == head) port[CR1] &= ~0x80u; else port[CR1] |= 0x80u;
  }
  if (tail != head) port[CR1] |= 0x80u;
}
void reset(void) {
  head = tail = overruns = 0;
  port[BRR] = CLOCK / 115200u;
  port[CR1] = UE | 0x2Cu;
  ENABLE_LINE(LINE);
  for (;;) WFI;
}
"""


@ALL
def test_an_interrupt_echoes_what_arrives(board: Board, tmp_path: Path) -> None:
    line = board.interrupts[board.serial.name]
    assert isinstance(line, int)
    firmware = compile_firmware(board, tmp_path, serial(board) + BY_INTERRUPT, {line: "serial"})
    with machine(board, firmware) as made:
        text, times = echoed(made, TEXT)
        assert text == TEXT
        assert word(made, firmware, "overruns") == 0
    frame = 10 * (int(board.clocks.reset_hz) // 115_200) / board.clocks.reset_hz
    assert times[-1] - times[0] == pytest.approx(frame * (len(TEXT) - 1), rel=0.05)


@ALL
def test_bytes_that_nobody_reads_overrun_and_the_line_gets_idle(
    board: Board, tmp_path: Path
) -> None:
    source = (
        serial(board)
        + """
NOINIT volatile uint32_t status, kept;
void reset(void) {
  done = 0;
  port[BRR] = CLOCK / 115200u;
  port[CR1] = UE | 0xCu;
  while (!(port[STATUS] & 0x10u)) {}
  status = port[STATUS];
  kept = port[RECEIVE];
  done = 1;
  for (;;) {}
}
"""
    )
    firmware = compile_firmware(board, tmp_path, source)
    with machine(board, firmware) as made:
        made.send_serial(b"ab")
        wait_until(lambda: word(made, firmware, "done") == 1)
        assert word(made, firmware, "status") & 0x38 == 0x38
        assert word(made, firmware, "kept") == ord("a")


def test_what_was_sent_before_a_lockup_still_arrives(tmp_path: Path) -> None:
    source = (
        serial(WB)
        + """
void reset(void) {
  port[BRR] = CLOCK / 115200u;
  port[CR1] = UE | 0xCu;
  port[SEND] = 'x'; port[SEND] = 'y';
  __asm volatile("udf #0");
}
"""
    )
    firmware = compile_firmware(WB, tmp_path, source)
    heard = bytearray()
    with machine(WB) as made:
        made.on_serial = heard.append
        burn(made, firmware)
        wait_until(lambda: len(heard) == 2)
    assert heard == b"xy"
