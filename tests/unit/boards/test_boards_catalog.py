"""What every board's record must hold, and what is said of the newest."""

from __future__ import annotations

import re
import tomllib
from typing import get_args

import pytest

from tinylab import paths
from tinylab.boards import calibration, catalog, clocks
from tinylab.boards.board import FLASH_KINDS, Board, Bus, FamilyName
from tinylab.boards.peripheral import PeripheralModel
from tinylab.sim import families, peripheral_factory
from tinylab.stream import frames

BLOCK = 0x400
SECTIONS = {
    "memories", "flash", "wait_states", "clocks", "peripherals", "identity", "serial", "probe",
    "timing",
}  # fmt: skip
BOARDS = pytest.mark.parametrize("board", catalog.all_boards(), ids=lambda board: board.name)


@BOARDS
def test_the_sectors_fill_the_flash(board: Board) -> None:
    assert sum(board.flash_layout.sizes) == board.flash.size


@BOARDS
def test_a_probe_is_known_by_its_boards_id(board: Board) -> None:
    assert catalog.by_board_id(board.identity.board_id) is board


@BOARDS
def test_every_section_has_its_source(board: Board) -> None:
    assert board.sources.keys() >= SECTIONS
    assert all(board.sources.values())
    assert board.expected_error_source


@BOARDS
def test_a_board_is_complete(board: Board) -> None:
    for text in (board.title, board.mcu, board.fpu, board.pyocd_target, board.caches):
        assert text
    assert board.timing
    assert board.serial.tx != board.serial.rx
    assert board.probe.swd_hz == {"V2-1": 4_600_000, "V3": 24_000_000}[board.probe.generation]
    assert not board.flash.base % 0x1000_0000 % board.flash_layout.sizes[0]


@BOARDS
def test_peripherals_do_not_overlap(board: Board) -> None:
    bases = [
        *board.peripherals.values(),
        board.serial.base,
        board.flash_layout.registers,
        board.identity.idcode_address,
    ]
    assert len({base // BLOCK for base in bases}) == len(bases)


@BOARDS
def test_every_common_clock_has_words(board: Board) -> None:
    low, high = clocks.limits(board)
    assert board.common_clocks_mhz[-1] * 1e6 == high
    for mhz in board.common_clocks_mhz:
        settings = clocks.solve(board, mhz * 1e6)
        assert low <= settings.hz <= high
        assert abs(settings.hz - mhz * 1e6) <= 500
        assert len(settings.words) == len(clocks.words_of(board)) <= frames.CLOCK_WORDS
        assert settings.bus_hz <= settings.hz


def test_boards_can_be_told_apart() -> None:
    boards = catalog.all_boards()
    for what in ("name", "title"):
        assert len({getattr(board, what) for board in boards}) == len(boards)
    assert len({board.identity.board_id for board in boards}) == len(boards)


def test_the_kinds_of_flash_controllers_are_those_that_are_emulated() -> None:
    assert set(FLASH_KINDS) == set(families.FLASH_KINDS)
    assert set(clocks.FAMILIES) == set(get_args(FamilyName))
    assert set(peripheral_factory.MODELS) == set(get_args(PeripheralModel))


@pytest.mark.parametrize("family", clocks.FAMILIES)
def test_every_family_has_its_file_in_the_firmware(family: str) -> None:
    sources = (paths.platformio_projects() / "bench" / "src").glob("clock_*.c")
    assert any(f"TL_FAMILY_{family.upper()}" in source.read_text() for source in sources)


@BOARDS
def test_the_stack_is_in_memory_without_wait_states(board: Board) -> None:
    assert board.ram[0].bus is Bus.TIGHT


def test_f4_sectors_are_unequal() -> None:
    for name in ("nucleo_f401re", "nucleo_f446re"):
        kilobytes = [size // 1024 for size in catalog.by_name(name).flash_layout.sizes]
        assert kilobytes == [16, 16, 16, 16, 64, 128, 128, 128]


def test_f7_sectors_are_unequal() -> None:
    kilobytes = [size // 1024 for size in catalog.by_name("stm32f746g_disco").flash_layout.sizes]
    assert kilobytes == [32] * 4 + [128] + [256] * 3
    kilobytes = [size // 1024 for size in catalog.by_name("nucleo_f767zi").flash_layout.sizes]
    assert kilobytes == [32] * 4 + [128] + [256] * 7


@BOARDS
def test_memories_of_two_buses_do_not_share_64_kib(board: Board) -> None:
    """The cycle models tell buses apart by 64 KiB."""
    granules: dict[int, Bus] = {}
    for memory in (board.flash, *board.ram):
        for granule in range(memory.base >> 16, (memory.base + memory.size - 1 >> 16) + 1):
            assert granules.setdefault(granule, memory.bus) is memory.bus


@BOARDS
def test_an_error_is_that_of_the_comparisons_with_silicon(board: Board) -> None:
    percent, source = board.expected_error_percent, board.expected_error_source
    assert (percent, source) == calibration.expected_error(board.name, board.core)
    assert percent is None or percent > 0
    assert source


def test_the_page_on_adding_a_board_explains_every_key() -> None:
    page = (paths.PACKAGE.parent / "docs" / "boards.md").read_text(encoding="utf-8")
    explained = set(re.findall(r"`(?:\[+)?([a-z0-9_]+)(?:\]+)?`", page))
    assert explained >= {"expected_error", "percent", "source"}, "which a file may leave out"
    for path in catalog.DATA.glob("*.toml"):
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        keys = set(table)
        for name in ("flash", "identity", "probe", "serial", "timing", "sources"):
            keys |= table[name].keys()
        keys |= {key for memory in table["ram"] for key in memory}
        assert keys <= explained, path.name
