"""Reads a board's file; docs/boards.md explains its keys."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from tinylab.boards import calibration, clocks
from tinylab.boards.board import (
    FLASH_KINDS,
    TIMING_KEYS,
    Board,
    Bus,
    Core,
    FlashLayout,
    Identity,
    Memory,
    ProbeKind,
    SerialPort,
)
from tinylab.boards.table import Table
from tinylab.errors import ClockError, InputError

MEMORY_GRANULE = 0x1000
"""What a virtual board's memories start and end at."""
NAME = re.compile(r"[a-z][a-z0-9_]*")
PIN = re.compile(r"P[A-K]([0-9]|1[0-5])")


def read_board(path: Path, *, tested: bool = False) -> Board:
    """The board of one file.

    The clocks of a file that is `tested`, as the catalogue's own are, are not solved once more:
    that takes longer than all the rest, at each start.

    Raises InputError, which names the file, the key, and what is wrong with it.
    """
    try:
        table = Table("", tomllib.loads(path.read_text(encoding="utf-8")))
        board = _board(table)
        if not tested:
            _check_clocks(board)
    except OSError as error:
        raise _unusable(path, error.strerror or str(error)) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise _unusable(path, f"it is no TOML: {error}") from error
    except InputError as error:
        raise _unusable(path, str(error)) from error
    return board


def _unusable(path: Path, why: str) -> InputError:
    return InputError(
        f"The board file {path} cannot be used: {why.rstrip('.')}.",
        remedy="Mend it, or move it out of that folder; docs/boards.md explains every key.",
    )


def _board(top: Table) -> Board:
    core = top.choice("core", Core)
    name = _name(top)
    error_percent, error_source = _expected_error(top, name, core)
    flash = top.table("flash")
    board = Board(
        name=name,
        title=top.text("title"),
        mcu=top.text("mcu"),
        core=core,
        fpu=top.text("fpu"),
        family=top.one_of("family", clocks.FAMILIES),
        flash=Memory(flash.text("name"), flash.number("base"), flash.number("size"), Bus.FLASH),
        boot_alias=flash.number("boot_alias") if flash.has("boot_alias") else None,
        ram=_memories(top, "ram"),
        other_ram=_memories(top, "other_ram") if top.has("other_ram") else (),
        flash_layout=_layout(flash),
        identity=top.table("identity").record(Identity),
        probe=top.table("probe").record(ProbeKind),
        serial=_serial(top.table("serial")),
        pyocd_target=top.text("pyocd_target"),
        caches=top.text("caches"),
        clocks=top.table("clocks").all(),
        timing=top.table("timing").numbers(TIMING_KEYS.get(core, ())),
        peripherals=top.table("peripherals").numbers(("RCC", "PWR")),
        interrupts=_lines(top, "interrupts"),
        dma_requests=_lines(top, "dma_requests"),
        expected_error_percent=error_percent,
        expected_error_source=error_source,
        sources=top.table("sources").texts(),
        common_clocks_mhz=top.decimals("common_clocks_mhz"),
    )
    for table in (top, flash):
        table.check_nothing_is_left()
    _check_memories((board.flash, *board.ram, *board.other_ram))
    return board


def _expected_error(top: Table, name: str, core: Core) -> tuple[float | None, str]:
    """What the file says, or else what the project's comparisons with silicon give."""
    if not top.has("expected_error"):
        return calibration.expected_error(name, core)
    error = top.table("expected_error")
    percent = error.decimal("percent") if error.has("percent") else None
    source = error.text("source")
    error.check_nothing_is_left()
    return percent, source


def _name(top: Table) -> str:
    name = top.text("name")
    if not NAME.fullmatch(name):
        raise InputError(f"name is '{name}'; it takes small letters, digits and underscores")
    return name


def _memories(top: Table, key: str) -> tuple[Memory, ...]:
    def memory(table: Table) -> Memory:
        made = Memory(
            table.text("name"),
            table.number("base"),
            table.number("size"),
            table.choice("bus", Bus),
        )
        table.check_nothing_is_left()
        return made

    return tuple(memory(table) for table in top.tables(key))


def _serial(table: Table) -> SerialPort:
    names = [table.text(key) for key in ("name", "tx", "rx")]
    if not PIN.fullmatch(names[1]):
        raise InputError(f"serial.tx is '{names[1]}'; it takes a pin, such as PA2")
    port = SerialPort(
        name=names[0],
        base=table.number("base"),
        tx=names[1],
        rx=names[2],
        alternate=table.number("alternate") if table.has("alternate") else None,
        enable=table.pairs("enable") if table.has("enable") else (),
    )
    table.check_nothing_is_left()
    return port


def _lines(top: Table, key: str) -> Mapping[str, Any]:
    """Numbers, lists of them, or lists of lists; a table that may be left out."""
    if not top.has(key):
        return {}
    return {name: _frozen(f"{key}.{name}", value) for name, value in top.table(key).all().items()}


def _frozen(called: str, value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_frozen(called, item) for item in value)
    if type(value) is not int:
        raise InputError(f"{called} has {value!r}; it takes whole numbers and lists of them")
    return value


def _layout(flash: Table) -> FlashLayout:
    """`sectors` lists runs of unequal ones; `sector` is the size where all are equal."""
    size = flash.number("size")
    if flash.has("sectors"):
        sectors = flash.pairs("sectors")
    else:
        sector = flash.number("sector")
        sectors = ((size // sector if sector else 0, sector),)
    layout = FlashLayout(
        flash.one_of("kind", FLASH_KINDS),
        flash.number("registers"),
        sectors,
        flash.number("banks") if flash.has("banks") else 1,
    )
    if sum(layout.sizes) != size:
        raise InputError(
            f"the sectors of [flash] fill {sum(layout.sizes):#x} bytes, size is {size:#x}"
        )
    return layout


def _check_memories(memories: Sequence[Memory]) -> None:
    for memory in memories:
        if memory.size <= 0 or memory.base % MEMORY_GRANULE or memory.size % MEMORY_GRANULE:
            raise InputError(
                f"the memory {memory.name} has base {memory.base:#x} and size {memory.size:#x}; "
                f"both take multiples of {MEMORY_GRANULE:#x}"
            )
    for below, above in pairwise(sorted(memories, key=lambda memory: memory.base)):
        if below.base + below.size > above.base:
            raise InputError(f"the memories {below.name} and {above.name} overlap")


def _check_clocks(board: Board) -> None:
    """The solver meets every key of [clocks] on the way to the common clocks."""
    if not board.common_clocks_mhz:
        raise InputError("common_clocks_mhz is empty; it takes at least one clock in MHz")
    for key in ("reset_hz", *clocks.FAMILIES[board.family].of_virtual_boards):
        if key not in board.clocks:
            raise InputError(f"[clocks] has no key {key}")
    try:
        for mhz in board.common_clocks_mhz:
            clocks.solve(board, mhz * 1e6)
    except KeyError as error:
        raise InputError(f"[clocks] has no key {error.args[0]}") from error
    except ClockError as error:
        raise InputError(f"common_clocks_mhz has {mhz:g}. {error}") from error
    except (ArithmeticError, IndexError, TypeError, ValueError, StopIteration) as error:
        raise InputError(
            f"the table [clocks] gives no way to {mhz:g} MHz, one of common_clocks_mhz: {error}"
        ) from error
