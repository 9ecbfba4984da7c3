"""One baud rate of a port in both directions, or why there is none."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tinylab.boards import catalog, serial
from tinylab.boards.board import Board
from tinylab.boards.clocks import solve
from tinylab.errors import InputError

L4 = catalog.by_name("nucleo_l4r5zi")


@pytest.mark.parametrize("board", catalog.all_boards(), ids=lambda board: board.name)
def test_every_board_receives(board: Board) -> None:
    assert serial.rate(board, solve(board, board.max_hz), 115_200).baud == 115_200


@pytest.mark.parametrize("lacking", [{"alternate": None}, {"enable": ()}, {"rx": ""}, {"rx": "R"}])
def test_a_board_without_the_settings_is_told(lacking: dict[str, Any]) -> None:
    board = replace(L4, serial=replace(L4.serial, **lacking))
    with pytest.raises(InputError, match="its board file lacks its settings") as caught:
        serial.rate(board, solve(L4, 80e6), 115_200)
    assert "rx" in caught.value.remedy


def test_a_board_without_the_interrupt_is_told() -> None:
    board = replace(L4, interrupts={})
    with pytest.raises(InputError, match="lacks its settings"):
        serial.rate(board, solve(L4, 80e6), 115_200)


def test_a_rate_that_the_clock_does_not_give_is_told() -> None:
    with pytest.raises(InputError, match="does not support 921,600 baud"):
        serial.rate(L4, solve(L4, 1e6), 921_600)
