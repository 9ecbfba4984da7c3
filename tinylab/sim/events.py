"""Simulated cycles, and events scheduled at them."""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Callable
from typing import Protocol

NEVER = (1 << 63) - 1


class Alarm:
    """An event that occurs once at its set cycle, or not at all."""

    def __init__(self, events: Events, callback: Callable[[], None]) -> None:
        self._events = events
        self.callback = callback
        self.cycle = NEVER

    def set(self, cycle: int) -> None:
        """Set the alarm to `cycle`; replaces an earlier setting."""
        self.cycle = cycle
        self._events.arm(self)

    @property
    def is_set(self) -> bool:
        return self.cycle < NEVER

    def clear(self) -> None:
        """Clear the alarm."""
        self.cycle = NEVER


class AlarmedCore(Protocol):
    """A core that counts cycles and calls `Events.run_due` on request."""

    @property
    def accessing_pc(self) -> int | None: ...
    def cycles_now(self) -> int: ...
    def set_alarm(self, cycle: int) -> None: ...
    def want_service(self) -> None: ...


class Events:
    """The part's time in core clock cycles, awake and asleep, with its alarms.

    Alarms occur between two blocks of code, or while the core sleeps, in the order of their
    cycles; those of one cycle in the order they were set. The host's clock is not used.
    """

    def __init__(self, core: AlarmedCore) -> None:
        self._core = core
        self._queue: list[tuple[int, int, Alarm]] = []
        self._set = 0
        self._slept = 0
        self._waiting: deque[Callable[[], None]] = deque()

    def now(self) -> int:
        """Cycles since power-up; the core clock continues while the core sleeps."""
        return self._core.cycles_now() + self._slept

    def alarm(self, callback: Callable[[], None]) -> Alarm:
        """A new alarm, not set."""
        return Alarm(self, callback)

    def arm(self, alarm: Alarm) -> None:
        self._set += 1
        heapq.heappush(self._queue, (alarm.cycle, self._set, alarm))
        self._tell_core()

    def catch_up(self) -> None:
        """Run due alarms in the middle of a block, for firmware that reads a register."""
        if self._core.accessing_pc is not None:
            self.run_due()

    def post(self, callback: Callable[[], None]) -> None:
        """Schedule `callback` in the core's thread; callable from any thread."""
        self._waiting.append(callback)
        self._core.want_service()

    @property
    def posted(self) -> bool:
        """Whether posted callbacks are waiting."""
        return bool(self._waiting)

    def run_due(self) -> None:
        """Run due alarms and posted callbacks; in the core's thread."""
        self.run_posted()
        now = self.now()
        while self._next() <= now:
            alarm = heapq.heappop(self._queue)[2]
            alarm.clear()
            alarm.callback()
        self._tell_core()

    def run_posted(self) -> None:
        """Run posted callbacks; in the core's thread."""
        while self._waiting:
            self._waiting.popleft()()

    def sleep_to_next(self) -> bool:
        """Advance to the next alarm and run it; False if none is set."""
        self.run_due()
        cycle = self._next()
        if cycle == NEVER:
            return False
        self._slept += max(0, cycle - self.now())
        self.run_due()
        return True

    def _next(self) -> int:
        """The cycle of the next alarm; drops entries of alarms that were set again."""
        while self._queue and self._queue[0][0] != self._queue[0][2].cycle:
            heapq.heappop(self._queue)
        return self._queue[0][0] if self._queue else NEVER

    def _tell_core(self) -> None:
        cycle = self._next()
        self._core.set_alarm(cycle - self._slept if cycle < NEVER else NEVER)
