"""Flashing goes through a flash algorithm in RAM, and is proved by reading back."""

from __future__ import annotations

import random

import pytest

from tests.fakes.stations import connected, station
from tinylab.boards.board import Board
from tinylab.boards.catalog import all_boards, by_name
from tinylab.errors import Interrupted, LinkError, StationError
from tinylab.probe import flash
from tinylab.probe.connection import Connection

WB, H7 = by_name("nucleo_wb55rg"), by_name("nucleo_h723zg")
F401, F446 = by_name("nucleo_f401re"), by_name("nucleo_f446re")
F746, F767 = by_name("stm32f746g_disco"), by_name("nucleo_f767zi")
BOARDS = pytest.mark.parametrize("board", all_boards(), ids=lambda board: board.name)
H743, H7A3 = by_name("nucleo_h743zi2"), by_name("nucleo_h7a3zi_q")


def noise(size: int, seed: int = 1) -> bytes:
    return random.Random(seed).randbytes(size)


def silent(done: float) -> None:
    """No progress wanted."""


@BOARDS
def test_what_was_programmed_is_there(board: Board) -> None:
    first, second = noise(50_001), noise(3_000, 2)
    segments = [(0x0800_0000, first), (0x0806_0010, second)]
    with connected(board) as connection:
        flash.program(connection, segments, silent)
        assert connection.read_bytes(0x0800_0000, len(first)) == first
        assert connection.read_bytes(0x0806_0010, len(second)) == second


@BOARDS
def test_programming_again_replaces(board: Board) -> None:
    with connected(board) as connection:
        for seed in (1, 2):
            data = noise(20_000, seed)
            flash.program(connection, [(0x0800_0000, data)], silent)
            assert connection.read_bytes(0x0800_0000, len(data)) == data


@BOARDS
def test_the_last_sector_can_be_programmed(board: Board) -> None:
    data = noise(256)
    address = board.flash.base + board.flash.size - len(data)
    with connected(board) as connection:
        flash.program(connection, [(address, data)], silent)
        assert connection.read_bytes(address, len(data)) == data


@pytest.mark.parametrize("board", [H743, H7A3], ids=lambda board: board.name)
def test_data_over_the_border_of_two_banks_is_programmed(board: Board) -> None:
    data = noise(3000)
    address = board.flash.base + board.flash.size // 2 - 1600
    with connected(board) as connection:
        flash.program(connection, [(address, data)], silent)
        assert connection.read_bytes(address, len(data)) == data


@BOARDS
def test_progress_goes_from_0_to_1_and_never_back(board: Board) -> None:
    seen: list[float] = []
    with connected(board) as connection:
        flash.program(connection, [(0x0800_0000, noise(40_000))], seen.append)
    assert seen[0] == 0.0
    assert seen[-1] == 1.0
    assert seen == sorted(seen)
    assert len(set(seen)) > 4


@BOARDS
@pytest.mark.parametrize("share", [0.0, 0.05, 0.5, 0.95])
def test_flashing_can_be_left_and_done_again(board: Board, share: float) -> None:
    """While erasing, programming and verifying; over the same connection and a new one."""

    def leave(done: float) -> None:
        if done >= share:
            raise Interrupted("Enough.")

    first, second = ([(0x0800_0000, noise(150_000, seed))] for seed in (1, 2))
    with station(board) as (bus, device):
        for _ in range(2):
            with Connection(bus, device.descriptor.serial_number, board) as connection:
                for _ in range(2):
                    with pytest.raises(Interrupted):
                        flash.program(connection, first, leave)
        with Connection(bus, device.descriptor.serial_number, board) as connection:
            flash.program(connection, second, silent)
            flash.verify(connection, second)


def test_data_outside_the_flash_is_refused() -> None:
    with connected(WB) as connection, pytest.raises(LinkError):
        flash.program(connection, [(0x0900_0000, b"1234")], silent)


def test_flash_that_holds_something_else_is_found_out() -> None:
    with connected(WB) as connection:
        data = noise(8192)
        flash.program(connection, [(0x0800_0000, data)], silent)
        wrong = data[:5000] + bytes([data[5000] ^ 1]) + data[5001:]
        with pytest.raises(LinkError, match="0x08000000"):
            flash.verify(connection, [(0x0800_0000, wrong)])


@pytest.mark.parametrize(
    ("real", "claimed"),
    [(WB, H7), (H7, WB), (F401, F446), (F746, F767), (H743, H7A3), (H7A3, H743)],
)
def test_another_chip_is_refused_before_anything_is_written(real: Board, claimed: Board) -> None:
    with station(real) as (bus, device):
        with (
            pytest.raises(StationError, match=claimed.mcu),
            Connection(bus, device.descriptor.serial_number, claimed) as connection,
        ):
            flash.program(connection, [(0x0800_0000, b"\0" * 4096)], silent)
        assert device.machine.memory.flash.buffer[:4096] == b"\xff" * 4096
