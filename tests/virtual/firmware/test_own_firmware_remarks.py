"""What is told of firmware on a virtual board: other ports, clocks of memories, all RAMs."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.fakes.own_firmware import own_elf, ran
from tinylab.boards.catalog import by_name
from tinylab.errors import ExitCode
from tinylab.export import firmware_table
from tinylab.results.firmware_record import FirmwareDocument, OtherPort

F401, H743 = by_name("nucleo_f401re"), by_name("nucleo_h743zi2")

ELSEWHERE = """
static void send_on_usart1(const char *text) {
  volatile uint32_t *const other = (volatile uint32_t *)0x40011000u;
  other[2] = CLOCK / 115200u;
  other[3] = 0x2008u;
  while (*text) {
    while (!(other[0] & 0x80u)) {}
    other[1] = (uint32_t)*text++;
  }
  while (!(other[0] & 0x40u)) {}
}
void reset(void) {
  send_on_usart1("hello, world");
  SAY
  for (;;) {}
}
"""
WARNING = "USART1 sent 12 bytes; the probe's port is connected to USART2 (PA2)."


def test_bytes_on_another_port_are_counted_and_told(tmp_path: Path) -> None:
    path = own_elf(F401, tmp_path, ELSEWHERE, ['-DSAY=serial_start(); print("up");'])
    found = ran(path, on="sim:nucleo_f401re")
    assert found.valid
    assert found.serial_text == "up"
    assert found.other_ports == (OtherPort("USART1", 12),)
    assert WARNING in found.warnings
    assert f"warning: {WARNING}" in list(firmware_table.remarks(found, trace=False))
    [row] = json.loads(json.dumps(FirmwareDocument("", "", (found,)).to_json()))["rows"]
    assert row["other_ports"] == [{"name": "USART1", "sent_bytes": 12}]


def test_a_silent_port_is_an_error_and_the_other_is_told(tmp_path: Path) -> None:
    path = own_elf(F401, tmp_path, ELSEWHERE, ["-DSAY="])
    found = ran(path, on="sim:nucleo_f401re", time_limit_s=0.1)
    assert found.error is not None
    assert found.error.exit_code == ExitCode.MEASUREMENT
    assert WARNING in found.warnings


D2 = """
#define D2 __attribute__((section(".d2,\\"aw\\",%nobits@")))
D2 static volatile uint32_t words[4];
void hard_fault(void) { for (;;) {} }
void reset(void) {
  serial_start();
  CLOCKED
  words[1] = 5u;
  print_number(words[1]); print(" is in D2");
  for (;;) {}
}
"""
IN_D2 = "-Wl,--section-start=.d2=0x30000000"


def test_variables_in_every_memory_of_the_part(tmp_path: Path) -> None:
    path = own_elf(H743, tmp_path, D2, ["-DCLOCKED=REG(0x580244DCu) |= 7u << 29;", IN_D2])
    found = ran(path, on="sim:nucleo_h743zi2")
    assert found.valid, found.error
    assert found.serial_text == "5 is in D2"
    assert not found.warnings


def test_a_memory_without_clock_faults_and_is_told(tmp_path: Path) -> None:
    found = ran(own_elf(H743, tmp_path, D2, ["-DCLOCKED=", IN_D2]), on="sim:nucleo_h743zi2")
    assert found.error is not None
    assert found.fault is not None
    assert found.fault.address == 0x3000_0004
    assert (
        "SRAM1 was accessed at 0x30000004 while its clock is off: bit 29 of the RCC register "
        "0x580244dc enables it."
    ) in found.warnings


def test_a_memory_that_the_part_lacks_is_named_with_those_it_has(tmp_path: Path) -> None:
    lacks = "-Wl,--section-start=.d2=0x30050000"
    path = own_elf(H743, tmp_path, D2, ["-DCLOCKED=", lacks])
    command = (sys.executable, "-m", "tinylab", "firmware", str(path), "--on", "sim:nucleo_h743zi2")
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == ExitCode.INPUT
    assert "variables at 0x30050000" in done.stderr
    assert "SRAM4 0x38000000 to 0x3800ffff" in done.stderr
