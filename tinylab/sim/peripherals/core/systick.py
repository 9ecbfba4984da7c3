"""SysTick: counts down, and raises an interrupt at 0."""

from __future__ import annotations

from collections.abc import Callable

from tinylab.sim.bus import Peripheral
from tinylab.sim.events import Events

BASE, SIZE = 0xE000_E010, 0x10
CSR, RVR, CVR, CALIB = 0x0, 0x4, 0x8, 0xC
ENABLE, TICKINT = 1 << 0, 1 << 1
CLKSOURCE = 1 << 2
COUNTFLAG = 1 << 16
EXTERNAL_DIVIDER = 8
"""With CLKSOURCE 0 SysTick counts HCLK / 8 (RM0434 and RM0468, RCC, clock tree)."""


class SysTick(Peripheral):
    """SysTick of Armv7-M (ARM DDI 0403, B3.3), on simulated cycles, also during sleep.

    `interrupt` pends its exception.
    """

    def __init__(self, events: Events, interrupt: Callable[[], None]) -> None:
        super().__init__()
        self._events = events
        self._interrupt = interrupt
        self._alarm = events.alarm(self._reached_zero)
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

    @property
    def _divider(self) -> int:
        return 1 if self.words.get(CSR, 0) & CLKSOURCE else EXTERNAL_DIVIDER

    def _ticks(self) -> int:
        """Ticks since a write last set the counter to 0."""
        if not self.words.get(CSR, 0) & ENABLE:
            return 0
        return (self._events.now() - self._started) // self._divider

    def _value(self) -> int:
        if not self.words.get(CSR, 0) & ENABLE:
            return self._held
        return -self._ticks() % (self._reload + 1)

    def _restart(self, value: int) -> None:
        """Continue counting down from `value`."""
        self._held = value
        passed = -value % (self._reload + 1)
        self._started = self._events.now() - passed * self._divider
        self._flag_read = self._wraps()
        self._set_alarm()

    def _set_alarm(self) -> None:
        wanted = ENABLE | TICKINT
        if self.words.get(CSR, 0) & wanted == wanted and self._reload:
            ticks = (self._wraps() + 1) * (self._reload + 1)
            self._alarm.set(self._started + ticks * self._divider)
        else:
            self._alarm.clear()

    def _reached_zero(self) -> None:
        self._interrupt()
        self._set_alarm()

    def _wraps(self) -> int:
        return self._ticks() // (self._reload + 1)

    def _take_flag(self) -> int:
        """COUNTFLAG: has it counted to 0 since the last read?"""
        wraps = self._wraps()
        passed = wraps > self._flag_read
        self._flag_read = wraps
        return COUNTFLAG if passed else 0
