"""All RAMs of a part: aliases, clocks, backup SRAM, and what has no memory."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from tests.fakes.bare_metal import compile_firmware
from tests.fakes.stations import machine, wait_until
from tests.virtual.machine.peripheral_firmware import F446, H7, L4, U5, WB, prefix, word
from tinylab.boards import catalog
from tinylab.boards.board import Board
from tinylab.boards.catalog import by_name
from tinylab.sim.peripherals.core.core_debug import CoreState

H743, H7A3 = by_name("nucleo_h743zi2"), by_name("nucleo_h7a3zi_q")
RCC = 0x5802_4400
AHB2ENR, AHB4ENR = RCC + 0xDC, RCC + 0xE0

USES = """
NOINIT volatile uint32_t wrote, read, aliased;
void reset(void) {
  done = 0;
  REG(ENABLE) |= 1u << BIT;
  REG(ADDRESS) = 0x1234u;
  read = REG(ADDRESS);
  REG(ALIAS) = 0x5678u;
  aliased = REG(ADDRESS);
  done = 1;
  REG(ENABLE) &= ~(1u << BIT);
  wrote = 1;
  REG(ADDRESS) = 1u;
  done = 2;
  for (;;) {}
}
"""
GATED = {
    "h743 SRAM1": (H743, AHB2ENR, 29, 0x3000_0000, 0x1000_0000),
    "h743 SRAM2": (H743, AHB2ENR, 30, 0x3003_FFFC, 0x1003_FFFC),
    "h743 SRAM3": (H743, AHB2ENR, 31, 0x3004_7FFC, 0x1004_7FFC),
    "h743 backup": (H743, AHB4ENR, 28, 0x3880_0000, 0x3880_0000),
    "h723 SRAM2": (H7, AHB2ENR, 30, 0x3000_4000, 0x1000_4000),
    "h7a3 AHB SRAM2": (H7A3, AHB2ENR, 30, 0x3001_0000, 0x3001_0000),
    "h7a3 SRD SRAM": (H7A3, AHB4ENR, 29, 0x3800_0000, 0x3800_0000),
}


@pytest.mark.parametrize("name", GATED)
def test_a_memory_works_while_its_clock_is_enabled(name: str, tmp_path: Path) -> None:
    """In the same block of code as the enabling; afterwards its access is a bus fault."""
    board, register, bit, address, alias = GATED[name]
    defines = prefix(ENABLE=register, BIT=bit, ADDRESS=address, ALIAS=alias)
    with machine(board, firmware := compile_firmware(board, tmp_path, defines + USES)) as made:
        wait_until(lambda: made.state is CoreState.LOCKUP)
        assert word(made, firmware, "read") == 0x1234
        assert word(made, firmware, "aliased") == 0x5678
        assert (word(made, firmware, "done"), word(made, firmware, "wrote")) == (1, 1)
        assert made.fault_report is not None
        assert made.fault_report.bfar == address
        assert made.unclocked_access is not None
        assert made.unclocked_access.address == address
        assert (made.unclocked_access.register, made.unclocked_access.bit) == (register, bit)
        assert made.debug_read(address, 4, 4) is None
        assert not made.debug_write(address, bytes(4), 4)


@pytest.mark.parametrize("board", catalog.all_boards(), ids=lambda board: board.name)
def test_all_ram_is_one_memory_to_the_debugger(board: Board) -> None:
    """Also across the borders of adjacent memories; each alias shows its memory's bytes."""
    with machine(board) as made:
        made.halt()
        for register in {memory.clock[0] for memory in board.all_ram if memory.clock}:
            made.debug_write(register, b"\xff" * 4, 4)
        for memory in board.all_ram:
            data = memory.name.encode().ljust(16)[:16]
            assert made.debug_write(memory.base + memory.size - 16, data, 4)
            assert made.debug_read(memory.base + memory.size - 16, 16, 4) == data
        bases = {memory.base for memory in board.all_ram}
        for memory in board.all_ram:
            end = memory.base + memory.size
            if end in bases:
                assert made.debug_write(end - 8, bytes(range(16)), 4)
                assert made.debug_read(end - 8, 16, 4) == bytes(range(16))
        for alias in board.aliases:
            assert made.debug_write(alias.base + 64, b"alias", 1)
            assert made.debug_read(alias.of + 64, 5, 1) == b"alias"


def test_a_reset_closes_the_clocks_again() -> None:
    with machine(H743) as made:
        made.halt()
        made.debug_write(AHB2ENR, struct.pack("<I", 1 << 29), 4)
        assert made.debug_write(0x3000_0000, b"kept", 4)
        made.reset()
        made.halt()
        assert made.debug_read(0x3000_0000, 4, 4) is None
        made.debug_write(AHB2ENR, struct.pack("<I", 1 << 29), 4)
        assert made.debug_read(0x3000_0000, 4, 4) == b"kept"


def test_the_u5s_sram4_is_clocked_after_a_reset() -> None:
    with machine(U5) as made:
        made.halt()
        assert made.debug_write(0x2800_0000, b"sram", 4)


RUN_IN_SRAM2 = """
NOINIT volatile uint32_t result;
__attribute__((section(".text"), noinline)) static uint32_t twice(uint32_t x) { return 2u * x; }
void reset(void) {
  done = 0;
  const uint16_t *from = (const uint16_t *)((uint32_t)twice & ~1u);
  volatile uint16_t *to = (volatile uint16_t *)ADDRESS;
  for (int i = 0; i < 16; ++i) to[i] = from[i];
  BARRIER;
  result = ((uint32_t (*)(uint32_t))(ADDRESS | 1u))(21u);
  done = 1;
  for (;;) {}
}
"""


@pytest.mark.parametrize("board", [L4, WB], ids=["l4", "wb"])
@pytest.mark.parametrize("address", [0x1000_0000, 0x2003_0000])
def test_code_runs_in_sram2(board: Board, address: int, tmp_path: Path) -> None:
    firmware = compile_firmware(board, tmp_path, prefix(ADDRESS=address) + RUN_IN_SRAM2)
    with machine(board, firmware) as made:
        wait_until(lambda: word(made, firmware, "done") == 1)
        assert word(made, firmware, "result") == 42


@pytest.mark.parametrize("name", ["nucleo_f446re", "nucleo_f767zi", "stm32f746g_disco"])
def test_backup_sram_survives_a_reset(name: str) -> None:
    with machine(by_name(name)) as made:
        made.halt()
        for address, data in ((0x4002_4000, b"back"), (0x4002_4FFC, b"last")):
            assert made.debug_write(address, data, 4)
            made.reset()
            made.halt()
            assert made.debug_read(address, 4, 4) == data
        assert not made.unknown_accesses


READS = """
NOINIT volatile uint32_t value;
void reset(void) {
  done = 0;
  value = REG(ADDRESS); REG(ADDRESS) = 5u; value |= REG(ADDRESS);
  done = 1;
  for (;;) {}
}
"""


@pytest.mark.parametrize("address", [0xA000_0000, 0xA000_1000, 0xA000_1FFC])
def test_registers_of_external_memory_are_told_once(address: int, tmp_path: Path) -> None:
    firmware = compile_firmware(F446, tmp_path, prefix(ADDRESS=address) + READS)
    with machine(F446, firmware) as made:
        wait_until(lambda: word(made, firmware, "done") == 1)
        assert word(made, firmware, "value") == 0
        told = [(one.kind, one.address) for one in made.unknown_accesses]
        assert told == [("read", address), ("write", address)]


@pytest.mark.parametrize(
    ("board", "address"),
    [(F446, 0x6000_0000), (F446, 0x9000_0000), (F446, 0xA000_2000), (H7, 0xA000_1000)],
)
def test_external_memory_is_absent(board: Board, address: int, tmp_path: Path) -> None:
    with machine(board, compile_firmware(board, tmp_path, prefix(ADDRESS=address) + READS)) as made:
        wait_until(lambda: made.state is CoreState.LOCKUP)
        assert made.fault_report is not None
        assert made.fault_report.bfar == address
