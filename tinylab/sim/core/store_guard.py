"""Stores into flash: the flash controller decides what becomes of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tinylab.sim.memory import HostMemory


class StoreGuard:
    """Hands stores into memories that are not writable to `store`, and keeps its decision.

    The emulator stores the value itself, whatever was decided, after `offer`; `restore` puts
    right what it should not have changed.
    """

    def __init__(
        self, memories: Sequence[HostMemory], store: Callable[[int, int, int], None]
    ) -> None:
        self._memories = memories
        self._store = store
        self._refused: list[tuple[HostMemory, int, bytes]] = []

    def offer(self, address: int, size: int, value: int) -> bool:
        """Whether there is something to `restore` afterwards."""
        value &= (1 << 8 * size) - 1
        self._store(address, size, value)
        memory = next(memory for memory in self._memories if memory.holds(address, size))
        offset = address - memory.base
        wanted = memory.buffer[offset : offset + size]
        if wanted == value.to_bytes(size, "little"):
            return False
        self._refused.append((memory, offset, wanted))
        return True

    def restore(self) -> None:
        for memory, offset, data in self._refused:
            memory.buffer[offset : offset + len(data)] = data
        self._refused.clear()
