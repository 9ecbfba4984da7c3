"""The families' tables of peripherals by address, and what a board's file takes of them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import get_args

import pytest

from tests.unit.boards.test_board_file import MADE_UP
from tinylab.boards.board import FamilyName
from tinylab.boards.board_file import read_board
from tinylab.boards.catalog import DATA, all_boards, by_name
from tinylab.boards.family_table import family_table, model_of, of_family
from tinylab.boards.peripheral import PeripheralModel
from tinylab.errors import InputError

FAMILIES = pytest.mark.parametrize("family", get_args(FamilyName))


@FAMILIES
def test_a_table_goes_by_address(family: FamilyName) -> None:
    bases = [row.base for row in family_table(family).peripherals]
    assert bases == sorted(set(bases))
    assert family_table(family).source


@FAMILIES
def test_every_row_is_of_a_board(family: FamilyName) -> None:
    """But for ADC1 of the F4 and F7: it says that their ADC is not that of the others."""
    used = {
        (base, name)
        for board in all_boards()
        if board.family == family
        for name, base in {**board.peripherals, board.serial.name: board.serial.base}.items()
    }
    rows = {(row.base, row.name) for row in family_table(family).peripherals}
    assert rows - used <= {(0x4001_2000, "ADC1")}
    assert used <= rows


def test_a_board_has_the_rows_that_it_lists_and_its_serial_port() -> None:
    found = of_family("f4", ["RCC", "PWR", "TIM5", 0x4002_6000], "USART2")
    assert found.bases == {
        "RCC": 0x4002_3800, "PWR": 0x4000_7000, "TIM5": 0x4000_0C00, "DMA1": 0x4002_6000,
    }  # fmt: skip
    assert found.models["TIM5"] == "timer32"
    assert found.models["USART2"] == "usart_f4"
    assert found.interrupts == {
        "TIM5": 50, "USART2": 38, "DMA1": (11, 12, 13, 14, 15, 16, 17, 47),
    }  # fmt: skip
    assert found.dma_requests == {"USART2_RX": ((1, 5, 4),), "USART2_TX": ((1, 6, 4),)}


@pytest.mark.parametrize(
    ("listed", "what"),
    [
        ("TIM99", "peripherals lists TIM99, which is not in the table of h7 parts"),
        (0x4000_0004, "peripherals lists 0x40000004, which is not in the table of h7 parts"),
        ("CRC", "peripherals lists CRC, which is ambiguous; expected 0x40023000 or 0x58024c00"),
    ],
)
def test_what_is_not_in_the_table_is_told(listed: str | int, what: str) -> None:
    with pytest.raises(InputError, match=what):
        of_family("h7", [listed], "USART3")


def test_the_h7a3_is_told_from_its_relatives() -> None:
    h7a3, h723 = by_name("nucleo_h7a3zi_q"), by_name("nucleo_h723zg")
    for name in ("CRC", "HSEM"):
        assert h7a3.peripherals[name] != h723.peripherals[name]
    assert (h7a3.interrupts["UART9"], h723.interrupts["UART9"]) == (140, 155)


@pytest.mark.parametrize(
    ("family", "name", "model"),
    [
        ("f4", "TIM2", "timer32"),
        ("f4", "TIM20", "timer16"),
        ("f4", "UART7", "usart_f4"),
        ("f7", "UART9", "usart"),
        ("f4", "GPIOK", "gpio"),
        ("f4", "OTG_HS2", "otg"),
        ("f4", "ADC3", "registers"),
        ("u5", "ADC4", "adc"),
        ("f4", "RNG", "rng"),
        ("u5", "LPUART1", "lpuart"),
        ("f4", "DMA2D", "registers"),
        ("wb", "I2C1", "registers"),
    ],
)
def test_what_the_table_lacks_is_as_its_like(
    family: FamilyName, name: str, model: PeripheralModel
) -> None:
    assert model_of(family, name) == model


def relisted(names: Iterable[str]) -> str:
    """The made-up board's file with a list of names instead of a table of addresses."""
    head, _, rest = MADE_UP.read_text().partition("# Base addresses of the peripherals")
    after = rest[rest.index("# HSI 16 MHz ->") :]
    listed = ", ".join(f'"{name}"' for name in names)
    return f"peripherals = [{listed}]\n{head}{after}"


def test_a_users_board_may_list_names_or_addresses(tmp_path: Path) -> None:
    by_address = read_board(MADE_UP)
    path = tmp_path / "mine.toml"
    path.write_text(relisted(by_address.peripherals))
    by_names = read_board(path)
    assert by_names.peripherals == by_address.peripherals
    assert by_names.models == by_address.models
    assert not by_address.interrupts
    assert by_names.interrupts == {"USART2": 38}


def test_a_list_without_rcc_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(relisted(["PWR", "GPIOA"]))
    with pytest.raises(InputError, match=r"\[peripherals\] lacks the key RCC"):
        read_board(path)


def test_the_catalogue_lists_by_name() -> None:
    """An address stands only for a name that the family's table has twice."""
    for path in DATA.glob("*.toml"):
        board = read_board(path, tested=True)
        names = [row.name for row in family_table(board.family).peripherals]
        text = path.read_text(encoding="utf-8")
        for name, base in board.peripherals.items():
            written = f"0x{base >> 16:04X}_{base & 0xFFFF:04X}"
            assert (written in text) == (names.count(name) > 1), name
