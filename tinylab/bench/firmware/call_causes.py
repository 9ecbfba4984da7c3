"""Why the cycles of timed calls passed, on a virtual board, function by function."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from tinylab.bench.measure.model_counter import named
from tinylab.build.symbols import Symbols
from tinylab.results.cause_record import FunctionCauses, WhyRecord
from tinylab.sim.cycles.mechanisms.causes import CAUSES

NO_SYMBOL = "(no symbol)"

Sums = dict[int, npt.NDArray[np.int64]]
"""Cycles by cause, for the address of each block of code."""


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
            FunctionCauses(name, address, named(cycles))
            for (name, address), cycles in by_function.items()
        ]
        functions.sort(key=lambda one: (-one.cycles, one.name, one.address or 0))
        return WhyRecord(self.calls, tuple(functions))
