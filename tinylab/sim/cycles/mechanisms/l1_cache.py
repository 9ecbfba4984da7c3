"""Level-one caches of the Cortex-M7: set-associative, random replacement, write-allocate.

Source: Cortex-M7 technical reference manual (ARM DDI 0489), "Level 1 caches": 32-byte lines,
instruction cache of 2 ways, data cache of 4 ways, written back. That the victim is selected
at random, by a generator that restarts at each reset, is an assumption.
"""

from __future__ import annotations

from collections.abc import Mapping

from tinylab.sim.cycles.compiled.numba_setup import njit
from tinylab.sim.cycles.compiled.record_layout import Fields, State

LINE_SHIFT = 5
MAX_LINES = 2048
INVALID = -1
SEED = 12345

FIELDS: Fields = [
    ("instruction_ways", "i4"),
    ("instruction_sets", "i4"),
    ("instruction_tags", "i4", (MAX_LINES,)),
    ("instruction_changes", "i8"),
    ("data_ways", "i4"),
    ("data_sets", "i4"),
    ("data_tags", "i4", (MAX_LINES,)),
    ("data_dirty", "u1", (MAX_LINES,)),
    ("wrote_back", "i4"),
    ("random", "i8"),
]
"""A tag is an address divided by the line's length.

`wrote_back`: the last evicted line was dirty.
"""


def parameters(timing: Mapping[str, int]) -> dict[str, int]:
    """Shapes, from the board's timing table."""
    line = timing["line_bytes"]
    return {
        "instruction_ways": timing["icache_ways"],
        "instruction_sets": timing["icache_bytes"] // (line * timing["icache_ways"]),
        "data_ways": timing["dcache_ways"],
        "data_sets": timing["dcache_bytes"] // (line * timing["dcache_ways"]),
    }


def invalidate_instructions(state: State) -> None:
    """Empty the instruction cache."""
    state["instruction_tags"] = INVALID
    state["instruction_changes"] += 1


def invalidate_data(state: State) -> None:
    """Empty the data cache."""
    state["data_tags"] = INVALID
    state["data_dirty"] = 0


def reset(state: State) -> None:
    """Replacement as at power-up."""
    state["random"] = SEED


@njit
def victim(state: State, ways: int) -> int:
    """A way at random (linear congruential generator of ISO C's example)."""
    state.random = (state.random * 1103515245 + 12345) & 0x7FFF_FFFF
    return (state.random >> 16) % ways


@njit
def holds_instructions(state: State, line: int) -> bool:
    """Whether the line is in the instruction cache; changes nothing."""
    ways = state.instruction_ways
    first = (line & (state.instruction_sets - 1)) * ways
    found = False
    for entry in range(first, first + ways):
        found = found or state.instruction_tags[entry] == line
    return found


@njit
def entry_of(state: State, line: int) -> int:
    """The entry of a line in the data cache, or INVALID; changes nothing."""
    ways = state.data_ways
    first = (line & (state.data_sets - 1)) * ways
    for entry in range(first, first + ways):
        if state.data_tags[entry] == line:
            return entry
    return INVALID


@njit
def has_instructions(state: State, line: int) -> bool:
    """Whether the line is in the instruction cache; afterwards it is."""
    ways = state.instruction_ways
    first = (line & (state.instruction_sets - 1)) * ways
    for entry in range(first, first + ways):
        if state.instruction_tags[entry] == line:
            return True
    state.instruction_tags[first + victim(state, ways)] = line
    state.instruction_changes += 1
    return False


@njit
def has_data(state: State, line: int, store: bool) -> bool:
    """Whether the line is in the data cache; afterwards it is, and is dirty after a store.

    Empty ways are filled first.
    """
    ways = state.data_ways
    first = (line & (state.data_sets - 1)) * ways
    empty = INVALID
    for entry in range(first, first + ways):
        if state.data_tags[entry] == line:
            if store:
                state.data_dirty[entry] = 1
            return True
        if state.data_tags[entry] == INVALID:
            empty = entry
    entry = first + victim(state, ways)
    if empty != INVALID:
        entry = empty
    state.wrote_back = state.data_dirty[entry]
    state.data_dirty[entry] = 1 if store else 0
    state.data_tags[entry] = line
    return False
