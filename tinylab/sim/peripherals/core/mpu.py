"""MPU: storage registers only; protection is not emulated."""

from __future__ import annotations

from tinylab.boards.board import Core
from tinylab.sim.bus import Peripheral

BASE, SIZE = 0xE000_ED90, 0x60
TYPE, CTRL, RNR, RBAR, RASR, ALIASES_END = 0x00, 0x04, 0x08, 0x0C, 0x10, 0x2C
VALID, REGION = 1 << 4, 0xF

REGIONS = {Core.CORTEX_M4: 8, Core.CORTEX_M7: 16, Core.CORTEX_M33: 8}
"""MPU_TYPE.DREGION (PM0214, PM0253, PM0264: MPU_TYPER)."""


class MPU(Peripheral):
    """MPU of Armv7-M and Armv8-M (ARM DDI 0403, B3.5; ARM DDI 0553, MPU_RBAR and MPU_RLAR).

    RASR is RLAR on Armv8-M. The three pairs of aliases are the same region on Armv7-M,
    unless VALID selects another one, and the next regions of a group of four on Armv8-M.
    """

    def __init__(self, core: Core) -> None:
        super().__init__()
        self._regions = REGIONS[core]
        self._selects = core is not Core.CORTEX_M33
        self._pairs: dict[tuple[int, int], int] = {}

    def reset(self) -> None:
        super().reset()
        self._pairs = {}

    def read(self, offset: int) -> int:
        if offset == TYPE:
            return self._regions << 8
        if RBAR <= offset < ALIASES_END:
            return self._pairs.get(self._place(offset), 0)
        return super().read(offset)

    def write(self, offset: int, value: int) -> None:
        if not RBAR <= offset < ALIASES_END:
            super().write(offset, value)
            return
        is_base = self._place(offset)[1] == RBAR
        if self._selects and is_base and value & VALID:
            self.words[RNR] = value & REGION
        if self._selects and is_base:
            value = value & ~(VALID | REGION) | self.words.get(RNR, 0) & REGION
        self._pairs[self._place(offset)] = value

    def _place(self, offset: int) -> tuple[int, int]:
        """(region, RBAR or RASR) of a register or one of its aliases."""
        alias, which = divmod(offset - RBAR, 8)
        region = self.words.get(RNR, 0)
        if not self._selects:
            region = region & ~3 | alias if alias else region
        return region, RBAR + which
