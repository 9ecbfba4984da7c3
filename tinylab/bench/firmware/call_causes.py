"""Why the cycles of timed calls passed, on a virtual board, function by function."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from tinylab.build.symbols import Symbols
from tinylab.probe.call_timer import CycleCounter
from tinylab.results.cause_record import CycleCauses, FunctionCauses, WhyRecord
from tinylab.sim.cycles.mechanisms.causes import CAUSES, Cause
from tinylab.sim.machine import Machine

NO_SYMBOL = "(no symbol)"

Sums = dict[int, npt.NDArray[np.int64]]
"""Cycles by cause, for the address of each block of code."""


class CauseCounter:
    """Counts the cycles of a call like `counter`, and why they passed."""

    def __init__(self, counter: CycleCounter, machine: Machine) -> None:
        self._counter = counter
        self._machine = machine
        self.last: Mapping[int, npt.NDArray[np.int64]] = {}
        """Of the last call that has ended."""

    def begin(self) -> None:
        self._machine.causes.begin()
        self._counter.begin()

    def poll(self) -> None:
        self._counter.poll()

    def end(self) -> int:
        cycles = self._counter.end()
        self.last = self._machine.causes.read()
        return cycles


class CallCauses:
    """Adds up the causes of several calls."""

    def __init__(self) -> None:
        self.calls = 0
        self._sums: Sums = defaultdict(lambda: np.zeros(CAUSES, np.int64))

    def add(self, call: Mapping[int, npt.NDArray[np.int64]]) -> None:
        self.calls += 1
        for address, cycles in call.items():
            self._sums[address] += cycles

    def record(self, symbols: Symbols) -> WhyRecord:
        """By the functions of the image."""
        by_function: dict[tuple[str, int | None], npt.NDArray[np.int64]] = {}
        for address, cycles in self._sums.items():
            function = symbols.function_at(address)
            place = (function.name, function.address) if function else (NO_SYMBOL, None)
            by_function[place] = by_function.get(place, 0) + cycles
        functions = [
            FunctionCauses(name, address, _causes(cycles))
            for (name, address), cycles in by_function.items()
        ]
        functions.sort(key=lambda one: (-one.cycles, one.name, one.address or 0))
        return WhyRecord(self.calls, tuple(functions))


def _causes(cycles: npt.NDArray[np.int64]) -> CycleCauses:
    named = {cause.name.lower(): int(cycles[cause]) for cause in Cause}
    return CycleCauses(**named)
