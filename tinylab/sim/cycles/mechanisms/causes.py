"""Why cycles pass: each cycle of a block is attributed to one cause.

The instructions are taken in order. Of the cycles before one starts, those until it is fetched come
first, then those until its unit, then those until its operands are available. What remains is its
own execution. So the causes of a block add up to its cycles.

They are kept only while `why` is set: for each transition beside its cycles, and added up for each
decoded block.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Any

from tinylab.sim.cycles.compiled.numba_setup import njit
from tinylab.sim.cycles.compiled.record_layout import MAX_BLOCKS, Fields, State


class Cause(IntEnum):
    """Why a cycle passes; docs/simulation.md tells what each contains on each core."""

    ISSUE = 0
    """Instructions issue or execute."""
    OPERAND = 1
    """An instruction waits for a result (data hazard)."""
    UNIT = 2
    """An instruction waits for a divider or floating-point unit (structural hazard)."""
    FETCH = 3
    """Instructions are fetched more slowly than they issue."""
    CODE_MEMORY = 4
    """Code has to come from flash, or from RAM behind a bus: wait states, cache misses."""
    DATA_MEMORY = 5
    """Data have to come from flash, or from RAM behind a bus: wait states, cache misses."""
    BUS = 6
    """Accesses of peripherals, further bus transfers of one access, contention."""
    BRANCH = 7
    """The pipeline refills after a branch."""
    WRONG_PATH = 8
    """Fetches that are discarded delay those that are not."""
    EXCEPTION = 9
    """Exception entry and return."""


CAUSES = len(Cause)
ISSUE = int(Cause.ISSUE)

FIELDS: Fields = [
    ("causes", "i4", (CAUSES,)),
    ("block_causes", "i8", (MAX_BLOCKS, CAUSES)),
]
"""The present block's `causes`, with its waits attributed up to the cycle `explained`; the sums of
each decoded block since they were last read."""


@njit
def begin(state: State, explained: int) -> None:
    """A block is computed; its first cycles up to `explained` need no cause."""
    state.explained = explained
    if state.why != 0:
        for i in range(CAUSES):
            state.causes[i] = 0


@njit
def continue_from(state: State, cycle: int) -> None:
    """The next instruction could start at `cycle`."""
    state.explained = max(state.explained, cycle)


@njit
def wait(state: State, cause: int, until: int) -> None:
    """The present instruction cannot start before `until`."""
    if state.why != 0 and until > state.explained:
        state.causes[cause] += until - state.explained
        state.explained = until


@njit
def stall(state: State, cause: int, cycles: int) -> None:
    """An instruction that has started is held up for `cycles`."""
    if state.why != 0:
        state.causes[cause] += cycles


@njit
def finish(state: State, cycles: int) -> None:
    """The block took `cycles`."""
    if state.why == 0:
        return
    for i in range(ISSUE + 1, CAUSES):
        cycles -= state.causes[i]
    state.causes[ISSUE] = cycles


@njit
def count(state: State, causes: Any) -> None:
    """Add the causes of the present block to its counters."""
    for i in range(CAUSES):
        state.block_causes[state.block, i] += causes[i]
