"""Counts the cycles of calls: with DWT CYCCNT on silicon, with the model's count on virtual boards.

Firmware may write, stop or disable CYCCNT while it is used here. A virtual board's own count is
beyond its reach. On silicon, what was counted is compared with the time that has passed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from tinylab.bench.measure.model_counter import ModelCounter
from tinylab.bench.station.station import Station
from tinylab.errors import MeasurementError
from tinylab.probe.call_timer import CycleCounter

DEMCR, TRCENA = 0xE000EDFC, 1 << 24
DWT_CTRL, CYCCNT, CYCCNTENA = 0xE0001000, 0xE0001004, 1 << 0
"""Debug registers (ARM DDI 0403E, C1.6.5 and C1.8)."""
COUNTER_RANGE = 1 << 32
CLOCK_TOLERANCE = 1.1
"""An internal oscillator may be faster than its nominal frequency by some percent."""


class DebugAccess(Protocol):
    """A debug connection to the board."""

    def read_words(self, address: int, count: int) -> tuple[int, ...]: ...

    def write_words(self, address: int, words: tuple[int, ...]) -> None: ...


class DwtCounter:
    """CYCCNT of the core behind `link`, which runs at `max_hz` at most. `now` gives seconds."""

    def __init__(self, link: DebugAccess, max_hz: float, now: Callable[[], float]) -> None:
        self._link = link
        self._max_hz = max_hz
        self._now = now
        self._last = 0
        self._read_at = 0.0
        self._cycles = 0

    def begin(self) -> None:
        """Count from 0. The firmware may not use the counter, or may have switched it off."""
        [demcr] = self._link.read_words(DEMCR, 1)
        if not demcr & TRCENA:
            self._link.write_words(DEMCR, (demcr | TRCENA,))
        [control] = self._link.read_words(DWT_CTRL, 1)
        if not control & CYCCNTENA:
            self._link.write_words(DWT_CTRL, (control | CYCCNTENA,))
        self._cycles, self._read_at = 0, self._now()
        [self._last] = self._link.read_words(CYCCNT, 1)

    def poll(self) -> None:
        """Must be called every few seconds while the core runs: the counter has 32 bits.

        Raises MeasurementError when it differs by more than can have passed.
        """
        begun = self._read_at
        before_reading = self._now()
        [now] = self._link.read_words(CYCCNT, 1)
        passed = (now - self._last) % COUNTER_RANGE
        elapsed = self._now() - begun
        if passed > elapsed * self._max_hz * CLOCK_TOLERANCE:
            raise _unusable(
                f"it differs by {passed:,} cycles after {elapsed:.3g} s, more than a core with "
                f"{self._max_hz / 1e6:g} MHz at most can take. The firmware writes to it"
            )
        self._cycles += passed
        self._last, self._read_at = now, before_reading

    def end(self) -> int:
        """The cycles since `begin`.

        Raises MeasurementError when the firmware has set the counter or switched it off.
        """
        self.poll()
        [demcr] = self._link.read_words(DEMCR, 1)
        [control] = self._link.read_words(DWT_CTRL, 1)
        if not (demcr & TRCENA and control & CYCCNTENA):
            raise _unusable("the firmware switched it off during the call")
        return self._cycles


def counter_of(station: Station) -> CycleCounter:
    """The counter for calls on that board."""
    if station.machine is not None:
        return ModelCounter(station.machine.cycles)
    return DwtCounter(station.connection, station.board.max_hz, station.timebase.now)


def _unusable(reason: str) -> MeasurementError:
    return MeasurementError(
        f"The cycle counter (DWT CYCCNT) cannot be used: {reason}.",
        remedy="Remove what writes to DWT_CYCCNT, DWT_CTRL and DEMCR from the function and what it "
        "calls, or time it on a virtual board, which has a count of its own.",
    )
