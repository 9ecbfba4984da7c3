"""GPIO ports: registers that keep their values; no pin is connected to anything."""

from __future__ import annotations

from tinylab.sim.bus import Peripheral

ODR, BSRR, BRR = 0x14, 0x18, 0x28


class GPIO(Peripheral):
    """One port (RM0434, GPIO registers; the same in RM0468)."""

    def write(self, offset: int, value: int) -> None:
        if offset == BSRR:
            self.words[ODR] = (self.words.get(ODR, 0) & ~(value >> 16) | value) & 0xFFFF
        elif offset == BRR:
            self.words[ODR] = self.words.get(ODR, 0) & ~value
        else:
            super().write(offset, value)
