"""What the STM32H7 differ in: supply, over-drive, banks of flash, memories."""

from __future__ import annotations

import pytest

from tests.fakes.stations import machine
from tinylab.boards import clocks
from tinylab.boards.board import Board
from tinylab.boards.catalog import by_name
from tinylab.sim.machine import Machine

H723, H743, H7A3 = (by_name(f"nucleo_{name}") for name in ("h723zg", "h743zi2", "h7a3zi_q"))
BOARDS = pytest.mark.parametrize("board", [H723, H743, H7A3], ids=lambda board: board.name)
TWO_BANKS = pytest.mark.parametrize("board", [H743, H7A3], ids=lambda board: board.name)

RCC_CR, RCC_CFGR, RCC_APB4ENR = 0x5802_4400, 0x5802_4410, 0x5802_44F4
PWR_CSR1, PWR_CR3, PWR_D3CR, SYSCFG_PWRCR = 0x5802_4804, 0x5802_480C, 0x5802_4818, 0x5800_042C
FLASH = 0x0800_0000
FLASH_ACR, KEYR, CR, SR, CCR = (0x5200_2000 + offset for offset in (0, 4, 0xC, 0x10, 0x14))
REGISTERS = {
    "flash_acr": FLASH_ACR,
    "rcc_pllckselr": 0x5802_4428,
    "rcc_pllcfgr": 0x5802_442C,
    "rcc_pll1divr": 0x5802_4430,
    "rcc_d1cfgr": 0x5802_4418,
    "rcc_d2cfgr": 0x5802_441C,
    "rcc_d3cfgr": 0x5802_4420,
}
HSIRDY, PLL1ON, PLL1RDY = 1 << 2, 1 << 24, 1 << 25
VOSRDY = ACTVOSRDY = 1 << 13
SYSCFGEN, ODEN = 1 << 1, 1
LDO, SMPS = 0b010, 0b100
BANK_2 = 0x100
LOCK, PG, SER, BER = 1, 1 << 1, 1 << 2, 1 << 3
WBNE, PGSERR, INCERR = 1 << 1, 1 << 18, 1 << 21
KEYS = (0x4567_0123, 0xCDEF_89AB)
START = {H743.name: 1 << 7, H7A3.name: 1 << 5}
SNB = {H743.name: 8, H7A3.name: 6}
FLASH_WORD = {H743.name: 8, H7A3.name: 4}
"""In 32-bit words."""


def put(made: Machine, address: int, *words: int) -> None:
    for index, word in enumerate(words):
        assert made.debug_write(address + 4 * index, word.to_bytes(4, "little"), 4)


def get(made: Machine, address: int) -> int:
    data = made.debug_read(address, 4, 4)
    assert data is not None
    return int.from_bytes(data, "little")


def words_for(board: Board, mhz: float) -> dict[str, int]:
    return dict(zip(clocks.words_of(board), clocks.solve(board, mhz * 1e6).words, strict=True))


@BOARDS
def test_the_board_runs_at_the_frequency_that_the_solver_meant(board: Board) -> None:
    for mhz in (8, *board.common_clocks_mhz):
        words = words_for(board, mhz)
        with machine(board) as made:
            assert get(made, RCC_CR) & HSIRDY
            for name, address in REGISTERS.items():
                put(made, address, words[name])
            assert not get(made, RCC_CR) & PLL1RDY
            put(made, RCC_CR, get(made, RCC_CR) | PLL1ON)
            assert get(made, RCC_CR) & PLL1RDY
            put(made, RCC_CFGR, 3)
            assert made.core_hz == pytest.approx(mhz * 1e6, abs=500)
            timing = made.part.memory_timing(made.part.rcc.tree)
            settings = clocks.solve(board, mhz * 1e6)
            assert timing.wait_states == settings.wait_states
            assert timing.bus_ratio == round(settings.hz / settings.bus_hz)


@BOARDS
def test_the_voltage_rises_only_from_the_supply_that_the_board_has(board: Board) -> None:
    right = board.clocks.supply_cr3
    lowest, highest = (board.clocks.voltage_codes[index] << 14 for index in (0, -1))
    for supply in (LDO, SMPS):
        with machine(board) as made:
            put(made, PWR_D3CR, highest)
            assert not get(made, PWR_D3CR) & VOSRDY
            assert not get(made, PWR_CSR1) & ACTVOSRDY
            put(made, PWR_CR3, supply)
            put(made, PWR_D3CR, highest)
            works = supply == right
            assert bool(get(made, PWR_CSR1) & ACTVOSRDY) is works
            assert bool(get(made, PWR_D3CR) & VOSRDY) is works
            assert get(made, PWR_CSR1) & 3 << 14 == (highest if works else lowest)


@BOARDS
def test_the_supply_is_said_once_and_outlives_a_reset(board: Board) -> None:
    right = board.clocks.supply_cr3
    with machine(board) as made:
        put(made, PWR_CR3, right)
        put(made, PWR_CR3, LDO | SMPS)
        made.reset()
        assert get(made, PWR_CR3) == right
        assert get(made, PWR_CSR1) & ACTVOSRDY
        assert get(made, PWR_D3CR) == board.clocks.voltage_codes[0] << 14 | VOSRDY


def test_the_over_drive_needs_its_clock_and_vos1() -> None:
    vos2, vos1 = 0b10 << 14, 0b11 << 14
    with machine(H743) as made:
        put(made, PWR_CR3, LDO)
        put(made, SYSCFG_PWRCR, ODEN)
        assert not get(made, SYSCFG_PWRCR) & ODEN
        put(made, RCC_APB4ENR, SYSCFGEN)
        put(made, PWR_D3CR, vos2)
        assert get(made, PWR_D3CR) & VOSRDY
        put(made, SYSCFG_PWRCR, ODEN)
        assert not get(made, PWR_D3CR) & VOSRDY
        put(made, PWR_D3CR, vos1)
        assert get(made, PWR_D3CR) & VOSRDY


def unlock(made: Machine, bank: int = 0) -> None:
    for key in KEYS:
        put(made, KEYR + bank, key)


@TWO_BANKS
def test_each_bank_has_its_own_lock_and_its_own_sectors(board: Board) -> None:
    half, words = board.flash.size // 2, range(FLASH_WORD[board.name])
    sector = board.flash_layout.sizes[0]
    with machine(board) as made:
        unlock(made, BANK_2)
        assert get(made, CR) & LOCK
        assert not get(made, CR + BANK_2) & LOCK
        put(made, CR + BANK_2, PG)
        put(made, FLASH, *words)
        put(made, FLASH + half, *words)
        put(made, FLASH + half + sector, *words)
        assert get(made, FLASH) == 0xFFFF_FFFF
        assert get(made, SR) & PGSERR
        assert [get(made, FLASH + half + 4 * index) for index in words] == list(words)
        assert not get(made, SR + BANK_2) & (PGSERR | WBNE)
        put(made, CR + BANK_2, SER | 1 << SNB[board.name] | START[board.name])
        assert get(made, FLASH + half) == 0
        assert get(made, FLASH + half + sector) == 0xFFFF_FFFF


@TWO_BANKS
def test_a_bank_is_erased_alone_and_a_sector_that_is_not_there_not_at_all(board: Board) -> None:
    half, words = board.flash.size // 2, range(FLASH_WORD[board.name])
    last = len(board.flash_layout.sizes) // 2 - 1
    with machine(board) as made:
        for bank, address in ((0, FLASH), (BANK_2, FLASH + half)):
            unlock(made, bank)
            put(made, CR + bank, PG)
            put(made, address, *words)
        put(made, CR, SER | last << SNB[board.name] | START[board.name])
        assert get(made, FLASH + half) == 0, "the last sector of bank 1 is not the first of bank 2"
        put(made, CR, BER | START[board.name])
        assert get(made, FLASH) == 0xFFFF_FFFF
        assert get(made, FLASH + half) == 0


def test_the_banks_share_the_access_register() -> None:
    with machine(H743) as made:
        put(made, FLASH_ACR + BANK_2, 0x24)
        assert get(made, FLASH_ACR) == 0x24
        assert made.part.flash.wait_states == 4


def test_the_h723_has_one_bank() -> None:
    with machine(H723) as made:
        unlock(made, BANK_2)
        put(made, CR + BANK_2, PG)
        assert get(made, CR + BANK_2) == get(made, SR + BANK_2) == 0
        assert get(made, CR) & LOCK


def test_the_h7a3_has_flash_words_of_half_the_size() -> None:
    with machine(H7A3) as made:
        unlock(made)
        put(made, CR, PG)
        put(made, FLASH, 0, 1, 2)
        assert get(made, SR) & WBNE
        put(made, FLASH + 12, 3)
        assert not get(made, SR) & WBNE
        put(made, FLASH + 16, 4)
        put(made, FLASH, 0)
        assert get(made, SR) & INCERR


@BOARDS
def test_every_memory_of_the_part_is_there(board: Board) -> None:
    with machine(board) as made:
        for memory in board.all_ram:
            if memory.clock is not None:
                put(made, memory.clock[0], 0xFFFF_FFFF)
            for address in (memory.base, memory.base + memory.size - 4):
                put(made, address, 0x1234_5678)
                assert get(made, address) == 0x1234_5678
