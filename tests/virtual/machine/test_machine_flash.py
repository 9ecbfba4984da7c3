"""The flash controllers refuse what silicon refuses."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.fakes.bare_metal import compile_firmware
from tests.fakes.stations import machine, wait_until
from tinylab.boards.board import Board
from tinylab.boards.catalog import by_name
from tinylab.sim.machine import Machine

WB, H7 = by_name("nucleo_wb55rg"), by_name("nucleo_h723zg")
F446 = by_name("nucleo_f446re")
L4 = by_name("nucleo_l4r5zi")
F746, F767 = by_name("stm32f746g_disco"), by_name("nucleo_f767zi")
KEYS = (0x4567_0123, 0xCDEF_89AB)
FLASH = 0x0800_0000
WB_KEYR, WB_SR, WB_CR = 0x5800_4008, 0x5800_4010, 0x5800_4014
H7_KEYR, H7_CR, H7_SR, H7_CCR = 0x5200_2004, 0x5200_200C, 0x5200_2010, 0x5200_2014
F4_KEYR, F4_SR, F4_CR = 0x4002_3C04, 0x4002_3C0C, 0x4002_3C10
WB_PG, WB_PER, WB_STRT, WB_LOCK = 1 << 0, 1 << 1, 1 << 16, 1 << 31
PROGERR, SIZERR, WB_PGSERR = 1 << 3, 1 << 6, 1 << 7
H7_LOCK, H7_PG, H7_SER, H7_FW, H7_START = 1 << 0, 1 << 1, 1 << 2, 1 << 6, 1 << 7
F4_PG, F4_SER, F4_MER, F4_X32 = 1 << 0, 1 << 1, 1 << 2, 2 << 8
F4_STRT, F4_LOCK = 1 << 16, 1 << 31
L4_KEYR, L4_SR, L4_CR, L4_LOCK = 0x4002_2008, 0x4002_2010, 0x4002_2014, 1 << 31
L4_MER1, L4_BKER, L4_MER2 = 1 << 2, 1 << 11, 1 << 15
L4_OPTR, DBANK = 0x4002_2020, 1 << 22
F7_OPTCR, NDBANK = 0x4002_3C14, 1 << 29
F4_PGPERR, F4_PGSERR = 1 << 6, 1 << 7
H7_PGSERR, H7_WBNE = 1 << 18, 1 << 1


def put(made: Machine, address: int, *words: int) -> None:
    for index, word in enumerate(words):
        made.debug_write(address + 4 * index, word.to_bytes(4, "little"), 4)


def get(made: Machine, address: int) -> int:
    data = made.debug_read(address, 4, 4)
    assert data is not None
    return int.from_bytes(data, "little")


def unlock(made: Machine, keyr: int) -> None:
    for key in KEYS:
        put(made, keyr, key)


@pytest.fixture
def wb() -> Iterator[Machine]:
    with machine(WB) as made:
        yield made


@pytest.fixture
def h7() -> Iterator[Machine]:
    with machine(H7) as made:
        yield made


@pytest.fixture
def f4() -> Iterator[Machine]:
    with machine(F446) as made:
        yield made


def test_flash_is_erased_at_first(wb: Machine) -> None:
    assert get(wb, FLASH) == get(wb, FLASH + 0xF_FFFC) == 0xFFFF_FFFF


def test_wb_refuses_a_store_while_locked(wb: Machine) -> None:
    put(wb, WB_CR, WB_PG)
    put(wb, FLASH, 1, 2)
    assert get(wb, FLASH) == 0xFFFF_FFFF
    assert get(wb, WB_SR) & WB_PGSERR
    assert get(wb, WB_CR) & WB_LOCK


def test_h7_refuses_a_store_while_locked(h7: Machine) -> None:
    put(h7, H7_CR, H7_PG)
    put(h7, FLASH, *range(8))
    assert get(h7, FLASH) == 0xFFFF_FFFF
    assert get(h7, H7_SR) & H7_PGSERR


@pytest.mark.parametrize(
    ("board", "keyr", "control", "lock"),
    [
        (WB, WB_KEYR, WB_CR, WB_LOCK),
        (H7, H7_KEYR, H7_CR, H7_LOCK),
        (F446, F4_KEYR, F4_CR, F4_LOCK),
        (F746, F4_KEYR, F4_CR, F4_LOCK),
        (L4, L4_KEYR, L4_CR, L4_LOCK),
    ],
    ids=["wb", "h7", "f4", "f7", "l4"],
)
def test_a_wrong_key_locks_until_reset(board: Board, keyr: int, control: int, lock: int) -> None:
    with machine(board) as made:
        put(made, keyr, 0x1234)
        unlock(made, keyr)
        assert get(made, control) & lock
        made.reset()
        unlock(made, keyr)
        assert not get(made, control) & lock


def test_wb_programs_erases_and_locks_again(wb: Machine) -> None:
    unlock(wb, WB_KEYR)
    put(wb, WB_CR, WB_PG)
    put(wb, FLASH + 0x1008, 0x1122_3344, 0x5566_7788)
    assert get(wb, FLASH + 0x1008) == 0x1122_3344
    assert get(wb, FLASH + 0x100C) == 0x5566_7788
    assert not get(wb, WB_SR)
    put(wb, WB_CR, WB_PER | 1 << 3)
    put(wb, WB_CR, WB_PER | 1 << 3 | WB_STRT)
    assert get(wb, FLASH + 0x1008) == 0xFFFF_FFFF
    put(wb, WB_CR, WB_LOCK)
    assert get(wb, WB_CR) & WB_LOCK


def test_wb_flash_is_seen_at_address_0_too(wb: Machine) -> None:
    unlock(wb, WB_KEYR)
    put(wb, WB_CR, WB_PG)
    put(wb, FLASH, 0xAAAA_5555, 0x1234_5678)
    assert get(wb, 0) == 0xAAAA_5555


def test_wb_does_not_program_twice_except_to_zero(wb: Machine) -> None:
    unlock(wb, WB_KEYR)
    put(wb, WB_CR, WB_PG)
    put(wb, FLASH, 0xF0F0_F0F0, 0)
    put(wb, FLASH, 0, 0)
    assert get(wb, FLASH) == 0
    put(wb, FLASH, 1, 0)
    assert get(wb, FLASH) == 0
    assert get(wb, WB_SR) & PROGERR


def test_wb_takes_no_bytes(wb: Machine) -> None:
    unlock(wb, WB_KEYR)
    put(wb, WB_CR, WB_PG)
    wb.debug_write(FLASH, b"\x00", 1)
    assert get(wb, FLASH) == 0xFFFF_FFFF
    assert get(wb, WB_SR) & SIZERR


def test_wb_stops_after_an_error_until_it_is_cleared(wb: Machine) -> None:
    unlock(wb, WB_KEYR)
    put(wb, FLASH, 1, 2)
    put(wb, WB_CR, WB_PG)
    put(wb, FLASH, 1, 2)
    assert get(wb, FLASH) == 0xFFFF_FFFF
    put(wb, WB_SR, WB_PGSERR)
    put(wb, FLASH, 1, 2)
    assert get(wb, FLASH) == 1


def test_h7_collects_a_flash_word(h7: Machine) -> None:
    unlock(h7, H7_KEYR)
    put(h7, H7_CR, H7_PG)
    put(h7, FLASH, *range(7))
    assert get(h7, H7_SR) & H7_WBNE
    put(h7, FLASH + 28, 7)
    assert not get(h7, H7_SR) & H7_WBNE
    assert [get(h7, FLASH + 4 * n) for n in range(8)] == list(range(8))


def test_h7_programs_a_piece_of_a_flash_word_when_forced(h7: Machine) -> None:
    unlock(h7, H7_KEYR)
    put(h7, H7_CR, H7_PG)
    put(h7, FLASH, 1)
    put(h7, H7_CR, H7_PG | H7_FW)
    assert not get(h7, H7_SR) & H7_WBNE
    assert get(h7, FLASH) == 1


def test_h7_erases_a_sector(h7: Machine) -> None:
    unlock(h7, H7_KEYR)
    put(h7, H7_CR, H7_PG)
    put(h7, FLASH + 0x2_0000, *range(8))
    put(h7, H7_CR, H7_SER | 1 << 8 | H7_START)
    assert get(h7, FLASH + 0x2_0000) == 0xFFFF_FFFF


def test_f4_refuses_a_store_while_locked(f4: Machine) -> None:
    put(f4, F4_CR, F4_PG | F4_X32)
    put(f4, FLASH, 1)
    assert get(f4, FLASH) == 0xFFFF_FFFF
    assert get(f4, F4_SR) & F4_PGSERR
    put(f4, F4_SR, F4_PGSERR)
    assert not get(f4, F4_SR)


def test_f4_takes_stores_of_the_width_that_was_set(f4: Machine) -> None:
    unlock(f4, F4_KEYR)
    put(f4, F4_CR, F4_PG)
    put(f4, FLASH, 0x1122_3344)
    assert get(f4, FLASH) == 0xFFFF_FFFF
    assert get(f4, F4_SR) & F4_PGPERR
    f4.debug_write(FLASH, b"\x5a", 1)
    put(f4, F4_CR, F4_PG | F4_X32)
    put(f4, FLASH + 4, 0x1122_3344)
    assert (get(f4, FLASH), get(f4, FLASH + 4)) == (0xFFFF_FF5A, 0x1122_3344)
    put(f4, FLASH + 4, 0xFFFF_0000)
    assert get(f4, FLASH + 4) == 0x1122_0000, "bits are only ever cleared"


@pytest.mark.parametrize(
    ("sector", "start", "end"),
    [(0, 0, 0x4000), (3, 0xC000, 0x1_0000), (4, 0x1_0000, 0x2_0000), (5, 0x2_0000, 0x4_0000),
     (7, 0x6_0000, 0x8_0000)],
)  # fmt: skip
def test_f4_erases_sectors_of_unequal_sizes(sector: int, start: int, end: int, f4: Machine) -> None:
    """The words at the edges of the sector, and their neighbours outside it."""
    size = F446.flash.size
    inside, outside = (start, end - 4), ((start - 4) % size, end % size)
    unlock(f4, F4_KEYR)
    put(f4, F4_CR, F4_PG | F4_X32)
    for offset in (*inside, *outside):
        put(f4, FLASH + offset, offset)
    put(f4, F4_CR, F4_SER | sector << 3 | F4_STRT)
    assert [get(f4, FLASH + offset) for offset in inside] == [0xFFFF_FFFF] * 2
    assert [get(f4, FLASH + offset) for offset in outside] == list(outside)
    put(f4, F4_CR, F4_MER | F4_STRT)
    assert [get(f4, FLASH + offset) for offset in outside] == [0xFFFF_FFFF] * 2
    put(f4, F4_CR, F4_LOCK)
    assert get(f4, F4_CR) & F4_LOCK


@pytest.mark.parametrize(
    ("board", "sector", "start", "end"),
    [(F746, 3, 0x1_8000, 0x2_0000), (F746, 4, 0x2_0000, 0x4_0000), (F746, 7, 0xC_0000, 0x10_0000),
     (F767, 4, 0x2_0000, 0x4_0000), (F767, 11, 0x1C_0000, 0x20_0000)],
)  # fmt: skip
def test_f7_erases_sectors_of_unequal_sizes(
    board: Board, sector: int, start: int, end: int
) -> None:
    size = board.flash.size
    inside, outside = (start, end - 4), ((start - 4) % size, end % size)
    with machine(board) as made:
        unlock(made, F4_KEYR)
        put(made, F4_CR, F4_PG | F4_X32)
        for offset in (*inside, *outside):
            put(made, FLASH + offset, offset)
        put(made, F4_CR, F4_SER | sector << 3 | F4_STRT)
        assert [get(made, FLASH + offset) for offset in inside] == [0xFFFF_FFFF] * 2
        assert [get(made, FLASH + offset) for offset in outside] == list(outside)


def test_f7_flash_is_on_the_itcm_bus_too_and_only_there_at_reset() -> None:
    with machine(F746) as made:
        unlock(made, F4_KEYR)
        put(made, F4_CR, F4_PG | F4_X32)
        put(made, FLASH + 0x1234, 0xAAAA_5555)
        assert get(made, 0x0020_1234) == 0xAAAA_5555
        assert get(made, 0x1234) == 0, "address 0 is the ITCM's RAM"
        assert get(made, 0xE000_ED08) == 0x0020_0000, "VTOR"


def test_f7_parts_come_with_one_bank() -> None:
    with machine(F746) as f746, machine(F767) as f767:
        assert get(f767, F7_OPTCR) == 0xFFFF_AAFD
        assert get(f767, F7_OPTCR) & NDBANK
        assert get(f746, F7_OPTCR) == 0xC0FF_AAFD


@pytest.fixture
def l4() -> Iterator[Machine]:
    with machine(L4) as made:
        yield made


BANK_2 = FLASH + 0x10_0000
L4_MARKS = (FLASH, FLASH + 0x1000, BANK_2 - 8, BANK_2, BANK_2 + 0x1000, BANK_2 + 0xF_FFF8)


def l4_survivors(made: Machine, *controls: int) -> set[int]:
    """Which of the double words at L4_MARKS are still there after these erases."""
    unlock(made, L4_KEYR)
    put(made, L4_CR, WB_PG)
    for address in L4_MARKS:
        put(made, address, address, ~address & 0xFFFF_FFFF)
    assert not get(made, L4_SR)
    for control in controls:
        put(made, L4_CR, control)
        put(made, L4_CR, control | WB_STRT)
    return {address for address in L4_MARKS if get(made, address) == address}


@pytest.mark.parametrize(
    ("control", "erased"),
    [
        (WB_PER, {FLASH}),
        (WB_PER | 1 << 3, {FLASH + 0x1000}),
        (WB_PER | 255 << 3, {BANK_2 - 8}),
        (WB_PER | L4_BKER, {BANK_2}),
        (WB_PER | L4_BKER | 255 << 3, {BANK_2 + 0xF_FFF8}),
        (L4_MER1, {FLASH, FLASH + 0x1000, BANK_2 - 8}),
        (L4_MER2, {BANK_2, BANK_2 + 0x1000, BANK_2 + 0xF_FFF8}),
        (L4_MER1 | L4_MER2, set(L4_MARKS)),
    ],
)
def test_l4_erases_pages_and_banks(control: int, erased: set[int], l4: Machine) -> None:
    assert l4_survivors(l4, control) == set(L4_MARKS) - erased


def test_l4_comes_with_two_banks_and_boots_from_address_0(l4: Machine) -> None:
    assert get(l4, L4_OPTR) & DBANK
    assert l4_survivors(l4) == set(L4_MARKS)
    assert get(l4, 0) == FLASH
    assert get(l4, 0xE000_ED08) == 0, "VTOR"


def test_l4_does_not_program_twice_except_to_zero(l4: Machine) -> None:
    unlock(l4, L4_KEYR)
    put(l4, L4_CR, WB_PG)
    put(l4, FLASH, 0xF0F0_F0F0, 0)
    put(l4, FLASH, 1, 0)
    assert get(l4, FLASH) == 0xF0F0_F0F0
    assert get(l4, L4_SR) & PROGERR


FIRMWARE = """
NOINIT volatile uint32_t done, status;
void reset(void) {
  done = 0;
  UNLOCK
  REG(TARGET) = 0x12345678;
  REG(TARGET + 4) = 0x9ABCDEF0;
  status = REG(STATUS);
  done = 1;
  for (;;) {}
}
"""


@pytest.mark.parametrize("locked", [True, False])
def test_firmware_meets_the_same_rules(
    locked: bool, tmp_path_factory: pytest.TempPathFactory
) -> None:
    unlocking = f"REG({WB_KEYR}) = {KEYS[0]}u; REG({WB_KEYR}) = {KEYS[1]}u; REG({WB_CR}) = 1;"
    source = FIRMWARE.replace("UNLOCK", "" if locked else unlocking)
    source = source.replace("TARGET", "0x08010000u").replace("STATUS", f"{WB_SR:#x}u")
    firmware = compile_firmware(WB, tmp_path_factory.mktemp("firmware"), source)
    with machine(WB, firmware) as made:
        wait_until(lambda: get(made, firmware.symbols["done"]) == 1)
        made.halt()
        assert get(made, 0x0801_0000) == (0xFFFF_FFFF if locked else 0x1234_5678)
        assert bool(get(made, firmware.symbols["status"]) & WB_PGSERR) is locked
