"""The record of a board; every value comes from a file in `data/`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Annotated, Literal, get_args

from msgspec import Meta

from tinylab.boards.clock_family import Clocks
from tinylab.boards.peripheral import DmaRequests, Interrupts, PeripheralModel

Address = Annotated[int, Meta(ge=0, lt=1 << 32)]
MemoryBase = Annotated[int, Meta(ge=0, lt=1 << 32, multiple_of=0x1000)]
MemorySize = Annotated[int, Meta(gt=0, multiple_of=0x1000)]
"""The memories of a virtual board start and end at multiples of 4 KiB."""
RegisterBit = Annotated[int, Meta(ge=0, lt=32)]
Pin = Annotated[str, Meta(pattern="^P[A-K]([0-9]|1[0-5])$", description="a pin, such as PA2")]


class Core(StrEnum):
    """Processor cores, as compilers name them."""

    CORTEX_M4 = "cortex-m4"
    CORTEX_M7 = "cortex-m7"
    CORTEX_M33 = "cortex-m33"

    @property
    def short(self) -> str:
        """`M4`, `M7`, `M33`."""
        return self.value.removeprefix("cortex-").upper()

    @property
    def label(self) -> str:
        """`Cortex-M4`."""
        return f"Cortex-{self.short}"


FlashKind = Literal["f4", "f7", "h7", "h7a3", "l4", "l4+", "u5"]
FLASH_KINDS: tuple[FlashKind, ...] = get_args(FlashKind)
"""Flash controllers that `sim` emulates and `probe` can program: values of `FlashLayout.kind`."""

FamilyName = Literal["f4", "f7", "h7", "l4", "u5", "wb"]
"""The clock and start-up families: values of `Board.family`."""


class Bus(StrEnum):
    """How the core reaches a memory."""

    FLASH = "flash"
    """Through the flash interface, with wait states."""
    TIGHT = "tight"
    """Tightly coupled memory or zero-wait SRAM: one access a cycle, never cached."""
    AXI = "axi"
    """Over the AXI bus, cached on cores that have a data cache."""
    AHB = "ahb"
    """Over an AHB bus at the bus clock."""


MemoryWord = Annotated[
    str,
    Meta(pattern="^[a-z][a-z0-9_]*$", description="lower-case letters, digits and underscores"),
]
Content = Literal["data", "code"]
"""What can be placed in a memory."""


@dataclass(frozen=True)
class Memory:
    """One block of memory: name as in the reference manual, base address, size in bytes."""

    name: str
    base: MemoryBase
    size: MemorySize
    bus: Bus
    clock: tuple[Address, RegisterBit] | None = None
    """(register, bit) of RCC that enables its clock; default: it is always clocked."""
    dma: bool = True
    """Whether the DMA controllers reach it."""
    short: MemoryWord | None = None
    """What `--place` calls it; default: its name in lower case, with underscores."""
    holds: tuple[Content, ...] = ("data", "code")
    """What `--place` may put into it."""

    @property
    def word(self) -> str:
        """What `--place` and results call it: `dtcm`."""
        return self.short or re.sub(r"[^a-z0-9]+", "_", self.name.lower()).strip("_")


@dataclass(frozen=True)
class MemoryAlias:
    """A second address range of the bytes at `of`."""

    base: MemoryBase
    of: MemoryBase
    size: MemorySize


@dataclass(frozen=True)
class SerialPort:
    """The U(S)ART that the probe connects to the host.

    `alternate` is the number of the TX pin's alternate function, `enable` the (register, bit)
    pairs that must be set before the port works: clocks, and the supply of its pins. Without
    them, the firmware does not use the port.
    """

    name: str
    base: Address
    tx: Pin
    rx: str
    alternate: int | None = None
    enable: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True)
class FlashLayout:
    """The flash controller: register base, kind (one of FLASH_KINDS), sectors, banks.

    `sectors` has a (count, bytes each) for each run of equal sectors, in ascending order of
    address. With two banks, each bank has half of the sectors and its own registers.
    """

    kind: FlashKind
    registers: int
    sectors: tuple[tuple[int, int], ...]
    banks: int = 1

    @property
    def sizes(self) -> tuple[int, ...]:
        """Bytes of each sector, by its number."""
        return tuple(size for count, size in self.sectors for _ in range(count))


@dataclass(frozen=True)
class ProbeKind:
    """The probe soldered to the board: generation (`V2-1`, `V3`), firmware, clock in Hz."""

    generation: str
    jtag_version: int
    swd_hz: int


@dataclass(frozen=True)
class Identity:
    """Values that identify the board; they are read back and compared."""

    board_id: str
    """mbed board code that the probe reports."""
    device_id: int
    """DEV_ID field of DBGMCU_IDCODE."""
    revision_id: int
    idcode_address: int
    cpuid: int
    debug_port_id: int
    flash_size_address: int
    unique_id_address: int


@dataclass(frozen=True)
class Board:
    """A board: names, core, memories, probe, clocks, and where each value was found."""

    name: str
    title: str
    mcu: str
    core: Core
    fpu: str
    """GCC's name, such as `fpv4-sp-d16`."""
    family: FamilyName
    """The clock and start-up family, such as `f4`: it selects the firmware's files."""
    flash: Memory
    boot_alias: int | None
    """Alias address of the flash, where the core starts; None: it starts at the flash itself."""
    ram: tuple[Memory, ...]
    """Memories that the firmware may use; the first one holds stack and data."""
    other_ram: tuple[Memory, ...]
    """Further memories of the part, which the firmware uses only where it is told to."""
    st_memory: str
    """The name of the RAM in which ST's tools link activations."""
    aliases: tuple[MemoryAlias, ...]
    flash_layout: FlashLayout
    identity: Identity
    probe: ProbeKind
    serial: SerialPort
    pyocd_target: str
    caches: str
    """Caches and buffers enabled while measuring, as shown with results: `ART I+D, prefetch`."""
    clocks: Clocks
    """The clock tree, of the family's class."""
    timing: Mapping[str, int]
    """Constants of the memory system for the core's cycle model, as in `boards.timing`."""
    peripherals: Mapping[str, int]
    """Base addresses by the reference manual's names, read by `sim`; without the serial port."""
    models: Mapping[str, PeripheralModel]
    """The model of each peripheral, and of the serial port, on the virtual board."""
    interrupts: Mapping[str, Interrupts]
    """By peripheral: the update interrupt of a timer, one per channel of a DMA."""
    dma_requests: Mapping[str, DmaRequests]
    """By request, such as `USART1_RX`."""
    expected_error_percent: float | None
    """Known error of the simulated cycles of networks against silicon; None if unknown."""
    expected_error_source: str
    general_code_error_percent: float | None
    """The same, of other code."""
    general_code_error_source: str
    sources: Mapping[str, str]
    common_clocks_mhz: tuple[float, ...]

    @property
    def all_ram(self) -> tuple[Memory, ...]:
        """Every RAM of the part, at each of its addresses."""
        memories = (*self.ram, *self.other_ram)
        aliased = (
            replace(memory, base=alias.base, size=alias.size)
            for alias in self.aliases
            for memory in memories
            if memory.base <= alias.of < memory.base + memory.size
        )
        return (*memories, *aliased)

    @property
    def max_hz(self) -> int:
        """The highest legal core clock."""
        return self.clocks.max_hz

    @property
    def min_hz(self) -> int:
        """The lowest core clock offered."""
        return self.clocks.min_hz
