"""A core that sleeps: what lets its time pass, and what wakes it."""

from __future__ import annotations

from collections.abc import Callable

from tinylab.sim.events import Events
from tinylab.sim.peripherals.core.nvic import NVIC
from tinylab.sim.peripherals.core.scb import SCB

ALARMS_AT_A_TIME = 1000
"""The debugger gets a word in after so many."""


class Sleep:
    """WFI, WFE and sleep on exit (ARM DDI 0403, B1.5.18 and B1.5.19).

    While the core sleeps, time jumps from one alarm to the next. The cycle counter of DWT
    stands still, as on silicon, where the core has no clock in Sleep mode.
    """

    def __init__(self, events: Events, nvic: NVIC, scb: SCB, wakes: Callable[[], bool]) -> None:
        self._events = events
        self._nvic = nvic
        self._scb = scb
        self._wakes = wakes
        self._for_event = False
        self._pending_before = 0
        self.reset()

    def reset(self) -> None:
        self.asleep = False
        self.event = False
        """The event register."""
        self.can_end = True
        """Whether there is an alarm that may end it."""

    def fall_asleep(self) -> None:
        """WFI; nothing happens if what wakes is there already."""
        self._for_event = False
        self.asleep = not self._wakes()
        self.can_end = True

    def wait_for_event(self, *, after_sev: bool) -> None:
        """WFE: an event that was, since the last one, is enough."""
        self.asleep = not (self.event or after_sev or self._wakes())
        self.event = False
        self._for_event = True
        self._pending_before = self._nvic.pending
        self.can_end = True

    def go_on(self) -> None:
        """Sleep through some alarms, or until one wakes."""
        for _ in range(ALARMS_AT_A_TIME):
            self.can_end = self._events.sleep_to_next()
            self.asleep = not self._is_over()
            if not self.asleep or not self.can_end:
                return

    def _is_over(self) -> bool:
        new = self._nvic.pending & ~self._pending_before
        return self._wakes() or (self._for_event and self._scb.pending_is_event and bool(new))
