"""When a board that says nothing is given up."""

from __future__ import annotations

import time
from typing import Protocol

from tinylab.errors import LinkError
from tinylab.stream import frames

ANSWER_S = 20.0
"""How long a board may take from reset until its firmware speaks."""

SILENCE_S = 5.0
"""Seconds on the time base that may pass without a sign of life, besides one inference."""


class TimeBase(Protocol):
    """What the core clock is checked against: host time, or the virtual board's own."""

    @property
    def window_s(self) -> float:
        """How long to watch the cycle counter."""
        ...

    def now(self) -> float: ...


class Watch:
    """Notices a board that never speaks, falls silent, or stands still."""

    def __init__(self, timebase: TimeBase, silence_s: float) -> None:
        self._timebase = timebase
        self._silence_s = silence_s
        self._since = self._now = timebase.now()
        self._answer_by = time.monotonic() + ANSWER_S
        self._last = (-1, -1)

    def see(self, status: frames.Status) -> None:
        """Raise LinkError when it is time to give up."""
        now = self._timebase.now()
        if status.alive and now != self._now:
            # A virtual board's time stands still with its core, so the host's counts too.
            self._now = now
            self._answer_by = time.monotonic() + ANSWER_S
        if time.monotonic() > self._answer_by:
            raise LinkError(
                "The board is silent: its firmware does not run.",
                remedy="Press its reset button and run again; BOOT0 must be low.",
            )
        if (status.state, status.write_index) != self._last:
            self._last = (status.state, status.write_index)
            self._since = now
        elif now - self._since > self._silence_s:
            raise LinkError(
                f"The board fell silent after {status.write_index} inferences.",
                remedy="Reset it and run again; if it stays, the network may never end.",
            )
