"""Simulated cycles, and what is going to happen at which of them."""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Callable

NEVER = (1 << 63) - 1


class Alarm:
    """Something that happens once at the cycle it is set to, or not at all."""

    def __init__(self, events: Events, callback: Callable[[], None]) -> None:
        self._events = events
        self.callback = callback
        self.cycle = NEVER

    def set(self, cycle: int) -> None:
        """From now on due at `cycle`, and only then."""
        self.cycle = cycle
        self._events.arm(self)

    def clear(self) -> None:
        """From now on never due."""
        self.cycle = NEVER


class Events:
    """The part's time in core clock cycles, awake and asleep, with its alarms.

    Alarms ring between two blocks of code, or while the core sleeps, in the order of their
    cycles; those of one cycle in the order they were set. The host's clock plays no part.
    `executed` gives the cycles of the core, `set_core_alarm` has the core call `run_due`.
    """

    def __init__(
        self,
        executed: Callable[[], int],
        set_core_alarm: Callable[[int], None],
        want_service: Callable[[], None],
    ) -> None:
        self._executed = executed
        self._set_core_alarm = set_core_alarm
        self._want_service = want_service
        self._queue: list[tuple[int, int, Alarm]] = []
        self._set = 0
        self._slept = 0
        self._waiting: deque[Callable[[], None]] = deque()

    def now(self) -> int:
        """Cycles since power-up; the core clock counts on while the core sleeps."""
        return self._executed() + self._slept

    def alarm(self, callback: Callable[[], None]) -> Alarm:
        """A new alarm, not set."""
        return Alarm(self, callback)

    def arm(self, alarm: Alarm) -> None:
        self._set += 1
        heapq.heappush(self._queue, (alarm.cycle, self._set, alarm))
        self._tell_core()

    def post(self, callback: Callable[[], None]) -> None:
        """Have the core's thread call `callback` soon; from any thread."""
        self._waiting.append(callback)
        self._want_service()

    @property
    def posted(self) -> bool:
        """Whether something that was posted waits to be done."""
        return bool(self._waiting)

    def run_due(self) -> None:
        """Ring what is due, and do what was posted; in the core's thread."""
        while self._waiting:
            self._waiting.popleft()()
        now = self.now()
        while self._next() <= now:
            alarm = heapq.heappop(self._queue)[2]
            alarm.clear()
            alarm.callback()
        self._tell_core()

    def sleep_to_next(self) -> bool:
        """Let the time pass up to the next alarm and ring it; False when none is set."""
        self.run_due()
        cycle = self._next()
        if cycle == NEVER:
            return False
        self._slept += max(0, cycle - self.now())
        self.run_due()
        return True

    def _next(self) -> int:
        """The cycle of the next alarm; entries of alarms that were set anew are dropped."""
        while self._queue and self._queue[0][0] != self._queue[0][2].cycle:
            heapq.heappop(self._queue)
        return self._queue[0][0] if self._queue else NEVER

    def _tell_core(self) -> None:
        cycle = self._next()
        self._set_core_alarm(cycle - self._slept if cycle < NEVER else NEVER)
