"""The contents of a board's file: its tables, their keys, and the permitted values."""

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
    MemoryAlias,
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
MOST_SECTORS = 4096
NEEDED = ("RCC", "PWR")
"""Peripherals that every board has."""


@dataclass(frozen=True, kw_only=True)
class FlashTable:
    """The flash memory and its controller; exactly one of `sector` and `sectors` is given."""

    name: str
    base: MemoryBase
    size: MemorySize
    kind: FlashKind
    registers: Address
    boot_alias: Address | None = None
    """Alias address of the flash, where the core starts; default: it starts at the flash."""
    sector: Count | None = None
    """Bytes of each sector, if all are equal."""
    sectors: tuple[tuple[Count, Count], ...] = ()
    """[count, bytes each] for each run of equal sectors, in ascending order of address."""
    banks: Count = 1
    """Number of banks; each has its own registers."""

    def __post_init__(self) -> None:
        if (self.sector is None) == (not self.sectors):
            raise ValueError("exactly one of sector and sectors is required")
        runs = self.layout.sectors
        if sum(count for count, _ in runs) > MOST_SECTORS:
            raise ValueError(f"there are more than {MOST_SECTORS:,} sectors")
        filled = sum(count * size for count, size in runs)
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
    """Error of the virtual board's cycles against silicon."""

    source: str
    """What was compared with what."""
    percent: int | float | None = None
    """The largest error of the comparisons; default: unknown."""


@dataclass(frozen=True, kw_only=True)
class BoardFile:
    """A board's file. `clocks` is decoded by family, `timing` by core."""

    name: BoardName
    """Name on the command line; must be unique."""
    title: str
    """As printed on the board."""
    mcu: str
    """The part, as in the data sheet's title."""
    core: Core
    fpu: str
    """GCC's name, such as `fpv4-sp-d16`."""
    family: FamilyName
    """The family whose clock tree the part has."""
    pyocd_target: str
    caches: str
    """Caches and buffers enabled while measuring, as shown with results."""
    common_clocks_mhz: Annotated[tuple[int | float, ...], Meta(min_length=1, max_length=64)]
    """Clocks that are offered first; the part must support each of them."""
    flash: FlashTable
    ram: Annotated[tuple[Memory, ...], Meta(min_length=1)]
    """Memories that the firmware may use; the first one holds stack and data."""
    st_memory: str | None = None
    """The name of the RAM where projects of ST's tools have variables; default: the first."""
    other_ram: tuple[Memory, ...] = ()
    """Further memories of the part, which the firmware does not use."""
    aliases: tuple[MemoryAlias, ...] = ()
    """Second addresses of memories."""
    identity: Identity
    probe: ProbeKind
    serial: SerialPort
    peripherals: Mapping[str, Address] | tuple[str | Address, ...]
    """Peripherals from the family's table, or base addresses by the reference manual's names.

    RCC and PWR are required.
    """
    interrupts: Mapping[str, Interrupts] = field(default_factory=dict)
    """By peripheral; overrides the family's table."""
    dma_requests: Mapping[str, DmaRequests] = field(default_factory=dict)
    """By request, such as `USART1_RX`; overrides the family's table."""
    clocks: Mapping[str, Any]
    """The clock tree, with the keys of its family."""
    timing: Mapping[str, Any]
    """Constants of the memory system, with the keys of the core's cycle model."""
    sources: Mapping[str, str]
    """The documents from which the values of each table were taken."""
    expected_error: ExpectedError | None = None
    """Default: the result of the project's comparisons with silicon."""
