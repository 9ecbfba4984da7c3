"""A user's own images, with symbols, line information and serial output; and runs of them."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from tests.fakes.bare_metal import compile_firmware
from tinylab.bench.firmware.firmware_events import FirmwareFinished
from tinylab.bench.firmware.firmware_plan import FirmwareOptions, plan_firmware
from tinylab.bench.firmware.firmware_session import run
from tinylab.bench.plan.plan import parse_station
from tinylab.boards.board import Board
from tinylab.build.elf import parse
from tinylab.results.firmware_record import FirmwareRun
from tinylab.sim.virtual_probe.usb_bus import VirtualBus

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

WORK = """
NOINIT volatile uint32_t sink;
NOINLINE uint32_t work(uint32_t n) {
  uint32_t sum = 0;
  __asm volatile("" ::: "memory");
  for (uint32_t i = 0; i < n; ++i) sum += i * i ^ sum;
  return sum;
}
NOINLINE static uint32_t hidden(uint32_t n) { return work(n) + 1u; }
NOINLINE uint32_t tail(uint32_t n) { return work(n); }
NOINLINE uint32_t deep(uint32_t n) {
  const uint32_t below = n ? deep(n - 1u) : 0u;
  __asm volatile("" ::: "memory");
  return below + n;
}
NOINLINE uint32_t again(uint32_t n);
NOINLINE uint32_t caller(uint32_t n) { const uint32_t x = again(n); sink = x; return x + 1u; }
NOINLINE uint32_t again(uint32_t n) {
  const uint32_t x = n ? caller(n - 1u) : 0u;
  sink = x;
  return x + 2u;
}
NOINLINE void forever(void) { for (;;) sink = sink + 1u; }
void not_called(void);
NOINLINE void not_called(void) { sink = 7; }
void reset(void) {
  serial_start();
  counter_start();
  sink = 0;
  for (uint32_t i = 0; i < 30; ++i) {
    const uint32_t begun = CYCLES;
    sink = work(100);
    const uint32_t took = CYCLES - begun;
    print("work "); print_number(took); print("\\r\\n");
    sink = hidden(10); sink = tail(100); sink = deep(5); sink = caller(2);
  }
  print("done\\r\\n");
  if (sink == 1234567u) not_called();
  forever();
}
"""

WORK_CYCLES, SHORT_CYCLES = 705, 75
"""100 passes of 7 cycles: mul, eors, add, adds, cmp, and 2 of bne but 1 the last time; behind
4 of mov, cbz, movs, mov, before 2 of bx lr; or 10 passes.
Read off the machine code and the M4's manual."""

FAULTING = """
NOINIT volatile uint32_t sink;
NOINLINE void culprit(void) {
  HARM
  sink = 1;
}
void hard_fault(void) { for (;;) {} }
void reset(void) { serial_start(); print("up\\r\\n"); culprit(); for (;;) {} }
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


def address(path: Path, name: str) -> int:
    return parse(path.read_bytes()).symbols[name]


def events_of(
    path: Path, on: str = "sim:nucleo_wb55rg", bus: VirtualBus | None = None, **options: object
) -> list[object]:
    wanted = replace(FirmwareOptions(path), **options)  # type: ignore[arg-type]
    return list(run(plan_firmware(wanted, [parse_station(on)]), threading.Event(), bus))


def ran(path: Path, on: str = "sim:nucleo_wb55rg", **options: object) -> FirmwareRun:
    last = events_of(path, on, **options)[-1]
    assert isinstance(last, FirmwareFinished)
    return last.run
