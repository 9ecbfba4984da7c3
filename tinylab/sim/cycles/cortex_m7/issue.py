"""Which instructions of a Cortex-M7 issue together, and when.

Sources: as of `costs`; for the early ALU and for what multiply-accumulates hold up, measurements of
single loops on an STM32H743 (Jan Oleksiewicz, github.com/jnk0le/random, "pipeline cycle test").
"""

from __future__ import annotations

from tinylab.sim.cycles.compiled.numba_setup import njit
from tinylab.sim.cycles.compiled.record_layout import STORES, Row, State
from tinylab.sim.cycles.cortex_m7.costs import (
    ALONE,
    EARLY,
    EARLY_ALU,
    EARLY_IF_LOADED,
    FIRST_SLOT,
    HOLD,
    MAC,
    NOW,
    PLAIN_SHIFT,
    TRANSFER,
)
from tinylab.sim.cycles.cortex_m7.services import CONFLICT, UNALIGNED
from tinylab.sim.cycles.cortex_m7.units import GUARDS, LIMITS, SHIFTER_USE, TRANSFERS
from tinylab.sim.cycles.decoding.instruction import FLAGS
from tinylab.sim.cycles.mechanisms import causes
from tinylab.sim.cycles.mechanisms.causes import Cause
from tinylab.sim.cycles.mechanisms.switches import CortexM7

DUAL_ISSUE = int(CortexM7.DUAL_ISSUE)
LATE_LOADS = int(CortexM7.LATE_LOADS)
LOAD_CONFLICT = int(CortexM7.LOAD_CONFLICT)
EARLY_ALUS = int(CortexM7.EARLY_ALU)
MAC_HOLD = int(CortexM7.MAC_HOLD)

OPERAND = int(Cause.OPERAND)
UNIT = int(Cause.UNIT)

ISSUE_WIDTH = 2


@njit
def next_cycle(state: State, now: int) -> None:
    """Start cycle `now`: nothing has issued in it."""
    state.now = now
    state.slots = 0
    state.units = 0
    state.closed = 0
    state.loaded_this_cycle = 0
    state.unaligned_this_cycle = 0


@njit
def close_cycle(state: State) -> None:
    """Close this cycle: nothing more issues in it."""
    state.closed = 1


@njit
def needed(state: State, register: int, cycles: int) -> int:
    """When an operand is required after the issue; `cycles` is the instruction's figure."""
    if cycles != EARLY_IF_LOADED:
        return cycles
    if register >= FLAGS or state.without & LATE_LOADS:
        return NOW
    return EARLY if (state.loaded >> register) & 1 else NOW


@njit
def operands_ready(state: State, row: Row) -> int:
    """The first cycle in which the instruction's code and operands are available."""
    start = max(state.now, state.chunk_ready)
    for i in range(row.sources):
        source = state.operands[row.first_operand + i]
        if source.register == HOLD and state.without & MAC_HOLD:
            continue
        after = needed(state, source.register, source.cycles)
        start = max(start, state.ready[source.register] - after)
        if source.register == HOLD:
            causes.wait(state, UNIT, state.ready[HOLD] - after)
    return start


@njit
def held_up(state: State, row: Row) -> bool:
    """Whether a multiply-accumulate prevents that the instruction is the second of its cycle.

    Beside one and for three cycles after it, moves of a register issue from the first slot only,
    and no multiply-accumulate beside them. So the first one of several can be beside such a move.
    """
    if state.ready[HOLD] <= state.now or state.without & MAC_HOLD:
        return False
    return row.kind & TRANSFER != 0 or (row.kind & MAC != 0 and state.units & TRANSFERS != 0)


@njit
def fits(state: State, row: Row) -> bool:
    """Whether the instruction can issue together with those of this cycle."""
    width = 1 if state.without & DUAL_ISSUE else ISSUE_WIDTH
    if state.closed != 0 or state.slots >= width:
        return False
    if state.slots > 0 and (row.kind & (ALONE | FIRST_SLOT) or held_up(state, row)):
        return False
    if (LIMITS | GUARDS) - state.units - row.resources & GUARDS != GUARDS:
        return False
    if row.words == 0 or row.flags & STORES or state.loaded_this_cycle == 0:
        return True
    service = state.data_services[state.data_services_used]
    if service & UNALIGNED or state.unaligned_this_cycle != 0:
        return True
    return service & CONFLICT == 0 or state.without & LOAD_CONFLICT != 0


@njit
def runs_early(state: State, row: Row) -> bool:
    """Whether the early ALU does what is about to issue: it has what it needs a cycle earlier."""
    if state.without & EARLY_ALUS:
        return False
    if row.kind & PLAIN_SHIFT:
        if state.slots > 0 and state.units & SHIFTER_USE != 0:
            return False
    elif row.kind & EARLY_ALU == 0 or state.slots > 0:
        return False
    for i in range(row.sources):
        source = state.operands[row.first_operand + i]
        if source.register != FLAGS and state.ready[source.register] >= state.now:
            return False
    return True


@njit
def issue(state: State, row: Row) -> None:
    """Find the cycle in which the instruction issues, and reserve its slot."""
    start = operands_ready(state, row)
    if start == state.now and not fits(state, row):
        start += 1
    if start > state.now:
        causes.wait(state, UNIT, state.locked)
        causes.wait(state, OPERAND, start)
        next_cycle(state, max(start, state.locked))
    state.early = 1 if runs_early(state, row) else 0
    state.units += row.resources
    if row.kind & PLAIN_SHIFT and state.slots == 0:
        state.units += SHIFTER_USE
    state.slots += 1
    if row.kind & ALONE:
        close_cycle(state)
