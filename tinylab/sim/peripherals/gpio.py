"""GPIO ports: storage registers; pins are not connected."""

from __future__ import annotations

from collections.abc import Collection
from typing import ClassVar

from tinylab.sim.bus import Peripheral

MODER, PUPDR, IDR, ODR, BSRR, BRR = 0x00, 0x0C, 0x10, 0x14, 0x18, 0x28
PINS = range(16)
OUTPUT, PULL_UP = 0b01, 0b01


class GPIO(Peripheral):
    """One port (RM0434, GPIO registers; the same in RM0468).

    An output reads back its driven level, an input its pull-up. LCKR has no effect.
    """

    STANDING: ClassVar[Collection[int]] = range(BRR)

    def read(self, offset: int) -> int:
        return self._levels() if offset == IDR else super().read(offset)

    def write(self, offset: int, value: int) -> None:
        if offset == BSRR:
            self.words[ODR] = (self.words.get(ODR, 0) & ~(value >> 16) | value) & 0xFFFF
        elif offset == BRR:
            self.words[ODR] = self.words.get(ODR, 0) & ~value
        elif offset != IDR:
            super().write(offset, value)

    def _levels(self) -> int:
        modes, pulls = self.words.get(MODER, 0), self.words.get(PUPDR, 0)
        driven = self.words.get(ODR, 0)
        return sum(
            1 << pin
            for pin in PINS
            if (
                driven >> pin & 1
                if modes >> 2 * pin & 0b11 == OUTPUT
                else pulls >> 2 * pin & 0b11 == PULL_UP
            )
        )
