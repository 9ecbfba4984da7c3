"""Stop mode: the clocks of a part stop, until an EXTI line wakes it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from tinylab.sim.peripherals.power.deep_sleep import DeepSleep
from tinylab.sim.simulated_time import SimulatedTime

DBGMCU_CR, DBG_STOP = 0x04, 1 << 1


class RealTimeSource(Protocol):
    """A peripheral whose clock does not stop, as the RTC."""

    due: float | None
    """The time in seconds of what it does next."""

    def catch_up(self) -> None: ...


class StopMode:
    """Enters, waits in and leaves the modes of a core whose SLEEPDEEP is set.

    In Stop mode simulated cycles stand still: SysTick, timers, serial ports and DMA do not
    advance. Time advances to what `sources` do next. After wake-up, `restart_clocks` selects the
    oscillator that the part restarts from. If `debug_control` returns DBGMCU_CR with DBG_STOP set,
    the clocks keep running from that oscillator.

    Standby and Shutdown are not emulated: nothing ends them except a reset or the debugger.
    """

    def __init__(
        self,
        selected: Callable[[], DeepSleep],
        debug_control: Callable[[], int],
        restart_clocks: Callable[[], None],
        time: SimulatedTime,
        sources: Callable[[], list[RealTimeSource]],
    ) -> None:
        self._selected = selected
        self._debug_control = debug_control
        self._restart_clocks = restart_clocks
        self._time = time
        self._sources = sources
        self.mode: DeepSleep | None = None
        """The present mode; None: none."""

    @property
    def for_good(self) -> bool:
        """Whether the core is in such a mode, and nothing ends it."""
        waiting = self.mode is DeepSleep.STOP and any(
            one.due is not None for one in self._sources()
        )
        return self.mode is not None and not waiting

    def enter(self) -> bool:
        """The core goes to sleep with SLEEPDEEP set; returns whether the clocks stop."""
        mode = self._selected()
        if mode is DeepSleep.STOP and self._debug_control() & DBG_STOP:
            self._restart_clocks()
            return False
        self.mode = mode
        return True

    def wait(self) -> bool:
        """Advance to the next event of a source, and let it occur; False if there is none."""
        due = [source.due for source in self._sources() if source.due is not None]
        if self.mode is not DeepSleep.STOP or not due:
            return False
        self._time.skip_to(min(due))
        for source in self._sources():
            source.catch_up()
        return True

    def leave(self) -> None:
        """The core wakes up."""
        if self.mode is not None:
            self.mode = None
            self._restart_clocks()
