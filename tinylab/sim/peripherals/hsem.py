"""HSEM: semaphores that firmware shares with a second core."""

from __future__ import annotations

from tinylab.sim.bus import Peripheral

RLR, SEMAPHORES = 0x80, 32
LOCK, COREID, PROCID = 1 << 31, 8, 0xFF


class HSEM(Peripheral):
    """Hardware semaphores (RM0434 and RM0468, HSEM), used by one core only.

    `core_id` is the id of the emulated core. Interrupts are not emulated.
    """

    def __init__(self, core_id: int) -> None:
        super().__init__()
        self._owner = core_id << COREID

    def read(self, offset: int) -> int:
        """Reading RLR takes a semaphore in one step."""
        if not RLR <= offset < 2 * RLR:
            return super().read(offset)
        offset -= RLR
        if not self.words.get(offset, 0) & LOCK:
            self.words[offset] = LOCK | self._owner
        return self.words[offset]

    def write(self, offset: int, value: int) -> None:
        """A lock succeeds if it was free; only the process that owns it can free it."""
        if offset >= RLR:
            super().write(offset, value)
            return
        now = self.words.get(offset, 0)
        if value & LOCK and not now & LOCK:
            self.words[offset] = LOCK | self._owner | value & PROCID
        elif not value & LOCK and now & PROCID == value & PROCID:
            self.words[offset] = 0
