"""Time of the board: cycles over core clock, never the wall clock."""

from __future__ import annotations

from collections.abc import Callable


class SimulatedTime:
    """Seconds since power-up, the integral of cycles over the present core clock.

    It does not advance while the core is halted, locked up, in reset, or asleep without a
    wake-up source.
    """

    def __init__(self, cycles: Callable[[], int], hz: float) -> None:
        self._cycles = cycles
        self._epoch = (0.0, 0, hz)

    @property
    def hz(self) -> float:
        """The core clock."""
        return self._epoch[2]

    def now(self) -> float:
        seconds, cycles, hz = self._epoch
        return seconds + (self._cycles() - cycles) / hz

    def skip_to(self, seconds: float) -> None:
        """Time passes in which the core clock stands still."""
        self._epoch = (max(seconds, self.now()), self._cycles(), self.hz)

    def set_hz(self, hz: float) -> None:
        """The core now runs at `hz`."""
        seconds, cycles, before = self._epoch
        now = self._cycles()
        self._epoch = (seconds + (now - cycles) / before, now, hz)
