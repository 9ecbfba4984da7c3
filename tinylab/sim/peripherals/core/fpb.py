"""FPB: hardware breakpoints."""

from __future__ import annotations

from collections.abc import Callable

from tinylab.boards.board import Core
from tinylab.sim.bus import Peripheral

FP_CTRL, FP_COMP0 = 0x0, 0x8
ENABLE, KEY = 1 << 0, 1 << 1
REVISION_2 = 1 << 28
REPLACE_LOWER, REPLACE_UPPER = 0b01, 0b10

CONTROL = {
    Core.CORTEX_M4: 6 << 4 | 2 << 8,
    Core.CORTEX_M7: 8 << 4 | REVISION_2,
    Core.CORTEX_M33: 8 << 4 | REVISION_2,
}
"""FP_CTRL at reset: code comparators, literal comparators, revision (the cores' TRMs)."""


class FPB(Peripheral):
    """Flash patch and breakpoint unit (ARM DDI 0403, C1.11); patching is not emulated."""

    def __init__(self, core: Core, set_breakpoints: Callable[[set[int]], None]) -> None:
        super().__init__()
        self._set_breakpoints = set_breakpoints
        self._fixed = CONTROL[core]
        self._enabled = False

    def reset(self) -> None:
        """Reset only at power-on: breakpoints are kept."""

    def read(self, offset: int) -> int:
        return self._fixed | self._enabled if offset == FP_CTRL else super().read(offset)

    def write(self, offset: int, value: int) -> None:
        if offset == FP_CTRL:
            if value & KEY:
                self._enabled = bool(value & ENABLE)
        elif offset >= FP_COMP0:
            super().write(offset, value)
        self._set_breakpoints(self.breakpoints)

    @property
    def breakpoints(self) -> set[int]:
        """The addresses of the breakpoints in force."""
        return self._addresses() if self._enabled else set()

    def _addresses(self) -> set[int]:
        comparators = [word for word in self.words.values() if word & ENABLE]
        if self._fixed & REVISION_2:
            return {word & ~1 for word in comparators}
        lower = {word & 0x1FFF_FFFC for word in comparators if word >> 30 & REPLACE_LOWER}
        upper = {word & 0x1FFF_FFFC | 2 for word in comparators if word >> 30 & REPLACE_UPPER}
        return lower | upper
