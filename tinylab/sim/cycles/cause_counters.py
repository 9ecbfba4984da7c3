"""Why the cycles of each block of code passed, added up since counting began."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from tinylab.sim.cycles.compiled.record_layout import State
from tinylab.sim.cycles.mechanisms.causes import CAUSES, Cause
from tinylab.sim.cycles.mechanisms.transitions import forget_transitions

NO_CODE = 0xE000_0000
"""Code is below it, values of EXC_RETURN are not."""

Causes = Mapping[int, npt.NDArray[np.int64]]
"""For the address of each block that ran: its cycles by `Cause`."""


class CauseCounters:
    """The counters of a model's record. They are kept for code that is no longer decoded."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._kept: dict[int, npt.NDArray[np.int64]] = {}

    def begin(self) -> None:
        """Count from 0."""
        self._kept.clear()
        self._state["block_causes"] = 0
        if not self._state["why"]:
            self._state["why"] = 1
            forget_transitions(self._state)  # they have no causes

    def end(self) -> None:
        """Do not count any more, which is faster."""
        self._state["why"] = 0

    def let_pass(self, cycles: int) -> None:
        """Exception entry, in the code that would have come next, or return, in the handler."""
        state = self._state
        if not state["why"]:
            return
        address = int(state["expected_address"])
        if not 0 <= address < NO_CODE:
            address = int(state["blocks"]["address"][state["block"]])
        counted = np.zeros(CAUSES, np.int64)
        counted[Cause.EXCEPTION] = cycles
        self._add(address, counted)

    def save(self, block: int) -> None:
        """Another block takes this number."""
        counted = self._state["block_causes"][block]
        if counted.any():
            self._add(int(self._state["blocks"]["address"][block]), counted)
            counted[:] = 0

    def _add(self, address: int, counted: npt.NDArray[np.int64]) -> None:
        if address not in self._kept:
            self._kept[address] = np.zeros(CAUSES, np.int64)
        self._kept[address] += counted

    def total(self) -> npt.NDArray[np.int64]:
        """The counts since `begin` of all code, shape (CAUSES,)."""
        total: npt.NDArray[np.int64] = self._state["block_causes"].sum(axis=0)
        return sum(self._kept.values(), total)

    def read(self) -> Causes:
        """The counts since `begin`; they add up to the cycles that were accounted for."""
        for block in np.flatnonzero(self._state["block_causes"].any(axis=1)):
            self.save(int(block))
        return {address: counted.copy() for address, counted in self._kept.items()}
