"""RTC: a stopped calendar, with the flags that firmware waits for."""

from __future__ import annotations

from typing import ClassVar

from tinylab.sim.bus import Peripheral

TR, DR, ISR = 0x00, 0x04, 0x0C
WRITABLE, RSF, INITF, INIT = 0b111, 1 << 5, 1 << 6, 1 << 7
"""ALRAWF, ALRBWF and WUTWF; then the flags of the shadow registers and of the init mode."""


class RTC(Peripheral):
    """Real-time clock (RM0434, RM0390 and RM0468, RTC): time does not advance, without alarms."""

    RESET: ClassVar[dict[int, int]] = {DR: 0x2101, 0x10: 0x007F_00FF, 0x14: 0xFFFF}

    def read(self, offset: int) -> int:
        value = super().read(offset)
        if offset == ISR:
            value &= ~INITF
            return value | WRITABLE | RSF | (INITF if value & INIT else 0)
        return value
