"""The published JSON Schemas of board files are as strict as what reads them."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from scripts.make_schemas import FOLDER as PUBLISHED
from tests.unit.boards.test_board_file import MADE_UP
from tinylab.boards import calibration, catalog
from tinylab.boards.board_file import read_board
from tinylab.boards.family_table import FOLDER
from tinylab.errors import InputError

Table = dict[str, Any]
BOARD_FILES = [*sorted(catalog.DATA.glob("*.toml")), MADE_UP]


def validator(name: str) -> Draft202012Validator:
    """Of a published schema."""
    schema = json.loads((PUBLISHED / name).read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


@pytest.mark.parametrize("path", BOARD_FILES, ids=lambda path: path.stem)
def test_every_board_file_fits_the_schema(path: Path) -> None:
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    assert not [error.message for error in validator("board.schema.json").iter_errors(table)]


def test_the_calibration_table_fits_its_schema() -> None:
    table = tomllib.loads(calibration.TABLE.read_text(encoding="utf-8"))
    assert validator("calibration.schema.json").is_valid(table)
    table["figure"][0]["conditions"]["wait_state"] = 1
    assert not validator("calibration.schema.json").is_valid(table)


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.toml")), ids=lambda path: path.stem)
def test_every_familys_table_fits_its_schema(path: Path) -> None:
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    assert validator("family.schema.json").is_valid(table)
    table["peripherals"][0][2] = "timer64"
    assert not validator("family.schema.json").is_valid(table)


def changed(*path: str, to: Any) -> Callable[[str], str]:
    """The text of a board's file with one value changed, or with a key more."""

    def change(text: str) -> str:
        lines, table = text.splitlines(), ""
        for number, line in enumerate(lines):
            table = line.strip("[]") if line.startswith("[") else table
            if ".".join(path[:-1]) == table and line.startswith(f"{path[-1]} ="):
                lines[number] = f"{path[-1]} = {to}"
                return "\n".join(lines)
        header = lines.index(f"[{'.'.join(path[:-1])}]") + 1 if len(path) > 1 else 0
        return "\n".join([*lines[:header], f"{path[-1]} = {to}", *lines[header:]])

    return change


@pytest.mark.parametrize(
    ("change", "where"),
    [
        (changed("core", to='"cortex-m0"'), "core"),
        (changed("family", to='"f1"'), "family"),
        (changed("family", to='"f7"'), "[clocks] lacks the key serial_select"),
        (changed("colour", to=1), "colour"),
        (changed("serial", "tx", to='"PL2"'), "serial.tx is 'PL2'; expected a pin, such as PA2"),
        (changed("serial", "cts", to='"PA0"'), "serial.cts"),
        (changed("flash", "size", to="0x8_0001"), "flash.size is 0x80001"),
        (changed("flash", "kind", to='"f1"'), "flash.kind"),
        (changed("identity", "cpuid", to="true"), "identity.cpuid is True"),
        (changed("clocks", "pll_n", to="[50]"), "clocks.pll_n is [50]; expected a list of 2"),
        (changed("clocks", "pll_p", to="[2, 3]"), "clocks.pll_p[1] is 3; expected one of 2, 4"),
        (changed("clocks", "max_hz", to=0), "clocks.max_hz is 0; expected a whole number above 0"),
        (changed("clocks", "hsi_khz", to=16_000), "clocks.hsi_khz"),
        (changed("clocks", "over_drive", to="{ limit_hz = 1 }"), "[clocks.over_drive] lacks the"),
        (changed("timing", "dcache_words", to='"8"'), "timing.dcache_words"),
        (changed("timing", "dcache_lines", to=8), "timing.dcache_lines"),
        (changed("peripherals", "GPIOC", to="-1"), "peripherals.GPIOC is -0x1"),
        (changed("sources", "clocks", to=383), "sources.clocks is 383; expected a string"),
    ],
)
def test_the_schema_refuses_what_is_refused_when_read(
    change: Callable[[str], str], where: str, tmp_path: Path
) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(change(MADE_UP.read_text()))
    with pytest.raises(InputError) as caught:
        read_board(path)
    assert where in str(caught.value)
    table: Table = tomllib.loads(path.read_text())
    assert not validator("board.schema.json").is_valid(table)


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (changed("clocks", "max_hz", to=100_000_001), "wait_state_limits_hz allows 100000000 Hz"),
        (changed("clocks", "voltage_codes", to="[1, 2]"), "are of different lengths"),
        (changed("clocks", "apb1_max_hz", to=6_000_000), "apb1_max_hz allows 96000000 Hz"),
        (changed("clocks", "pll_q_output_max_hz", to=28_000_000), "pll_q allows 420000000 Hz"),
        (changed("flash", "sector", to=0x4000), "exactly one of sector and sectors is required"),
    ],
)
def test_tables_that_do_not_fit_together_are_told(
    change: Callable[[str], str], what: str, tmp_path: Path
) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(change(MADE_UP.read_text()))
    with pytest.raises(InputError) as caught:
        read_board(path)
    assert "is inconsistent" in str(caught.value)
    assert what in str(caught.value)


@pytest.mark.parametrize(
    "name", ["F4Clocks", "F7Clocks", "H7Clocks", "L4Clocks", "U5Clocks", "WBClocks"]
)
def test_every_key_of_a_clock_tree_is_explained(name: str) -> None:
    schema = json.loads((PUBLISHED / "board.schema.json").read_text(encoding="utf-8"))
    for key, place in schema["$defs"][name]["properties"].items():
        assert place.get("description"), key
