"""EXTI: lines that interrupt, and that wake the core from Stop mode."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from tinylab.sim.bus import Peripheral

GROUPS = (*((1 << line) for line in range(5)), 0x3E0, 0xFC00)
"""The lines of each interrupt: EXTI0 to EXTI4, EXTI9_5, EXTI15_10; the RTC's wake-up follows."""


class EXTI(Peripheral):
    """Lines 0 to 31 (RM0390, EXTI): rising edges, software triggers, interrupts and events.

    `interrupts` are the lines to NVIC of `GROUPS` and of the RTC's wake-up timer, `on_event` wakes
    the core from WFE. Pins do not trigger their lines, as nothing is connected to them.
    """

    RTSR: ClassVar[int] = 0x08
    SWIER: ClassVar[int] = 0x10
    IMR: ClassVar[int] = 0x00
    EMR: ClassVar[int] = 0x04
    PENDING: ClassVar[int] = 0x14
    RTC_WAKEUP: ClassVar[int] = 22
    """The line of the RTC's wake-up timer."""

    def __init__(
        self, interrupts: Sequence[Callable[[bool], None]], on_event: Callable[[], None]
    ) -> None:
        super().__init__()
        self._interrupts = interrupts
        self._on_event = on_event

    def reset(self) -> None:
        super().reset()
        self._signal()

    def rise(self, line: int) -> None:
        """A rising edge on a line."""
        self._trigger(self.words.get(self.RTSR, 0) & 1 << line)

    def write(self, offset: int, value: int) -> None:
        if offset == self.PENDING:
            self.words[offset] = self.words.get(offset, 0) & ~value
            self.words[self.SWIER] = self.words.get(self.SWIER, 0) & ~value
        elif offset == self.SWIER:
            before = self.words.get(offset, 0)
            self.words[offset] = before | value
            self._trigger(value & ~before)
        else:
            super().write(offset, value)
        self._signal()

    def _trigger(self, lines: int) -> None:
        self.words[self.PENDING] = self.words.get(self.PENDING, 0) | lines
        self._signal()
        if lines & self.words.get(self.EMR, 0):
            self._on_event()

    def _signal(self) -> None:
        active = self.words.get(self.PENDING, 0) & self.words.get(self.IMR, 0)
        for group, interrupt in zip((*GROUPS, 1 << self.RTC_WAKEUP), self._interrupts, strict=True):
            interrupt(bool(active & group))


class EXTIofL4(EXTI):
    """RM0432, EXTI."""

    RTC_WAKEUP: ClassVar[int] = 20


class EXTIofWB(EXTI):
    """RM0434, EXTI: the registers of the first core."""

    RTSR: ClassVar[int] = 0x00
    SWIER: ClassVar[int] = 0x08
    PENDING: ClassVar[int] = 0x0C
    IMR: ClassVar[int] = 0x80
    EMR: ClassVar[int] = 0x84
    RTC_WAKEUP: ClassVar[int] = 19


class EXTIofH7(EXTI):
    """RM0433, EXTI."""

    RTSR: ClassVar[int] = 0x00
    SWIER: ClassVar[int] = 0x08
    IMR: ClassVar[int] = 0x80
    EMR: ClassVar[int] = 0x84
    PENDING: ClassVar[int] = 0x88
    RTC_WAKEUP: ClassVar[int] = 19
