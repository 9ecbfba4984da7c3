"""Time limits for a board that sends nothing."""

from __future__ import annotations

import time
from collections.abc import Hashable
from enum import Enum, auto
from typing import Protocol

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


class Silence(Enum):
    """How a board is silent."""

    NEVER_SPOKE = auto()
    """Its firmware has not started, or its time does not advance."""
    FELL_SILENT = auto()


class Watch:
    """Detects a board that never starts, stops sending, or stops."""

    def __init__(self, timebase: TimeBase, silence_s: float) -> None:
        self._timebase = timebase
        self._silence_s = silence_s
        self._since = self._now = timebase.now()
        self._answer_by = time.monotonic() + ANSWER_S
        self._last: Hashable = None

    def see(self, alive: bool, sign: Hashable) -> Silence | None:
        """Whether the limit is reached; `sign` changes whenever the board shows activity."""
        now = self._timebase.now()
        if alive and now != self._now:
            # A virtual board's time stops with its core, so the host's time counts too.
            self._now = now
            self._answer_by = time.monotonic() + ANSWER_S
        if time.monotonic() > self._answer_by:
            return Silence.NEVER_SPOKE
        if sign != self._last:
            self._last = sign
            self._since = now
        elif now - self._since > self._silence_s:
            return Silence.FELL_SILENT
        return None
