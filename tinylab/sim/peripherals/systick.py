"""SysTick: counts down; its interrupt is not emulated."""

from __future__ import annotations

from collections.abc import Callable

from tinylab.sim.bus import Peripheral

CSR, RVR, CVR, CALIB = 0x0, 0x4, 0x8, 0xC
ENABLE = 1 << 0
CLKSOURCE = 1 << 2
COUNTFLAG = 1 << 16
EXTERNAL_DIVIDER = 8
"""With CLKSOURCE 0 SysTick counts HCLK / 8 (RM0434 and RM0468, RCC, clock tree)."""


class SysTick(Peripheral):
    """SysTick of Armv7-M (ARM DDI 0403, B3.3), on the simulated cycles."""

    def __init__(self, cycles: Callable[[], int]) -> None:
        super().__init__()
        self._cycles = cycles
        self._started = 0
        self._held = 0
        self._flag_read = 0

    def read(self, offset: int) -> int:
        if offset == CSR:
            return super().read(CSR) | self._take_flag()
        if offset == CVR:
            return self._value()
        return super().read(offset)

    def write(self, offset: int, value: int) -> None:
        if offset == CSR:
            held = self._value()
            super().write(CSR, value & 7)
            self._restart(held)
        elif offset == RVR:
            held = self._value()
            super().write(RVR, value & 0xFF_FFFF)
            self._restart(held)
        elif offset == CVR:
            self._restart(0)

    def reset(self) -> None:
        super().reset()
        self._restart(0)

    @property
    def _reload(self) -> int:
        return self.words.get(RVR, 0)

    def _ticks(self) -> int:
        """Ticks since the counter last stood at 0 by a write."""
        control = self.words.get(CSR, 0)
        if not control & ENABLE:
            return 0
        elapsed = self._cycles() - self._started
        return elapsed if control & CLKSOURCE else elapsed // EXTERNAL_DIVIDER

    def _value(self) -> int:
        if not self.words.get(CSR, 0) & ENABLE:
            return self._held
        return -self._ticks() % (self._reload + 1)

    def _restart(self, value: int) -> None:
        """Go on counting down from `value`."""
        self._held = value
        divider = 1 if self.words.get(CSR, 0) & CLKSOURCE else EXTERNAL_DIVIDER
        passed = -value % (self._reload + 1)
        self._started = self._cycles() - passed * divider
        self._flag_read = self._wraps()

    def _wraps(self) -> int:
        return self._ticks() // (self._reload + 1)

    def _take_flag(self) -> int:
        """COUNTFLAG: has it counted to 0 since the last read?"""
        wraps = self._wraps()
        passed = wraps > self._flag_read
        self._flag_read = wraps
        return COUNTFLAG if passed else 0
