"""What every board's record must hold, and what is said of the newest."""

from __future__ import annotations

import pytest

from tinylab.boards import catalog
from tinylab.boards.board import Board, Bus

BOARDS = pytest.mark.parametrize("board", catalog.all_boards(), ids=lambda board: board.name)


@BOARDS
def test_the_sectors_fill_the_flash(board: Board) -> None:
    assert sum(board.flash_layout.sizes) == board.flash.size


@BOARDS
def test_a_probe_is_known_by_its_boards_id(board: Board) -> None:
    assert catalog.by_board_id(board.identity.board_id) is board


@BOARDS
def test_values_have_sources(board: Board) -> None:
    assert {"memories", "flash", "wait_states", "clocks", "timing"} <= board.sources.keys()
    assert all(board.sources.values())
    assert board.expected_error_source


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


def test_an_error_that_was_never_measured_is_not_a_number() -> None:
    known = {board.name: board.expected_error_percent for board in catalog.all_boards()}
    f4, f7 = ("nucleo_f401re", "nucleo_f446re"), ("stm32f746g_disco", "nucleo_f767zi")
    assert {known[name] for name in (*f4, *f7, "nucleo_l4r5zi")} == {None}
    assert known["nucleo_wb55rg"] == 2.0
