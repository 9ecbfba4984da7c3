"""Functions are found by name and address, and near names offered."""

from __future__ import annotations

from pathlib import Path

import pytest
from elftools.elf.elffile import ELFFile

from tests.fakes.own_firmware import own_elf
from tinylab.boards.catalog import by_name
from tinylab.build.symbols import Function, SourceLine, Symbols, read_symbols
from tinylab.errors import InputError, UnknownName

FUNCTIONS = (
    Function("main", 0x0800_0100, 0x20),
    Function("ai_network_run", 0x0800_0120, 0x10),
    Function("_ZN3net3runEv", 0x0800_0130, 0x10),
    Function("helper", 0x0800_0200, 8),
    Function("helper", 0x0800_0210, 8),
    Function("by_hand", 0x0800_0300, 0),
)
SYMBOLS = Symbols(
    FUNCTIONS,
    [(0x0800_0100, SourceLine("main.c", 7)), (0x0800_0110, SourceLine("main.c", 9)),
     (0x0800_0120, None)],
)  # fmt: skip


def test_a_function_by_name_and_by_address_with_or_without_the_thumb_bit() -> None:
    assert SYMBOLS.resolve("main").address == 0x0800_0100
    assert SYMBOLS.resolve("0x08000121") == SYMBOLS.resolve("0x08000120") == FUNCTIONS[1]


def test_an_address_inside_a_function_is_a_function_of_its_own() -> None:
    assert SYMBOLS.resolve("0x08000125") == Function("0x08000124", 0x0800_0124)


@pytest.mark.parametrize(
    ("text", "offered"),
    [("mian", "main"), ("ai_network_rn", "ai_network_run"), ("run", "_ZN3net3runEv")],
)
def test_near_names_are_offered(text: str, offered: str) -> None:
    with pytest.raises(UnknownName) as caught:
        SYMBOLS.resolve(text)
    assert offered in caught.value.remedy


def test_a_name_that_two_have_is_settled_by_address() -> None:
    with pytest.raises(InputError, match="Several") as caught:
        SYMBOLS.resolve("helper")
    assert "0x08000201, 0x08000211" in caught.value.remedy


def test_without_symbols_an_address_is_asked_for() -> None:
    with pytest.raises(UnknownName) as caught:
        Symbols().resolve("main")
    assert "no symbols" in caught.value.remedy
    assert Symbols().place(0x0800_0100) == "0x08000100"


def test_places_are_named_as_far_as_they_are_known() -> None:
    assert SYMBOLS.place(0x0800_0112) == "main at main.c:9"
    assert SYMBOLS.place(0x0800_0124) == "ai_network_run"
    assert SYMBOLS.place(0x0800_0208) == "0x08000208"
    assert SYMBOLS.place(0x0800_0310) == "by_hand"
    assert SYMBOLS.place(0x0700_0000) == "0x07000000"


@pytest.mark.parametrize("version", ["-gdwarf-4", "-gdwarf-5"])
def test_lines_of_both_kinds_of_debug_information(version: str, tmp_path: Path) -> None:
    source = "void reset(void) {\n  for (;;)\n    REG(0x20000000u) = 1;\n}\n"
    path = own_elf(by_name("nucleo_wb55rg"), tmp_path, source, [version])
    with path.open("rb") as stream:
        symbols = read_symbols(ELFFile(stream))
    function = symbols.resolve("reset")
    places = {str(symbols.line_at(function.address + at)) for at in range(0, function.size, 2)}
    assert "main.c:3" in places
    assert all(place.startswith("main.c:") for place in places)
