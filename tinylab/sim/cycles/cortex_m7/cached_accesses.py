"""Recognises blocks whose code and data are in the caches of a Cortex-M7, or tightly coupled.

Serving such a block changes nothing in the memory system except which load was last, and how its
words are served depends only on where they are in their cache line. So the block's spans tell as
much as all of its accesses.
"""

from __future__ import annotations

from tinylab.sim.cycles.compiled.numba_setup import njit
from tinylab.sim.cycles.compiled.record_layout import AHB, TIGHT, State
from tinylab.sim.cycles.cortex_m7.services import BANK, WORD_BYTES
from tinylab.sim.cycles.mechanisms import axi, l1_cache
from tinylab.sim.cycles.mechanisms.address_map import address_of_note
from tinylab.sim.cycles.mechanisms.transitions import mix

CACHED = 0x5CED
"""Begins the digest of such a block."""


@njit
def has_code(state: State, start: int, end: int) -> bool:
    """Whether all lines of a block's code are in the instruction cache, or it needs none."""
    block = state.blocks[state.block]
    if block.bus == TIGHT or block.cached_at == state.instruction_changes:
        return True
    if state.instruction_cache == 0:
        return False
    for line in range(start >> l1_cache.LINE_SHIFT, ((end - 1) >> l1_cache.LINE_SHIFT) + 1):
        if not l1_cache.holds_instructions(state, line):
            return False
    block.cached_at = state.instruction_changes
    return True


@njit
def has_lines(state: State, first: int, end: int, store: bool) -> bool:
    """Whether all lines of `first .. end` are in the data cache, none of them in transfer, and if
    they are stored to, dirty already."""
    for line in range(first >> l1_cache.LINE_SHIFT, ((end - 1) >> l1_cache.LINE_SHIFT) + 1):
        for fill in range(axi.FILLS):
            if state.filling_lines[fill] == line:
                return False
        entry = l1_cache.entry_of(state, line)
        if entry == l1_cache.INVALID or (store and state.data_dirty[entry] == 0):
            return False
    return True


@njit
def has_data(state: State) -> bool:
    """Whether all data of the block are in the cache or in tightly coupled memory."""
    block = state.blocks[state.block]
    for i in range(block.first_span, block.end_span):
        bus = state.span_buses[i - block.first_span]
        if bus == TIGHT:
            continue
        if bus == AHB or state.data_cache == 0:
            return False
        span = state.spans[i]
        first = state.span_addresses[i - block.first_span]
        if not has_lines(state, first, first + span.size, span.store != 0):
            return False
    return True


@njit
def is_cached(state: State, start: int, end: int) -> bool:
    """Whether the whole block is planned, and its code and data are in caches."""
    return state.planned != 0 and has_code(state, start, end) and has_data(state)


@njit
def digest_cached(state: State) -> int:
    """A digest of how the memory system serves the block."""
    bank = state.last_load // BANK & 1
    return mix(CACHED + 2 * bank + int(state.redirected), state.spans_key)


@njit
def note_last_load(state: State) -> None:
    """The block was not served one by one: note the last word that it loaded."""
    note = state.blocks[state.block].last_load
    if note >= 0:
        row = state.rows[state.unaccounted_row + state.steps[note].row]
        state.last_load = address_of_note(state, note) + WORD_BYTES * (row.words - 1)
