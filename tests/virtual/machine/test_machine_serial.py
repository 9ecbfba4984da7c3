"""The serial port's other end: what the probe gets and gives, in simulated time."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fakes.bare_metal import compile_firmware
from tests.fakes.stations import burn, machine, wait_until
from tinylab.boards.board import Board
from tinylab.boards.catalog import by_name

WB, F446, H7 = (by_name(f"nucleo_{name}") for name in ("wb55rg", "f446re", "h723zg"))
NEWER = {"CR1": 0, "BRR": 3, "STATUS": 7, "RECEIVE": 9, "SEND": 10, "ENABLE": 1}
OLDER = {"CR1": 3, "BRR": 2, "STATUS": 0, "RECEIVE": 1, "SEND": 1, "ENABLE": 1 << 13}
BOARDS = pytest.mark.parametrize(
    ("board", "registers"), [(WB, NEWER), (F446, OLDER), (H7, NEWER)], ids=["wb", "f4", "h7"]
)

ECHO = """
NOINIT volatile uint32_t received;
void reset(void) {
  volatile uint32_t *const port = (volatile uint32_t *)PORT;
  received = 0;
  port[BRR] = CLOCK / 115200u;
  port[CR1] = ENABLE | 0xCu;
  for (;;) {
    while (!(port[STATUS] & 0x20u)) {}
    const uint32_t byte = port[RECEIVE];
    while (!(port[STATUS] & 0x80u)) {}
    port[SEND] = byte + 1u;
    ++received;
  }
}
"""


def defined(board: Board, registers: dict[str, int], source: str) -> str:
    names = registers | {"CLOCK": board.clocks.reset_hz, "PORT": board.serial.base}
    return "".join(f"#define {name} {value}u\n" for name, value in names.items()) + source


@BOARDS
def test_bytes_go_there_and_back_at_the_baud_rate(
    board: Board, registers: dict[str, int], tmp_path: Path
) -> None:
    firmware = compile_firmware(board, tmp_path, defined(board, registers, ECHO))
    with machine(board) as made:
        heard: list[tuple[int, float]] = []
        made.on_serial = lambda byte: heard.append((byte, made.now()))
        burn(made, firmware)
        made.send_serial(b"abcdefgh")
        wait_until(lambda: len(heard) == 8)
    assert bytes(byte for byte, _ in heard) == b"bcdefghi"
    assert heard[-1][1] - heard[0][1] >= 7 * 10 / 119_000


@BOARDS
def test_reading_a_byte_takes_its_flag_away(
    board: Board, registers: dict[str, int], tmp_path: Path
) -> None:
    source = """
NOINIT volatile uint32_t done, bytes[4], flags;
void reset(void) {
  volatile uint32_t *const port = (volatile uint32_t *)PORT;
  done = flags = 0;
  port[BRR] = CLOCK / 115200u;
  port[CR1] = ENABLE | 0xCu;
  for (int i = 0; i < 4; ++i) {
    while (!(port[STATUS] & 0x20u)) {}
    bytes[i] = port[RECEIVE];
    flags |= port[STATUS] & 0x20u;
  }
  done = 1;
  for (;;) {}
}
"""
    firmware = compile_firmware(board, tmp_path, defined(board, registers, source))
    with machine(board, firmware) as made:
        made.send_serial(b"wxyz")
        wait_until(lambda: made.read_memory(firmware.symbols["done"], 4) == b"\1\0\0\0")
        found = made.read_memory(firmware.symbols["bytes"], 16)
        assert found is not None
        assert found[::4] == b"wxyz"
        assert made.read_memory(firmware.symbols["flags"], 4) == bytes(4)


def test_what_is_not_emulated_is_listed_with_the_instruction(tmp_path: Path) -> None:
    source = """
NOINIT volatile uint32_t done;
__attribute__((noinline)) void culprit(void) {
  for (int i = 0; i < 3; ++i) REG(0x50000004u) = REG(0x50000000u) + 1;
}
void reset(void) { done = 0; culprit(); done = 1; for (;;) {} }
"""
    firmware = compile_firmware(WB, tmp_path, source)
    with machine(WB, firmware) as made:
        wait_until(lambda: made.read_memory(firmware.symbols["done"], 4) == b"\1\0\0\0")
        made.debug_read(0x5000_0008, 4, 4)
        found = made.unknown_accesses
    assert [(kind, address) for kind, address, _ in found] == [
        ("read", 0x5000_0000),
        ("write", 0x5000_0004),
    ]
    start = firmware.symbols["culprit"]
    assert all(start <= pc < start + 32 for _, _, pc in found)
