"""The boards that tinylab knows, read from `data/*.toml`."""

from __future__ import annotations

import tomllib
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any

from tinylab.boards.board import (
    Board,
    Bus,
    Core,
    FlashLayout,
    Identity,
    Memory,
    ProbeKind,
    SerialPort,
)
from tinylab.errors import UnknownName

DATA = Path(__file__).resolve().parent / "data"


@cache
def all_boards() -> tuple[Board, ...]:
    """Every board of the catalogue, sorted by name."""
    return tuple(read_board(path) for path in sorted(DATA.glob("*.toml")))


def by_name(name: str) -> Board:
    """The board called `name`.

    Raises UnknownName, with the nearest names, when there is none.
    """
    names = [board.name for board in all_boards()]
    for board in all_boards():
        if board.name == name.lower():
            return board
    near = get_close_matches(name.lower(), names, n=3, cutoff=0.4) or names
    raise UnknownName(
        f"There is no board called '{name}'.",
        remedy=f"Did you mean {', '.join(near)}? `tinylab boards` lists all of them.",
    )


def by_board_id(board_id: str) -> Board | None:
    """The board whose probe reports the mbed code `board_id`, if it is known."""
    return next(
        (b for b in all_boards() if b.identity.board_id.lower() == board_id[:4].lower()), None
    )


def read_board(path: Path) -> Board:
    """One board from its file."""
    table: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    flash = table["flash"]
    error = table["expected_error"]
    return Board(
        name=table["name"],
        title=table["title"],
        mcu=table["mcu"],
        core=Core(table["core"]),
        fpu=table["fpu"],
        family=table["family"],
        flash=Memory(flash["name"], flash["base"], flash["size"], Bus.FLASH),
        ram=tuple(Memory(r["name"], r["base"], r["size"], Bus(r["bus"])) for r in table["ram"]),
        flash_layout=FlashLayout(flash["kind"], flash["registers"], _sectors(flash)),
        identity=Identity(**table["identity"]),
        probe=ProbeKind(**table["probe"]),
        serial=SerialPort(**table["serial"]),
        pyocd_target=table["pyocd_target"],
        caches=table["caches"],
        clocks=table["clocks"],
        timing=table["timing"],
        peripherals=table["peripherals"],
        interrupts=_tuples(table.get("interrupts", {})),
        dma_requests=_tuples(table.get("dma_requests", {})),
        expected_error_percent=error.get("percent"),
        expected_error_source=error["source"],
        sources=table["sources"],
        common_clocks_mhz=tuple(table["common_clocks_mhz"]),
    )


def _sectors(flash: dict[str, Any]) -> tuple[tuple[int, int], ...]:
    """`sectors` lists runs of unequal ones; `sector` is the size where all are equal."""
    if "sectors" in flash:
        return tuple((count, size) for count, size in flash["sectors"])
    return ((flash["size"] // flash["sector"], flash["sector"]),)


def _tuples(table: dict[str, Any]) -> dict[str, Any]:
    """Its lists, and lists in lists, as tuples."""

    def frozen(value: Any) -> Any:
        return tuple(map(frozen, value)) if isinstance(value, list) else value

    return {name: frozen(value) for name, value in table.items()}
