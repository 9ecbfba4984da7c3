"""A board's file as it is written: its tables, their keys, and what these take."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

from msgspec import Meta

from tinylab.boards.board import (
    Address,
    Core,
    FamilyName,
    FlashKind,
    FlashLayout,
    Identity,
    Memory,
    MemoryBase,
    MemorySize,
    ProbeKind,
    SerialPort,
)
from tinylab.boards.peripheral import DmaRequests, Interrupts

BoardName = Annotated[
    str,
    Meta(
        pattern="^[a-z][a-z0-9_]*$",
        description="lower-case letters, digits and underscores, starting with a letter",
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
            raise ValueError("exactly one of sector and sectors is required")
        filled = sum(self.layout.sizes)
        if filled != self.size:
            raise ValueError(f"the sectors fill {filled:#x} bytes, but size is {self.size:#x}")

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
