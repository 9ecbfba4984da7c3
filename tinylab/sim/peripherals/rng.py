"""RNG: pseudo-random numbers, equal in every run."""

from __future__ import annotations

from tinylab.sim.bus import Peripheral

CR, SR, DR = 0x00, 0x04, 0x08
RNGEN, DRDY, CONDRST = 1 << 2, 1 << 0, 1 << 30
SEED = 0x2545_F491


class RNG(Peripheral):
    """Random number generator (RM0434, RNG): xorshift32 from a fixed seed, always ready.

    Interrupts are not emulated, and errors never occur.
    """

    def __init__(self) -> None:
        super().__init__()
        self._state = SEED

    def reset(self) -> None:
        super().reset()
        self._state = SEED

    def read(self, offset: int) -> int:
        running = self.words.get(CR, 0) & RNGEN
        if offset == SR:
            return DRDY if running else 0
        if offset == DR:
            return self._next() if running else 0
        return super().read(offset)

    def write(self, offset: int, value: int) -> None:
        """CONDRST reads back as written: HAL waits for both values."""
        if offset not in (SR, DR):
            super().write(offset, value)

    def _next(self) -> int:
        state = self._state
        state ^= state << 13 & 0xFFFF_FFFF
        state ^= state >> 17
        self._state = state ^ state << 5 & 0xFFFF_FFFF
        return self._state
