"""The memories of a part, as listed in its board's record."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from tinylab.boards.board import Board, Bus, Memory, MemoryAlias
from tinylab.sim.memory import PAGE, HostMemory

ERASED = 0xFF
UNIQUE_ID_BYTES = 12


class UnclockedAccess(NamedTuple):
    """An access of a memory while RCC does not enable its clock: bit `bit` of `register`."""

    memory: str
    address: int
    register: int
    bit: int


@dataclass(frozen=True)
class PartMemory:
    """`everything` has the core's memories; `vectors` is its vector table after a reset.

    `clocks` has the (register, bit) that enables a memory's clock, for those that have one;
    `unclocked` those whose clock is off: they do not respond. `private` are out of reach of DMA.
    """

    flash: HostMemory
    everything: tuple[HostMemory, ...]
    vectors: int
    clocks: Mapping[HostMemory, tuple[int, int]] = field(default_factory=dict)
    private: frozenset[HostMemory] = frozenset()
    unclocked: set[HostMemory] = field(default_factory=set)

    def holding(self, address: int, size: int) -> HostMemory | None:
        """The memory that contains all of `address .. address + size`, and responds."""
        for memory in self.everything:  # a loop, as it is the fastest
            if memory.base <= address and address + size <= memory.base + memory.size:
                return None if memory in self.unclocked else memory
        return None

    def unclocked_at(self, address: int) -> UnclockedAccess | None:
        """That an access at `address` fails because of a clock; None if not."""
        found = next((memory for memory in self.unclocked if memory.holds(address)), None)
        if found is None:
            return None
        return UnclockedAccess(found.name, address, *self.clocks[found])

    def pieces(self, address: int, size: int) -> list[tuple[HostMemory, int, int]]:
        """(memory, address, size) of `address .. address + size`, which may span adjacent
        memories; empty if any of it is not memory."""
        found = []
        while size > 0:
            memory = self.holding(address, 1)
            if memory is None:
                return []
            count = min(size, memory.base + memory.size - address)
            found.append((memory, address, count))
            address, size = address + count, size - count
        return found

    def in_flash(self, address: int, size: int) -> bool:
        """Whether that is flash, at its own address or at its alias."""
        memory = self.holding(address, size)
        return memory is not None and memory.buffer is self.flash.buffer

    def read(self, address: int, size: int) -> bytes | None:
        """Bytes of RAM or flash; None if there is no memory."""
        pieces = self.pieces(address, size)
        if not pieces:
            return None
        return b"".join(
            memory.buffer[memory.position(start) : memory.position(start) + count]
            for memory, start, count in pieces
        )


def part_memory(board: Board) -> PartMemory:
    """Erased flash, zeroed RAM, the factory's bytes, and the aliases."""
    flash = HostMemory.allocate(
        board.flash.name,
        board.flash.base,
        board.flash.size,
        writable=False,
        bus=Bus.FLASH,
        fill=ERASED,
    )
    ram = list(_ram((*board.ram, *board.other_ram), board.aliases))
    everything = [flash, *(memory for memory, _ in ram), _system_memory(board)]
    if board.boot_alias is not None:
        everything.append(flash.alias(board.boot_alias))
    return PartMemory(
        flash,
        tuple(everything),
        everything[-1].base if board.boot_alias is not None else board.flash.base,
        {memory: block.clock for memory, block in ram if block.clock is not None},
        frozenset(memory for memory, block in ram if not block.dma),
    )


def _ram(
    blocks: Sequence[Memory], aliases: Sequence[MemoryAlias]
) -> Iterator[tuple[HostMemory, Memory]]:
    """Each RAM with its record; its aliases follow it."""
    for block in blocks:
        memory = HostMemory.allocate(
            block.name, block.base, block.size, writable=True, bus=block.bus
        )
        yield memory, block
        for alias in aliases:
            if memory.holds(alias.of, alias.size):
                yield memory.alias(alias.base, alias.of, alias.size), block


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
