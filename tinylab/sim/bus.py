"""The address map: which peripheral is at which address."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping
from typing import ClassVar, Literal, NamedTuple, Protocol

LOG = logging.getLogger(__name__)

GRANULE = 16
"""Peripherals start and end at multiples of it."""

WORD = 4


class Peripheral:
    """Word registers that store what is written; a subclass defines their function.

    `RESET` has the registers that do not read 0 after a reset, by offset. A peripheral calls
    out only through the callbacks passed to its constructor.
    """

    SPAN: ClassVar[int] = 0x400
    """Bytes of address space; most have 1 KiB."""
    RESET: ClassVar[Mapping[int, int]] = {}
    STANDING: ClassVar[Collection[int]] = ()
    """Registers that change only by writes and events, so that their values may be cached."""

    def __init__(self) -> None:
        self.words: dict[int, int] = dict(self.RESET)

    def reset(self) -> None:
        """Set the state after a system reset."""
        self.words = dict(self.RESET)

    def read(self, offset: int) -> int:
        """The register at `offset`, a multiple of 4."""
        return self.words.get(offset, 0)

    def write(self, offset: int, value: int) -> None:
        """The core wrote `value` to the register at `offset`."""
        self.words[offset] = value

    def write_narrow(self, offset: int, size: int, value: int) -> None:
        """The core wrote 1 or 2 bytes at `offset`; registers see the whole word changed."""
        self.write(*self._widened(offset, size, value))

    def _widened(self, offset: int, size: int, value: int) -> tuple[int, int]:
        """(offset, value) of the word that results from a write of `size` bytes."""
        lane = offset % WORD
        mask = (1 << 8 * size) - 1 << 8 * lane
        return offset - lane, self.read(offset - lane) & ~mask | value << 8 * lane & mask

    def clocks_changed(self) -> None:
        """Frequencies have changed."""

    def debug_write(self, offset: int, value: int) -> None:
        """The debugger wrote `value`; usually the same as a write of the core."""
        self.write(offset, value)


class UnknownAccess(NamedTuple):
    """The firmware used a register that is not emulated."""

    kind: Literal["read", "write"]
    address: int
    pc: int
    """The first instruction that accessed it."""


class WideRegion(Protocol):
    """A range of addresses too wide for the table, searched after it."""

    def holds(self, address: int) -> bool: ...
    def read(self, address: int, size: int) -> int: ...
    def write(self, address: int, size: int, value: int) -> None: ...


class Bus:
    """A table from address to peripheral; an unknown address is logged once, and is not fatal.

    `accessing_pc` returns the address of the instruction that makes the access in progress, None
    for an access of the debugger. `unknown` lists the core's accesses, in order.
    """

    def __init__(self, accessing_pc: Callable[[], int | None] = lambda: None) -> None:
        self.peripherals: list[Peripheral] = []
        self._accessing_pc = accessing_pc
        self._table: dict[int, tuple[int, Peripheral]] = {}
        self._wide: list[WideRegion] = []
        self._reported: set[int] = set()
        self._unknown: dict[tuple[str, int], UnknownAccess] = {}

    @property
    def unknown(self) -> list[UnknownAccess]:
        """Each address at most once as read and once as written, by first occurrence."""
        return list(self._unknown.values())

    def attach(self, base: int, size: int, peripheral: Peripheral) -> None:
        """Map `peripheral` at `base .. base + size`."""
        self.peripherals.append(peripheral)
        for granule in range(base // GRANULE, -(-(base + size) // GRANULE)):
            self._table[granule] = (base, peripheral)

    def attach_wide(self, region: WideRegion) -> None:
        """Add a region that has no peripherals of its own."""
        self._wide.append(region)

    def stands(self, address: int) -> bool:
        """Whether the register keeps its value until a write or an event."""
        entry = self._table.get(address // GRANULE)
        return entry is not None and address - entry[0] in entry[1].STANDING

    def reset(self) -> None:
        for peripheral in self.peripherals:
            peripheral.reset()

    def read(self, address: int, size: int) -> int:
        """`size` bytes (1, 2 or 4) at `address`, as a number."""
        entry = self._table.get(address // GRANULE)
        if entry is None:
            return self._read_elsewhere(address, size)
        base, peripheral = entry
        if size == WORD:
            return peripheral.read(address - base)
        lane = address % WORD
        return peripheral.read(address - base - lane) >> 8 * lane & (1 << 8 * size) - 1

    def write(self, address: int, size: int, value: int) -> None:
        """The core writes `size` bytes at `address`."""
        entry = self._table.get(address // GRANULE)
        if entry is None:
            self._write_elsewhere(address, size, value, "write to")
            return
        base, peripheral = entry
        if size == WORD:
            peripheral.write(address - base, value)
        else:
            peripheral.write_narrow(address - base, size, value)

    def debug_write(self, address: int, size: int, value: int) -> None:
        """The debugger writes `size` bytes at `address`."""
        entry = self._table.get(address // GRANULE)
        if entry is None:
            self._write_elsewhere(address, size, value, "debugger's write to")
            return
        base, peripheral = entry
        if size == WORD:
            peripheral.debug_write(address - base, value)
        else:
            peripheral.write_narrow(address - base, size, value)

    def _read_elsewhere(self, address: int, size: int) -> int:
        for region in self._wide:
            if region.holds(address):
                return region.read(address, size)
        self._report("read", "read from", address)
        return 0

    def _write_elsewhere(self, address: int, size: int, value: int, what: str) -> None:
        for region in self._wide:
            if region.holds(address):
                region.write(address, size, value)
                return
        self._report("write", what, address)

    def _report(self, kind: Literal["read", "write"], what: str, address: int) -> None:
        pc = self._accessing_pc()
        if pc is not None and (kind, address) not in self._unknown:
            self._unknown[kind, address] = UnknownAccess(kind, address, pc)
        if address not in self._reported:
            self._reported.add(address)
            LOG.warning("%s %#010x, where no peripheral is emulated", what, address)
