"""RTC with its wake-up timer, which also runs in Stop mode."""

from __future__ import annotations

import math
from collections.abc import Callable

from tinylab.sim.events import Events
from tinylab.sim.peripherals.timers.rtc import RTC

CR, ISR, PRER, WUTR = 0x08, 0x0C, 0x10, 0x14
WUCKSEL, WUTE, WUTIE = 0b111, 1 << 10, 1 << 14
WUTF = 1 << 10
DIVIDERS = (16, 8, 4, 2)
"""Of RTCCLK, for WUCKSEL 0 to 3; with 4 and above it counts the seconds of the calendar."""
LONG = 0b110
"""WUCKSEL with this pattern adds 2^16 to WUTR."""


class RTCwithWakeUp(RTC):
    """Real-time clock whose calendar stands, and whose wake-up timer runs (RM0390, RTC).

    `now` is simulated time in seconds, `clock_hz` RTCCLK, 0 if it is off. `on_wake_up` is called
    once each period if WUTIE is set and WUTF is not.
    """

    def __init__(
        self,
        now: Callable[[], float],
        clock_hz: Callable[[], float],
        core_hz: Callable[[], float],
        events: Events,
        on_wake_up: Callable[[], None],
    ) -> None:
        super().__init__()
        self._now = now
        self._clock_hz = clock_hz
        self._core_hz = core_hz
        self._events = events
        self._on_wake_up = on_wake_up
        self._alarm = events.alarm(self.catch_up)
        self.due: float | None = None
        """When the wake-up timer next reaches 0, in seconds; None: it is off."""

    def reset(self) -> None:
        """A system reset leaves the RTC running; here it stops, as the backup domain is reset."""
        super().reset()
        self.due = None
        self._alarm.clear()

    def clocks_changed(self) -> None:
        self._set_alarm()

    def read(self, offset: int) -> int:
        if offset == ISR:
            self._events.catch_up()
        return super().read(offset)

    def write(self, offset: int, value: int) -> None:
        before = self.words.get(offset, 0)
        if offset == ISR and not value & WUTF:
            value &= ~WUTF
        elif offset == ISR:
            value = value & ~WUTF | before & WUTF
        super().write(offset, value)
        if offset == CR and (before ^ value) & WUTE:
            self.due = self._now() + self._period() if value & WUTE and self._period() else None
            self._set_alarm()

    def catch_up(self) -> None:
        """Do what is due at the present time."""
        while self.due is not None and self.due <= self._now():
            raised = self.words.get(ISR, 0) & WUTF
            self.words[ISR] = self.words.get(ISR, 0) | WUTF
            self.due += self._period()
            if self.words.get(CR, 0) & WUTIE and not raised:
                self._on_wake_up()
        self._set_alarm()

    def _period(self) -> float:
        """Seconds from one wake-up to the next; 0 if there is no clock."""
        hz = self._clock_hz()
        if not hz:
            return 0.0
        selected, ticks = self.words.get(CR, 0) & WUCKSEL, (self.words[WUTR] & 0xFFFF) + 1
        if selected < len(DIVIDERS):
            return DIVIDERS[selected] * ticks / hz
        if selected & LONG == LONG:
            ticks += 1 << 16
        prescaler = self.words[PRER]
        return ((prescaler >> 16 & 0x7F) + 1) * ((prescaler & 0x7FFF) + 1) * ticks / hz

    def _set_alarm(self) -> None:
        if self.due is None:
            self._alarm.clear()
            return
        seconds = max(0.0, self.due - self._now())
        self._alarm.set(self._events.now() + math.ceil(seconds * self._core_hz()))
