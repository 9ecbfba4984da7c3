"""Time as the board lives it: cycles over core clock, never the wall clock."""

from __future__ import annotations

from collections.abc import Callable


class SimulatedTime:
    """Seconds since power-up, the integral of cycles over the core clock of the moment.

    It stands still while the core is halted, locked up or in reset, and asleep for good.
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

    def set_hz(self, hz: float) -> None:
        """From here on the core runs at `hz`."""
        seconds, cycles, before = self._epoch
        now = self._cycles()
        self._epoch = (seconds + (now - cycles) / before, now, hz)
