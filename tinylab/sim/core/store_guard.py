"""Stores into flash: the flash controller decides whether they change it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tinylab.sim.memory import HostMemory


class StoreGuard:
    """Passes stores into memories that are not writable to `store`, and applies its decision.

    The emulator always stores the value itself after `offer`; `restore` undoes changes that it
    should not have made.
    """

    def __init__(
        self, memories: Sequence[HostMemory], store: Callable[[int, int, int], None]
    ) -> None:
        self._memories = memories
        self._store = store
        self._refused: list[tuple[HostMemory, int, bytes]] = []

    def covers(self, address: int) -> bool:
        """Whether `address` is in a memory that is not writable."""
        return any(memory.holds(address) for memory in self._memories if not memory.writable)

    def offer(self, address: int, size: int, value: int) -> bool:
        """Returns whether `restore` must be called afterwards."""
        value &= (1 << 8 * size) - 1
        self._store(address, size, value)
        memory = next(memory for memory in self._memories if memory.holds(address, size))
        offset = memory.position(address)
        wanted = memory.buffer[offset : offset + size]
        if wanted == value.to_bytes(size, "little"):
            return False
        self._refused.append((memory, offset, wanted))
        return True

    def restore(self) -> None:
        for memory, offset, data in self._refused:
            memory.buffer[offset : offset + len(data)] = data
        self._refused.clear()
