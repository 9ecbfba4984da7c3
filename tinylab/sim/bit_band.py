"""Bit-band regions of the Cortex-M4: each bit of a megabyte has a word of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tinylab.boards.board import Board, Core

MEGABYTE = 1 << 20
ALIAS_BYTES = 32
"""Bytes of an alias for each byte of its region."""
SRAM, SRAM_ALIAS = 0x2000_0000, 0x2200_0000
PERIPHERALS, PERIPHERALS_ALIAS = 0x4000_0000, 0x4200_0000

Load = Callable[[int, int], int]
"""(address, size) -> value."""
Store = Callable[[int, int, int], None]
"""(address, size, value)."""


@dataclass(frozen=True)
class BitBand:
    """The alias at `base` of `region` (ARM DDI 0403, B3.1.1; ARM 100166, 3.7).

    An access becomes one of the same size to the byte, halfword or word that holds the bit; a
    write reads it, changes the bit to bit 0 of the value, and writes it. `load(address, size)` and
    `store(address, size, value)` access the region.
    """

    base: int
    region: int
    size: int
    """Bytes of the alias."""
    load: Load
    store: Store

    def holds(self, address: int) -> bool:
        return self.base <= address < self.base + self.size

    def read(self, address: int, size: int) -> int:
        """0 or 1."""
        place, bit = self._place(address, size)
        return self.load(place, size) >> bit & 1

    def write(self, address: int, size: int, value: int) -> None:
        place, bit = self._place(address, size)
        self.store(place, size, self.load(place, size) & ~(1 << bit) | (value & 1) << bit)

    def _place(self, address: int, size: int) -> tuple[int, int]:
        """The address of `size` bytes and the number of the bit in them."""
        offset = address - self.base
        place = self.region + offset // ALIAS_BYTES & -size
        return place, offset // 4 & 8 * size - 1


def bit_bands(
    board: Board, ram: tuple[Load, Store], peripherals: tuple[Load, Store]
) -> Iterator[BitBand]:
    """Those of the part: one for each RAM in the region, and one for the peripherals."""
    if board.core is not Core.CORTEX_M4:
        return
    yield BitBand(PERIPHERALS_ALIAS, PERIPHERALS, ALIAS_BYTES * MEGABYTE, *peripherals)
    for base, size in aliased_ram(board):
        alias = SRAM_ALIAS + (base - SRAM) * ALIAS_BYTES
        yield BitBand(alias, base, size * ALIAS_BYTES, *ram)


def aliased_ram(board: Board) -> Iterator[tuple[int, int]]:
    """(base, size) of each RAM in the region."""
    for memory in board.all_ram:
        size = min(memory.size, SRAM + MEGABYTE - memory.base)
        if memory.base >= SRAM and size > 0:
            yield memory.base, size
