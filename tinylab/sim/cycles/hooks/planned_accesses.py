"""Follows the plan of a block (`decoding.address_plan`): where its spans are, and, only if a model
requires it, each access.

Most blocks have been seen before with their spans at such places, and then nothing else has to be
known about their accesses.
"""

from __future__ import annotations

from tinylab.sim.cycles.compiled.address_steps import WORD_MASK, ZERO, Does
from tinylab.sim.cycles.compiled.numba_setup import int64, njit
from tinylab.sim.cycles.compiled.record_layout import DEVICE, FLASH, Block, Span, State, Step
from tinylab.sim.cycles.hooks.access_prediction import (
    LAST_COMPUTING,
    NOWHERE,
    TAKE,
    WORD_BYTES,
    computed,
    host_of,
    loaded,
    note_access,
    register,
)
from tinylab.sim.cycles.mechanisms.address_map import address_of_note, bus_at

READ = int(Does.READ)
PLACE_BITS = 3
"""The lowest bits of an address, of which a model distinguishes `places`."""
BYTES, BYTES_AND_BANKS = 3, 7
"""`places` of the models: bytes of a word; also the bank of a word."""


@njit
def compute_values(state: State, block: Block) -> bool:
    """Compute the values to which the spans are relative; False if that is impossible yet."""
    state.values[ZERO] = 0
    state.loads = 0
    for i in range(block.end_step, block.first_note):
        step = state.steps[i]
        if step.does == READ:
            state.values[step.to] = register(state, step.register) >> step.shift
        elif step.does <= LAST_COMPUTING:
            state.values[step.to] = computed(state, step) & WORD_MASK
        elif not load_value(state, step):
            return False
    return True


@njit
def load_value(state: State, step: Step) -> bool:
    """Load a value, or only note that the block loads what it has stored there; False if it is not
    in memory."""
    address = int64(state.values[step.left] + step.constant) & WORD_MASK
    state.loaded_addresses[state.loads] = address
    state.loaded_from[state.loads] = step.left
    state.loads += 1
    if step.does == TAKE:
        return True
    host = host_of(state, address, int64(step.shift))
    if host == NOWHERE:
        return False
    state.values[step.to] = loaded(host, step)
    return True


@njit
def is_overwritten(state: State, span: Span, first: int) -> bool:
    """Whether the block loads a value where it may have stored before, at another value."""
    for i in range(state.loads):
        address = state.loaded_addresses[i]
        overlaps = first < address + WORD_BYTES and address < first + span.size
        if overlaps and state.loaded_from[i] != span.value:
            return True
    return False


@njit
def plan_accesses(state: State, number: int) -> int:
    """Whether the accesses of the block that is about to run are planned, 1 or 0. They are not if
    Python must know an instruction: it accesses a device, stores into flash, or faults."""
    block = state.blocks[number]
    if block.planned == 0 or state.no_plans != 0:
        return 0
    if not compute_values(state, block):
        return 0
    key = in_flash = farther = 0
    for i in range(block.first_span, block.end_span):
        span = state.spans[i]
        value = state.values[span.value]
        first = (value + span.first) & WORD_MASK
        bus = bus_at(state, first)
        store_of_flash = bus == FLASH and span.store != 0
        if bus == DEVICE or store_of_flash or value & span.aligned:
            return 0
        last = first + span.size - 1
        if bus_at(state, last) != bus or first < state.farther_sram <= last:
            return 0
        if span.store != 0 and is_overwritten(state, span, first):
            return 0
        key = key << PLACE_BITS | (first & span.places & state.places)
        in_flash = in_flash << 1 | (1 if bus == FLASH else 0)
        farther = farther << 1 | (1 if first >= state.farther_sram else 0)
        state.span_addresses[i - block.first_span] = first
        state.span_buses[i - block.first_span] = bus
    state.spans_key, state.flash_spans, state.farther_spans = key, in_flash, farther
    return 1


@njit
def note_planned(state: State) -> None:
    """Note each access; nothing of the block has been accounted for yet."""
    block = state.blocks[state.block]
    for i in range(block.first_note, block.end_note):
        row = state.unaccounted_row + state.steps[i].row
        note_access(state, row, address_of_note(state, i))
    state.planned = 0
