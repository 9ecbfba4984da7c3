"""The memories of a part, as listed in its board's record."""

from __future__ import annotations

from dataclasses import dataclass

from tinylab.boards.board import Board, Bus
from tinylab.sim.memory import PAGE, HostMemory

ERASED = 0xFF
UNIQUE_ID_BYTES = 12


@dataclass(frozen=True)
class PartMemory:
    """`everything` has the core's memories; `vectors` is its vector table after a reset."""

    flash: HostMemory
    everything: tuple[HostMemory, ...]
    vectors: int

    def holding(self, address: int, size: int) -> HostMemory | None:
        """The memory that contains all of `address .. address + size`."""
        return next((memory for memory in self.everything if memory.holds(address, size)), None)

    def in_flash(self, address: int, size: int) -> bool:
        """Whether that is flash, at its own address or at its alias."""
        memory = self.holding(address, size)
        return memory is not None and memory.buffer is self.flash.buffer

    def read(self, address: int, size: int) -> bytes | None:
        """Bytes of RAM or flash; None if there is no memory."""
        memory = self.holding(address, size)
        if memory is None:
            return None
        offset = address - memory.base
        return memory.buffer[offset : offset + size]


def part_memory(board: Board) -> PartMemory:
    """Erased flash, zeroed RAM, the factory's bytes, and the alias of the flash."""
    flash = HostMemory.allocate(
        board.flash.name,
        board.flash.base,
        board.flash.size,
        writable=False,
        bus=Bus.FLASH,
        fill=ERASED,
    )
    ram = (
        HostMemory.allocate(block.name, block.base, block.size, writable=True, bus=block.bus)
        for block in (*board.ram, *board.other_ram)
    )
    everything = (flash, *ram, _system_memory(board))
    if board.boot_alias is None:
        return PartMemory(flash, everything, board.flash.base)
    return PartMemory(flash, (*everything, flash.alias(board.boot_alias)), board.boot_alias)


def _system_memory(board: Board) -> HostMemory:
    """Flash size and unique id."""
    size_at, id_at = board.identity.flash_size_address, board.identity.unique_id_address
    base = min(size_at, id_at) // PAGE * PAGE
    memory = HostMemory.allocate(
        "system memory", base, PAGE, writable=False, bus=Bus.FLASH, fill=ERASED
    )
    kilobytes = (board.flash.size // 1024).to_bytes(2, "little")
    memory.buffer[size_at - base : size_at - base + len(kilobytes)] = kilobytes
    unique = board.mcu.encode().ljust(UNIQUE_ID_BYTES)[:UNIQUE_ID_BYTES]
    memory.buffer[id_at - base : id_at - base + UNIQUE_ID_BYTES] = unique
    return memory
