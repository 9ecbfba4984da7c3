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


def test_an_error_that_was_never_measured_is_not_a_number() -> None:
    known = {board.name: board.expected_error_percent for board in catalog.all_boards()}
    assert known["nucleo_f401re"] is known["nucleo_f446re"] is None
    assert known["nucleo_wb55rg"] == 2.0
