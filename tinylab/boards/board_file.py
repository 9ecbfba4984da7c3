"""Reads a board's file; docs/boards.md explains its keys, docs/schemas/ has its JSON Schema."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any

from msgspec import Meta

from tinylab.boards import calibration, clocks
from tinylab.boards.board import (
    Address,
    Board,
    Bus,
    Core,
    DmaRequests,
    FamilyName,
    FlashKind,
    FlashLayout,
    Identity,
    Interrupts,
    Memory,
    MemoryBase,
    MemorySize,
    ProbeKind,
    SerialPort,
)
from tinylab.boards.decoding import decode
from tinylab.boards.family_table import Peripherals, model_of, of_family
from tinylab.boards.timing import TIMINGS
from tinylab.errors import ClockError, InputError

BoardName = Annotated[
    str,
    Meta(
        pattern="^[a-z][a-z0-9_]*$",
        description="small letters, digits and underscores, a letter first",
    ),
]
Count = Annotated[int, Meta(gt=0)]
NEEDED = ("RCC", "PWR")
"""Peripherals that every board has."""


@dataclass(frozen=True, kw_only=True)
class FlashTable:
    """The flash memory and its controller; one of `sector` and `sectors` says how it is divided."""

    name: str
    base: MemoryBase
    size: MemorySize
    kind: FlashKind
    registers: Address
    boot_alias: Address | None = None
    """Where the flash appears again and the core starts; left out: it starts at the flash."""
    sector: Count | None = None
    """Bytes of a sector, where all are equal."""
    sectors: tuple[tuple[Count, Count], ...] = ()
    """How many, and bytes of each, for each run of equal ones, from the base upward."""
    banks: Count = 1
    """Banks with registers of their own."""

    def __post_init__(self) -> None:
        if (self.sector is None) == (not self.sectors):
            raise ValueError("it takes either sector or sectors")
        filled = sum(self.layout.sizes)
        if filled != self.size:
            raise ValueError(f"the sectors fill {filled:#x} bytes, size is {self.size:#x}")

    @property
    def layout(self) -> FlashLayout:
        """The controller and its sectors."""
        sectors = self.sectors
        if self.sector is not None:
            sectors = ((self.size // self.sector, self.sector),)
        return FlashLayout(self.kind, self.registers, sectors, self.banks)


@dataclass(frozen=True)
class ExpectedError:
    """How far the virtual board's cycles are off silicon's."""

    source: str
    """What was compared with what."""
    percent: int | float | None = None
    """The worst of the comparisons; left out: unknown."""


@dataclass(frozen=True, kw_only=True)
class BoardFile:
    """A board's file. `clocks` and `timing` are decoded by family and by core."""

    name: BoardName
    """As on the command line; no other board has it."""
    title: str
    """As printed on the board."""
    mcu: str
    """The part, as in the data sheet's title."""
    core: Core
    fpu: str
    """GCC's name, such as `fpv4-sp-d16`."""
    family: FamilyName
    """Whose clocks the part has."""
    pyocd_target: str
    caches: str
    """What is on while measuring, as shown beside results."""
    common_clocks_mhz: Annotated[tuple[int | float, ...], Meta(min_length=1)]
    """Clocks that are offered first; the part must be able to run at each."""
    flash: FlashTable
    ram: Annotated[tuple[Memory, ...], Meta(min_length=1)]
    """Memories the firmware may use, the one for stack and data first."""
    other_ram: tuple[Memory, ...] = ()
    """Memories that are there too, and that our firmware leaves alone."""
    identity: Identity
    probe: ProbeKind
    serial: SerialPort
    peripherals: Mapping[str, Address] | tuple[str | Address, ...]
    """What the part has of its family's table, or base addresses by the reference manual's names.

    RCC and PWR are among them.
    """
    interrupts: Mapping[str, Interrupts] = field(default_factory=dict)
    """By peripheral, where the family's table is not used, or says otherwise."""
    dma_requests: Mapping[str, DmaRequests] = field(default_factory=dict)
    """By `USART1_RX` and the like, where the family's table is not used, or says otherwise."""
    clocks: Mapping[str, Any]
    """The clock tree, with the keys of its family."""
    timing: Mapping[str, Any]
    """Constants of the memory system, with the keys of the core's cycle model."""
    sources: Mapping[str, str]
    """Where the values of each table were found."""
    expected_error: ExpectedError | None = None
    """Left out: what the project's comparisons with silicon give."""


def read_board(path: Path, *, tested: bool = False) -> Board:
    """The board of one file.

    The clocks of a file that is `tested`, as the catalogue's own are, are not solved once more:
    that takes longer than all the rest, at each start.

    Raises InputError, which names the file, the key, and what is wrong with it.
    """
    try:
        board = _board(decode(tomllib.loads(path.read_text(encoding="utf-8")), BoardFile))
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
        remedy="Correct it, or move it out of that folder; docs/boards.md explains every key.",
    )


def _board(file: BoardFile) -> Board:
    flash, peripherals = file.flash, _peripherals(file)
    error = file.expected_error
    percent, source = (
        (error.percent, error.source) if error else calibration.expected_error(file.name, file.core)
    )
    board = Board(
        name=file.name,
        title=file.title,
        mcu=file.mcu,
        core=file.core,
        fpu=file.fpu,
        family=file.family,
        flash=Memory(flash.name, flash.base, flash.size, Bus.FLASH),
        boot_alias=flash.boot_alias,
        ram=file.ram,
        other_ram=file.other_ram,
        flash_layout=flash.layout,
        identity=file.identity,
        probe=file.probe,
        serial=file.serial,
        pyocd_target=file.pyocd_target,
        caches=file.caches,
        clocks=decode(file.clocks, clocks.FAMILIES[file.family], ("clocks",)),
        timing=asdict(decode(file.timing, TIMINGS[file.core], ("timing",))),
        peripherals=peripherals.bases,
        models=peripherals.models,
        interrupts={**peripherals.interrupts, **file.interrupts},
        dma_requests={**peripherals.dma_requests, **file.dma_requests},
        expected_error_percent=percent,
        expected_error_source=source,
        sources=file.sources,
        common_clocks_mhz=file.common_clocks_mhz,
    )
    _check_memories((board.flash, *board.ram, *board.other_ram))
    return board


def _peripherals(file: BoardFile) -> Peripherals:
    listed, serial = file.peripherals, file.serial.name
    for name in NEEDED:
        if name not in listed:
            raise InputError(f"[peripherals] has no key {name}")
    if isinstance(listed, tuple):
        return of_family(file.family, listed, serial)
    models = {name: model_of(file.family, name) for name in (*listed, serial)}
    return Peripherals(listed, models, {}, {})


def _check_memories(memories: Sequence[Memory]) -> None:
    for below, above in pairwise(sorted(memories, key=lambda memory: memory.base)):
        if below.base + below.size > above.base:
            raise InputError(f"the memories {below.name} and {above.name} overlap")


def _check_clocks(board: Board) -> None:
    for mhz in board.common_clocks_mhz:
        try:
            clocks.solve(board, mhz * 1e6)
        except ClockError as error:
            raise InputError(f"common_clocks_mhz has {mhz:g}. {error}") from error
