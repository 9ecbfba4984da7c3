"""A user's own images: ELF files with symbols, line information, and serial output."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tests.fakes.bare_metal import compile_firmware
from tinylab.boards.board import Board

NEWER = {"CR1": 0, "BRR": 3, "STATUS": 7, "RECEIVE": 9, "SEND": 10, "ENABLE": 1}
OLDER = {"CR1": 3, "BRR": 2, "STATUS": 0, "RECEIVE": 1, "SEND": 1, "ENABLE": 1 << 13}
"""Words of the USART's registers (RM0434; RM0390)."""

SERIAL = """
static volatile uint32_t *const port = (volatile uint32_t *)PORT;
static void serial_start(void) {
  port[BRR] = CLOCK / 115200u;
  port[CR1] = ENABLE | 0xCu;
}
static void put(char sign) {
  while (!(port[STATUS] & 0x80u)) {}
  port[SEND] = (uint32_t)sign;
}
static void print(const char *text) { while (*text) put(*text++); }
static void print_number(uint32_t value) {
  char digits[10];
  int count = 0;
  do digits[count++] = (char)('0' + value % 10u); while (value /= 10u);
  while (count) put(digits[--count]);
}
static int sign_waits(void) { return (port[STATUS] & 0x20u) != 0; }
static char get(void) { while (!sign_waits()) {} return (char)port[RECEIVE]; }
#define CYCLES REG(0xE0001004u)
static void counter_start(void) {
  REG(0xE000EDFCu) |= 1u << 24;
  REG(0xE0001FB0u) = 0xC5ACCE55u;
  REG(0xE0001000u) |= 1u;
}
#define NOINLINE __attribute__((noinline, noclone))
"""


def own_elf(board: Board, folder: Path, source: str, flags: Sequence[str] = ()) -> Path:
    """The ELF of `source`, which has `void reset(void)` and may print; with line information."""
    folder.mkdir(exist_ok=True)
    registers = OLDER if board.family == "f4" else NEWER
    names = registers | {"CLOCK": board.clocks.reset_hz, "PORT": board.serial.base}
    defines = [f"-D{name}={value}u" for name, value in names.items()]
    always = ("-g", "-Wno-unused-function", *defines)
    whole = SERIAL + '#line 1 "main.c"\n' + source
    compile_firmware(board, folder, whole, flags=(*always, *flags))
    return folder / "main.elf"
