"""Memories whose clock the firmware has to enable in RCC."""

from __future__ import annotations

from collections.abc import Callable

from tinylab.sim.memory import HostMemory
from tinylab.sim.part_memory import PartMemory


class MemoryClocks:
    """Keeps `memory.unclocked` as the registers of RCC say, which `read` returns by address.

    `respond` is called when a memory begins or ceases to respond to the core.
    """

    def __init__(
        self,
        memory: PartMemory,
        read: Callable[[int], int],
        respond: Callable[[HostMemory, bool], None],
    ) -> None:
        self._memory = memory
        self._read = read
        self._respond = respond

    def update(self) -> None:
        """The registers may have changed."""
        unclocked = self._memory.unclocked
        for memory, (register, bit) in self._memory.clocks.items():
            clocked = bool(self._read(register) >> bit & 1)
            if clocked == (memory not in unclocked):
                continue
            if clocked:
                unclocked.remove(memory)
            else:
                unclocked.add(memory)
            self._respond(memory, clocked)
