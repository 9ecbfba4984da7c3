"""Whatever stands at a key of a board's file: it is decoded, or refused by its key."""

from __future__ import annotations

import copy
import datetime
import tomllib
from collections.abc import Iterator
from typing import Any

import pytest

from tests.unit.boards.test_board_file import MADE_UP
from tinylab.boards.board_document import BoardFile
from tinylab.boards.catalog import DATA
from tinylab.boards.clocks import FAMILIES
from tinylab.boards.decoding import Path, decode, name_of
from tinylab.errors import InputError

STRANGE = ("word", -1, True, ["word"], {"key": 1}, datetime.date(2026, 1, 31))
FILES = [MADE_UP, *sorted(DATA.glob("*.toml"))]
OPEN = {"clocks", "timing"}
"""Tables whose keys are those of the family and of the core."""


def places(value: Any, path: Path = ()) -> Iterator[Path]:
    """Every key and every place of a list, the outer ones first."""
    keys = (
        value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    )
    for key in keys:
        yield (*path, key)
        yield from places(value[key], (*path, key))


def put(table: dict[str, Any], path: Path, value: Any) -> dict[str, Any]:
    """A copy of `table` with `value` at `path`."""
    changed = copy.deepcopy(table)
    inner: Any = changed
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = value
    return changed


def refusals(table: dict[str, Any], kind: type, where: Path = ()) -> Iterator[tuple[str, str]]:
    """(the place, what was said) for each strange value that is refused."""
    for path in places(table):
        for value in STRANGE:
            try:
                decode(put(table, path, value), kind, where)
            except InputError as error:
                yield name_of((*where, *path)), str(error)


@pytest.mark.parametrize("path", [MADE_UP, DATA / "nucleo_h723zg.toml"], ids=lambda path: path.stem)
def test_a_strange_value_is_refused_by_its_key(path: Any) -> None:
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    said = list(refusals(table, BoardFile))
    said += refusals(table["clocks"], FAMILIES[table["family"]], ("clocks",))
    assert len(said) > 500
    for place, text in said:
        table_of_it = place.partition(".")[0].partition("[")[0]
        assert place in text or f"[{table_of_it}" in text, (place, text)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_an_unknown_key_is_refused_in_every_table(path: Any) -> None:
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    for name, inner in table.items():
        if isinstance(inner, dict) and name not in OPEN | {
            "peripherals", "interrupts", "dma_requests", "sources",
        }:  # fmt: skip
            with pytest.raises(InputError, match=rf"unknown key {name}\.colour"):
                decode(put(table, (name, "colour"), 1), BoardFile)
    with pytest.raises(InputError, match=r"unknown key ram\[0\]\.colour"):
        decode(put(table, ("ram", 0, "colour"), 1), BoardFile)
