"""Branch prediction of the Cortex-M7, by the address and the history of a branch.

The Cortex-M7 technical reference manual (ARM DDI 0489) describes a branch target address cache
and static prediction; sizes and penalties are measurements. Here: 256 entries, each with a
branch, its last target and a two-bit counter; an unknown branch is predicted taken if backward.
"""

from __future__ import annotations

from tinylab.sim.cycles.compiled.branch import Branch
from tinylab.sim.cycles.compiled.numba_setup import njit
from tinylab.sim.cycles.compiled.record_layout import Fields, State

ENTRIES = 256
UNKNOWN = -1
WEAKLY_TAKEN, STRONGLY_TAKEN = 2, 3

STRAIGHT, PREDICTED, COLD, MISPREDICTED = range(4)
"""How a block ended: no branch was taken or predicted; taken as predicted; taken, but the target
was known only at decode; mispredicted."""

FIELDS: Fields = [
    ("branch_addresses", "i8", (ENTRIES,)),
    ("branch_targets", "i8", (ENTRIES,)),
    ("branch_counters", "i4", (ENTRIES,)),
]


def reset(state: State) -> None:
    """No branch is known."""
    state["branch_addresses"] = UNKNOWN
    state["branch_targets"] = UNKNOWN
    state["branch_counters"] = 0


@njit
def learn_branch(state: State, entry: int, address: int, target: int, counter: int) -> None:
    """Add a branch that was taken."""
    state.branch_addresses[entry] = address
    state.branch_targets[entry] = target
    state.branch_counters[entry] = counter


@njit
def conditional(state: State, entry: int, address: int, target: int, taken: bool) -> int:
    """The outcome of a conditional branch; updates its counter."""
    if state.branch_addresses[entry] != address:
        if not taken:
            return STRAIGHT
        learn_branch(state, entry, address, target, WEAKLY_TAKEN)
        return COLD if target <= address else MISPREDICTED
    counter = state.branch_counters[entry]
    expected = counter >= WEAKLY_TAKEN
    step = 1 if taken else -1
    state.branch_counters[entry] = min(max(counter + step, 0), STRONGLY_TAKEN)
    if expected != taken:
        return MISPREDICTED
    return PREDICTED if taken else STRAIGHT


@njit
def unconditional(state: State, entry: int, address: int, target: int, kind: int) -> int:
    """The outcome of an unconditional branch."""
    known = state.branch_addresses[entry] == address
    if known and state.branch_targets[entry] == target:
        return PREDICTED
    learn_branch(state, entry, address, target, STRONGLY_TAKEN)
    return COLD if not known and kind == Branch.DIRECT else MISPREDICTED


@njit
def resolve(state: State, kind: int, address: int, target: int, taken: bool) -> int:
    """The outcome of the branch at `address`: STRAIGHT, PREDICTED, COLD or MISPREDICTED."""
    entry = (address >> 1) & (ENTRIES - 1)
    if kind == Branch.CONDITIONAL:
        return conditional(state, entry, address, target, taken)
    if not taken or kind == Branch.NONE:
        return STRAIGHT
    return unconditional(state, entry, address, target, kind)
