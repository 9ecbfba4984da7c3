"""The address map: which peripheral answers at which address."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import ClassVar

LOG = logging.getLogger(__name__)

GRANULE = 16
"""Peripherals start and end at multiples of it."""

WORD = 4


class Peripheral:
    """Word registers that keep what is written; a subclass gives them meaning.

    `RESET` holds the registers that do not read 0 after a reset, by offset. A peripheral
    talks outward only through callbacks that it was made with.
    """

    RESET: ClassVar[Mapping[int, int]] = {}

    def __init__(self) -> None:
        self.words: dict[int, int] = dict(self.RESET)

    def reset(self) -> None:
        """Everything as after a system reset."""
        self.words = dict(self.RESET)

    def read(self, offset: int) -> int:
        """The register at `offset`, a multiple of 4."""
        return self.words.get(offset, 0)

    def write(self, offset: int, value: int) -> None:
        """The core wrote `value` to the register at `offset`."""
        self.words[offset] = value

    def debug_write(self, offset: int, value: int) -> None:
        """The debugger wrote `value`; mostly the same thing."""
        self.write(offset, value)


class Bus:
    """A table from address to peripheral; what it does not know is logged once, never fatal."""

    def __init__(self) -> None:
        self.peripherals: list[Peripheral] = []
        self._table: dict[int, tuple[int, Peripheral]] = {}
        self._reported: set[int] = set()

    def attach(self, base: int, size: int, peripheral: Peripheral) -> None:
        """Let `peripheral` answer at `base .. base + size`."""
        self.peripherals.append(peripheral)
        for granule in range(base // GRANULE, -(-(base + size) // GRANULE)):
            self._table[granule] = (base, peripheral)

    def reset(self) -> None:
        for peripheral in self.peripherals:
            peripheral.reset()

    def read(self, address: int, size: int) -> int:
        """`size` bytes (1, 2 or 4) at `address`, as a number."""
        entry = self._table.get(address // GRANULE)
        if entry is None:
            self._report("read from", address)
            return 0
        base, peripheral = entry
        if size == WORD:
            return peripheral.read(address - base)
        lane = address % WORD
        return peripheral.read(address - base - lane) >> 8 * lane & (1 << 8 * size) - 1

    def write(self, address: int, size: int, value: int) -> None:
        """The core writes `size` bytes at `address`."""
        entry = self._table.get(address // GRANULE)
        if entry is None:
            self._report("write to", address)
            return
        base, peripheral = entry
        peripheral.write(*_whole_word(peripheral, address - base, size, value))

    def debug_write(self, address: int, size: int, value: int) -> None:
        """The debugger writes `size` bytes at `address`."""
        entry = self._table.get(address // GRANULE)
        if entry is None:
            self._report("debugger's write to", address)
            return
        base, peripheral = entry
        peripheral.debug_write(*_whole_word(peripheral, address - base, size, value))

    def _report(self, what: str, address: int) -> None:
        if address not in self._reported:
            self._reported.add(address)
            LOG.warning("%s %#010x, where no peripheral is emulated", what, address)


def _whole_word(peripheral: Peripheral, offset: int, size: int, value: int) -> tuple[int, int]:
    """(offset, value) of the word that a write of `size` bytes makes."""
    if size == WORD:
        return offset, value
    lane = offset % WORD
    mask = (1 << 8 * size) - 1 << 8 * lane
    offset -= lane
    return offset, peripheral.read(offset) & ~mask | value << 8 * lane & mask
