"""Sleep of a core: advancing time, and wake-up."""

from __future__ import annotations

from collections.abc import Callable

from tinylab.sim.events import Events
from tinylab.sim.peripherals.core.nvic import NVIC
from tinylab.sim.peripherals.core.scb import SCB
from tinylab.sim.stop_mode import StopMode

ALARMS_AT_A_TIME = 1000
"""Alarms after which the debugger gets access."""


class Sleep:
    """WFI, WFE and sleep on exit (ARM DDI 0403, B1.5.18 and B1.5.19).

    While the core sleeps, time advances from one alarm to the next. The cycle counter of DWT
    does not count, as on silicon, where the core is not clocked in Sleep mode. With SLEEPDEEP,
    `stop` determines what happens.
    """

    def __init__(
        self, events: Events, nvic: NVIC, scb: SCB, wakes: Callable[[], bool], stop: StopMode
    ) -> None:
        self._stop = stop
        self._events = events
        self._scb = scb
        self._wakes = wakes
        self._for_event = False
        nvic.on_pending = self._note_pending
        self.reset()

    def reset(self) -> None:
        """Awake, as after a system reset or a halt."""
        self._stop.leave()
        self.asleep = False
        self._stopped = False
        self.event = False
        """The event register."""
        self.can_end = True
        """Whether there is an alarm that may end the sleep."""

    def fall_asleep(self) -> None:
        """WFI; no effect if a wake-up condition is already present."""
        self._for_event = False
        self._begin(not self._wakes())

    def wait_for_event(self, *, after_sev: bool) -> None:
        """WFE; no effect if an event occurred since the last WFE."""
        awake = self.event or after_sev or self._wakes()
        self.event = False
        self._for_event = True
        self._begin(not awake)

    def _begin(self, asleep: bool) -> None:
        self.asleep, self.can_end = asleep, True
        self._stopped = asleep and self._scb.sleeps_deeply and self._stop.enter()

    def go_on(self) -> None:
        """Sleep through a number of alarms, or until one wakes the core."""
        for _ in range(ALARMS_AT_A_TIME):
            self.can_end = self._advance()
            self.asleep = not self._is_over()
            if not self.asleep:
                self._wake_up()
            if not self.asleep or not self.can_end:
                return

    def _advance(self) -> bool:
        """To the next alarm; False if none is set."""
        if not self._stopped:
            return self._events.sleep_to_next()
        self._events.run_posted()
        return self._stop.wait()

    def _wake_up(self) -> None:
        self._stop.leave()
        self._stopped = False
        if self._for_event:
            self.event = False

    def _is_over(self) -> bool:
        return self._wakes() or (self._for_event and self.event)

    def _note_pending(self) -> None:
        """An exception becomes pending, enabled or not, whether the core sleeps or not."""
        self.event = self.event or self._scb.pending_is_event
