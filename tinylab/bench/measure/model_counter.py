"""Counts the cycles of calls with the cycle model of a virtual board, and why they passed."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt

from tinylab.probe.call_timer import CycleCounter
from tinylab.results.cause_record import CycleCauses
from tinylab.sim.cycles.mechanisms.causes import Cause
from tinylab.sim.machine import Machine


class ModelCounter:
    """The count of a virtual board's cycle model; `count` gives it."""

    def __init__(self, count: Callable[[], int]) -> None:
        self._count = count
        self._begun = 0

    def begin(self) -> None:
        self._begun = self._count()

    def poll(self) -> None:
        """Nothing to do: it does not overflow."""

    def end(self) -> int:
        return self._count() - self._begun


class CauseCounter:
    """Counts the cycles of a call like `counter`, and why they passed."""

    def __init__(self, counter: CycleCounter, machine: Machine) -> None:
        self._counter = counter
        self._machine = machine
        self.last: Mapping[int, npt.NDArray[np.int64]] = {}
        """Of the last call that has ended: cycles by cause, for the address of each block."""

    def begin(self) -> None:
        self._machine.causes.begin()
        self._counter.begin()

    def poll(self) -> None:
        self._counter.poll()

    def end(self) -> int:
        cycles = self._counter.end()
        self.last = self._machine.causes.read()
        return cycles


def named(cycles: npt.NDArray[np.int64]) -> CycleCauses:
    """Cycles by `Cause`, shape (CAUSES,), as results have them."""
    return CycleCauses(**{cause.name.lower(): int(cycles[cause]) for cause in Cause})
