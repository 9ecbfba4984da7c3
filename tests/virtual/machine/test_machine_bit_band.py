"""Bit-band aliases of the Cortex-M4, by firmware and by the debugger."""

from __future__ import annotations

import struct
from pathlib import Path

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from tests.fakes.bare_metal import compile_firmware
from tests.fakes.stations import machine, wait_until
from tests.virtual.machine.peripheral_firmware import F446, H7, L4, U5, WB, prefix, word
from tinylab.boards.board import Board
from tinylab.boards.catalog import by_name
from tinylab.sim.bit_band import BitBand, bit_bands
from tinylab.sim.peripherals.core.core_debug import CoreState

F401 = by_name("nucleo_f401re")
M4_BOARDS = pytest.mark.parametrize("board", [F401, F446, L4, WB], ids=lambda board: board.name)

BITS = """
NOINIT volatile uint32_t subject, results[8];
NOINIT volatile uint8_t bytes[4];
#define BIT(at, n) (0x22000000u + ((uint32_t)(at) - 0x20000000u) * 32u + 4u * (n))
void reset(void) {
  done = 0;
  subject = 0xFF00FF00u;
  REG(BIT(&subject, 3)) = 0xFFFFFFFFu;
  REG(BIT(&subject, 8)) = 0xFFFFFFFEu;
  results[0] = subject;
  results[1] = REG(BIT(&subject, 3));
  results[2] = REG(BIT(&subject, 8));
  bytes[0] = bytes[1] = bytes[2] = bytes[3] = 0;
  *(volatile uint8_t *)BIT(&bytes[2], 5) = 1;
  *(volatile uint16_t *)BIT(&bytes[1], 7) = 1;
  results[3] = bytes[0] | bytes[1] << 8 | bytes[2] << 16 | (uint32_t)bytes[3] << 24;
  results[4] = *(volatile uint8_t *)BIT(&bytes[2], 5);
  done = 1;
  for (;;) {}
}
"""


@M4_BOARDS
def test_bits_of_ram(board: Board, tmp_path: Path) -> None:
    firmware = compile_firmware(board, tmp_path, prefix() + BITS)
    with machine(board, firmware) as made:
        wait_until(lambda: word(made, firmware, "done") == 1)
        found = [word(made, firmware, "results", number) for number in range(5)]
        assert found == [0xFF00_FE08, 1, 0, 0x0020_8000, 1]
        assert not made.unknown_accesses


PLL = """
#define BIT(at, n) (0x42000000u + ((uint32_t)(at) - 0x40000000u) * 32u + 4u * (n))
NOINIT volatile uint32_t control, ready;
void reset(void) {
  done = 0;
  REG(BIT(0x40023800u, 24)) = 1u;
  while (!REG(BIT(0x40023800u, 25))) {}
  control = REG(0x40023800u);
  REG(BIT(0x40023800u, 24)) = 0u;
  ready = REG(0x40023800u);
  done = 1;
  for (;;) {}
}
"""


def test_the_pll_of_an_f4_starts_as_its_hal_starts_it(tmp_path: Path) -> None:
    """__HAL_RCC_PLL_ENABLE of the STM32F4 writes RCC_CR.PLLON through its alias."""
    firmware = compile_firmware(F401, tmp_path, prefix() + PLL)
    with machine(F401, firmware) as made:
        wait_until(lambda: word(made, firmware, "done") == 1)
        assert word(made, firmware, "control") & 0x0300_0000 == 0x0300_0000
        assert not word(made, firmware, "ready") & 0x0300_0000


TOUCH = """
#ifndef ADDRESS
#define ADDRESS 0x22000000u
#endif
void reset(void) { REG(ADDRESS) = 1; done = 1; for (;;) {} }
"""


@pytest.mark.parametrize("board", [H7, U5], ids=["h7", "u5"])
def test_other_cores_have_no_aliases(board: Board, tmp_path: Path) -> None:
    with machine(board, compile_firmware(board, tmp_path, prefix() + TOUCH)) as made:
        wait_until(lambda: made.state is CoreState.LOCKUP)
        assert made.fault_report is not None
        assert made.fault_report.bfar == 0x2200_0000


def test_the_alias_ends_with_the_memory(tmp_path: Path) -> None:
    end = 0x2200_0000 + 32 * F401.ram[0].size
    firmware = compile_firmware(F401, tmp_path, prefix(ADDRESS=end) + TOUCH)
    with machine(F401, firmware) as made:
        wait_until(lambda: made.state is CoreState.LOCKUP)
        assert made.fault_report is not None
        assert made.fault_report.bfar == end


def test_the_debugger_uses_the_aliases_too() -> None:
    with machine(WB) as made:
        made.halt()
        assert made.debug_write(0x2000_0100, bytes(4), 4)
        assert made.debug_write(0x2200_2000 + 4 * 5, struct.pack("<I", 1), 4)
        assert made.debug_read(0x2000_0100, 4, 4) == struct.pack("<I", 1 << 5)
        assert made.debug_read(0x2200_2000 + 4 * 5, 4, 4) == struct.pack("<I", 1)


@settings(max_examples=300)
@given(
    st.integers(0, 15),
    st.integers(0, 7),
    st.sampled_from([1, 2, 4]),
    st.integers(0, 0xFFFF_FFFF),
    st.binary(min_size=16, max_size=16),
)
def test_a_write_changes_its_bit_only(
    byte: int, bit: int, size: int, value: int, before: bytes
) -> None:
    memory = bytearray(before)

    def load(address: int, size: int) -> int:
        assert address % size == 0
        return int.from_bytes(memory[address : address + size], "little")

    def store(address: int, size: int, word: int) -> None:
        memory[address : address + size] = word.to_bytes(size, "little")

    band = BitBand(0x1000, 0, 16 * 32, load, store)
    band.write(0x1000 + 32 * byte + 4 * bit, size, value)
    wanted = bytearray(before)
    wanted[byte] = wanted[byte] & ~(1 << bit) | (value & 1) << bit
    assert memory == wanted
    assert band.read(0x1000 + 32 * byte + 4 * bit, size) == value & 1


def test_only_the_m4_has_them() -> None:
    unused = (lambda _address, _size: 0), (lambda _address, _size, _value: None)
    assert not list(bit_bands(H7, unused, unused))
    assert {band.base for band in bit_bands(F401, unused, unused)} == {0x2200_0000, 0x4200_0000}
