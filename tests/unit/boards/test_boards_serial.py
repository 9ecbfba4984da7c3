"""Baud rates of the boards' serial ports, and what the firmware is told of the ports."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tinylab.bench.plan.plan import Options, make_plan, parse_station
from tinylab.boards import catalog
from tinylab.boards.board import Board
from tinylab.boards.clocks import solve
from tinylab.boards.serial import BAUDS, TOLERANCE, rates
from tinylab.build.memory_map import serial_header
from tinylab.errors import BuildError, InputError

WB = catalog.by_name("nucleo_wb55rg")
BOARDS = pytest.mark.parametrize("board", catalog.all_boards(), ids=lambda board: board.name)


@BOARDS
def test_every_board_sends_at_the_fastest_rate_at_its_highest_clock(board: Board) -> None:
    made = rates(board, solve(board, board.max_hz))
    assert [rate.baud for rate in made] == list(BAUDS)


@BOARDS
def test_rates_that_are_offered_are_within_the_tolerance(board: Board) -> None:
    for mhz in board.common_clocks_mhz:
        clock = solve(board, mhz * 1e6)
        bus_hz = clock.apb_hz[0x4001_0000 <= board.serial.base < 0x4002_0000]
        unit = 256 if board.serial.name.startswith("LPUART") else 1
        for rate in rates(board, clock):
            assert unit * bus_hz / rate.divider == pytest.approx(rate.baud, rel=TOLERANCE)
            assert rate.divider >= (0x300 if unit > 1 else 16)


def test_a_slow_clock_has_slow_rates_or_none() -> None:
    assert [rate.baud for rate in rates(WB, solve(WB, 8e6))] == [460_800, 230_400, 115_200]
    with pytest.raises(InputError, match=r"At 1 MHz the serial port .* none of 921,600") as caught:
        rates(WB, solve(WB, 1e6))
    assert "higher clock" in caught.value.remedy


def test_asking_for_it_at_such_a_clock_is_told_before_anything_is_built() -> None:
    station = parse_station("sim:nucleo_wb55rg@1")
    assert make_plan([], [station], Options()).jobs
    with pytest.raises(InputError, match="At 1 MHz"):
        make_plan([], [station], Options(link="uart"))


def test_a_board_that_says_too_little_is_measured_over_swd_only() -> None:
    silent = replace(WB, serial=replace(WB.serial, alternate=None))
    with pytest.raises(InputError, match="its board file lacks its settings") as caught:
        rates(silent, solve(WB, 64e6))
    assert "docs/boards.md" in caught.value.remedy
    assert b"#define" not in serial_header(silent)


@BOARDS
def test_the_firmware_is_told_port_pin_and_clocks(board: Board) -> None:
    header = serial_header(board).decode()
    assert f"#define TL_SERIAL {board.serial.base:#010x}u" in header
    assert f"#define TL_SERIAL_PIN {int(board.serial.tx[2:])}u" in header
    assert f"#define TL_SERIAL_GPIO {board.peripherals['GPIO' + board.serial.tx[1]]:#010x}u" in (
        header
    )
    rcc = board.peripherals["RCC"]
    assert any(rcc <= address < rcc + 0x400 for address, _ in board.serial.enable)


def test_a_pin_of_a_port_that_is_not_listed_is_told() -> None:
    lost = replace(WB, peripherals={"RCC": 0, "PWR": 0})
    with pytest.raises(BuildError, match="has no GPIOB") as caught:
        serial_header(lost)
    assert "[peripherals]" in caught.value.remedy
