"""TIMx: timers as time bases, with their update interrupt."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from tinylab.sim.bus import Peripheral
from tinylab.sim.events import Events

CR1, DIER, SR, EGR, CNT, PSC, ARR = 0x00, 0x0C, 0x10, 0x14, 0x24, 0x28, 0x2C
CEN, UDIS, URS, OPM = 1 << 0, 1 << 1, 1 << 2, 1 << 3
UIE, UIF, UG = 1 << 0, 1 << 0, 1 << 0
UIFREMAP, UIFCPY = 1 << 11, 1 << 31
PRECISION = 1_000_000
"""Core clock / timer clock is represented as a fraction with a denominator up to this."""


class Timer(Peripheral):
    """A basic or general-purpose timer that counts up (RM0434, TIM2 and TIM16; RM0468, TIM6).

    `timer_hz` and `core_hz` return clocks. Capture, compare, slave modes, counting down and DMA
    are registers without effect; a new PSC takes effect at the next update, a new ARR at once.
    `bits` is the counter's width.
    """

    def __init__(
        self,
        timer_hz: Callable[[], float],
        core_hz: Callable[[], float],
        events: Events,
        interrupt: Callable[[bool], None],
        bits: int,
    ) -> None:
        super().__init__()
        self._timer_hz = timer_hz
        self._core_hz = core_hz
        self._events = events
        self._interrupt = interrupt
        self._mask = (1 << bits) - 1
        self._alarm = events.alarm(self._settle)
        self._tick = Fraction(1)
        """Core cycles of one timer clock."""
        self._clear()

    def _clear(self) -> None:
        self.words[ARR] = self._mask
        self._prescaler = 0
        self._count = 0
        self._since = Fraction(0)
        """The cycle at which the counter was `_count`."""

    def reset(self) -> None:
        super().reset()
        self._clear()
        self._alarm.clear()
        self._interrupt(False)

    def clocks_changed(self) -> None:
        """Continue counting with the present clocks."""
        self._settle()
        self._stand_at(self._value())
        self._tick = Fraction(self._core_hz() / self._timer_hz()).limit_denominator(PRECISION)
        self._set_alarm()

    # Registers

    def read(self, offset: int) -> int:
        self._events.catch_up()
        self._settle()
        if offset == CNT:
            copy = self.words.get(CR1, 0) & UIFREMAP and self.words.get(SR, 0) & UIF
            return self._value() | (UIFCPY if copy else 0)
        return super().read(offset)

    def write(self, offset: int, value: int) -> None:
        self._settle()
        if offset == SR:
            self.words[SR] = self.words.get(SR, 0) & value
        elif offset == EGR:
            self._generate(value)
        elif offset == CNT:
            self._stand_at(value & self._mask)
        else:
            self._stand_at(self._value())
            super().write(offset, value & self._mask if offset == ARR else value)
        self._set_alarm()

    def _generate(self, value: int) -> None:
        if value & UG:
            self._stand_at(0)
            self._prescaler = self.words.get(PSC, 0) & 0xFFFF
            if not self.words.get(CR1, 0) & (UDIS | URS):
                self.words[SR] = self.words.get(SR, 0) | UIF

    # Counting

    @property
    def _running(self) -> bool:
        return bool(self.words.get(CR1, 0) & CEN and self.words[ARR])

    @property
    def _step(self) -> Fraction:
        """Core cycles from one count to the next."""
        return self._tick * (self._prescaler + 1)

    def _value(self) -> int:
        if not self._running:
            return self._count
        return self._count + int((self._events.now() - self._since) / self._step) & self._mask

    def _stand_at(self, count: int) -> None:
        """Set the counter to `count`; the elapsed fraction of a count is kept."""
        now = Fraction(self._events.now())
        if self._running and count == self._value():
            now -= (now - self._since) % self._step
        self._count, self._since = count, now

    def _next_update(self) -> Fraction:
        left = self.words[ARR] + 1 - self._count
        return self._since + self._step * (left if left > 0 else self._mask + 1 + left)

    def _settle(self) -> None:
        """Do the updates that are due."""
        now = self._events.now()
        while self._running and self._next_update() <= now:
            self._update(self._next_update())
            period = self._step * (self.words[ARR] + 1)
            self._since += (now - self._since) // period * period
        self._set_alarm()

    def _update(self, at: Fraction) -> None:
        self._count, self._since = 0, at
        control = self.words.get(CR1, 0)
        if not control & UDIS:
            self._prescaler = self.words.get(PSC, 0) & 0xFFFF
            self.words[SR] = self.words.get(SR, 0) | UIF
        if control & OPM:
            self.words[CR1] = control & ~CEN

    def _set_alarm(self) -> None:
        """An alarm is needed only for an interrupt: otherwise reads compute the count."""
        interrupting = self.words.get(DIER, 0) & UIE
        self._interrupt(bool(interrupting and self.words.get(SR, 0) & UIF))
        if self._running and interrupting and not self.words.get(SR, 0) & UIF:
            self._alarm.set(-int(-self._next_update() // 1))
        else:
            self._alarm.clear()
