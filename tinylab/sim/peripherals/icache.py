"""ICACHE of the STM32U5: enables the instruction cache."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import ClassVar

from tinylab.sim.bus import Peripheral

CR, SR, FCR = 0x00, 0x04, 0x0C
EN, CACHEINV, WAYSEL = 1 << 0, 1 << 1, 1 << 2
BSYENDF = 1 << 1


class ICACHE(Peripheral):
    """RM0456, ICACHE registers; invalidating takes no time, so BUSYF always reads 0.

    `on_change` is called when it is enabled or disabled; invalidation disables it briefly.
    """

    RESET: ClassVar[Mapping[int, int]] = {CR: WAYSEL, SR: 0}

    def __init__(self, on_change: Callable[[], None]) -> None:
        super().__init__()
        self._on_change = on_change
        self._invalidating = False

    @property
    def enabled(self) -> bool:
        return bool(self.words[CR] & EN) and not self._invalidating

    @property
    def direct_mapped(self) -> bool:
        """One way; can be selected only while the cache is disabled."""
        return not self.words[CR] & WAYSEL

    def reset(self) -> None:
        super().reset()
        self._on_change()

    def write(self, offset: int, value: int) -> None:
        if offset == CR:
            self._write_control(value)
        elif offset == FCR:
            self.words[SR] &= ~value
        elif offset != SR:
            super().write(offset, value)

    def _write_control(self, value: int) -> None:
        if self.words[CR] & EN:
            value = value & ~WAYSEL | self.words[CR] & WAYSEL
        self.words[CR] = value & ~CACHEINV
        if value & CACHEINV:
            self._invalidating = True
            self._on_change()
            self._invalidating = False
            self.words[SR] |= BSYENDF
        self._on_change()
