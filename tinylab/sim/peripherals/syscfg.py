"""SYSCFG: storage registers, and a compensation cell that is always ready."""

from __future__ import annotations

from tinylab.sim.bus import Peripheral

CELL, ENABLED, READY = 0x20, 1 << 0, 1 << 8


class SYSCFGwithCell(Peripheral):
    """SYSCFG_CMPCR of the F4 and F7, SYSCFG_CCCSR of the H7 (RM0390 and RM0468, SYSCFG)."""

    def read(self, offset: int) -> int:
        value = super().read(offset)
        if offset != CELL:
            return value
        return value | READY if value & ENABLED else value & ~READY
