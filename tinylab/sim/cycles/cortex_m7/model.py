"""The complete cycle model of a Cortex-M7."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from tinylab.sim.cycles.compiled.numba_setup import carray, hook, int64, njit
from tinylab.sim.cycles.compiled.record_layout import SHARED, State
from tinylab.sim.cycles.cortex_m7 import store_buffer
from tinylab.sim.cycles.cortex_m7.cached_accesses import (
    digest_cached,
    is_cached,
    note_last_load,
)
from tinylab.sim.cycles.cortex_m7.costs import cost
from tinylab.sim.cycles.cortex_m7.pipeline import simulate
from tinylab.sim.cycles.cortex_m7.pipeline_state import (
    PACKED_WORDS,
    PIPELINE,
    empty,
    forget_arrived,
)
from tinylab.sim.cycles.cortex_m7.services import serve_block
from tinylab.sim.cycles.cycle_model import CycleModel
from tinylab.sim.cycles.hooks.planned_accesses import BYTES_AND_BANKS, note_planned
from tinylab.sim.cycles.hooks.tracing import (
    begin_block,
    continues,
    finish_tracing,
    trace_instruction,
)
from tinylab.sim.cycles.mechanisms import axi, branch_predictor, l1_cache
from tinylab.sim.cycles.mechanisms.branch_predictor import MISPREDICTED, resolve
from tinylab.sim.cycles.mechanisms.transitions import (
    learn,
    let_pass,
    mix,
    recall,
    transition_fields,
)

STATE = np.dtype(
    SHARED
    + transition_fields(PACKED_WORDS)
    + l1_cache.FIELDS
    + axi.FIELDS
    + branch_predictor.FIELDS
    + store_buffer.FIELDS
    + PIPELINE,
    align=True,
)


@njit
def serve(state: State, start: int, end: int) -> int:
    """Serve all accesses of the block, one by one; returns a digest."""
    if state.planned != 0:
        note_planned(state)
    return serve_block(state, start, end)


@njit
def account_cached(state: State, start: int, end: int, outcome: int) -> None:
    """Advance by a block whose code and data are in caches."""
    key = mix(digest_cached(state), outcome)
    if recall(state, key):
        note_last_load(state)
        return
    serve(state, start, end)
    learn(state, key, simulate(state, outcome))


@njit
def account_served(state: State, start: int, end: int, outcome: int, known: bool) -> None:
    """Advance by another block; `known`: it may have been learnt."""
    key = mix(serve(state, start, end), outcome)
    if not known:
        let_pass(state, simulate(state, outcome))
    elif not recall(state, key):
        learn(state, key, simulate(state, outcome))


@njit
def account(state: State, next_address: int) -> None:
    """Account for the rows that ran; the core continues at `next_address`."""
    taken = finish_tracing(state, next_address)
    block = state.blocks[state.block]
    last = state.rows[state.end_row - 1]
    start, end = state.rows[state.unaccounted_row].address, last.address + last.length
    forget_arrived(state)
    whole = state.unaccounted_row == block.first_row and state.end_row == block.end_row
    known = whole and state.remember != 0
    outcome = resolve(state, last.branch, last.address, next_address, taken)
    if known and is_cached(state, start, end):
        account_cached(state, start, end, outcome)
    else:
        account_served(state, start, end, outcome, known)
    state.instructions += state.end_row - state.unaccounted_row
    state.unaccounted_row = state.end_row
    state.expected_address = next_address
    state.redirected = 1 if taken or outcome == MISPREDICTED else 0


# Repeated in all three models: Numba's cache does not support a hook made by a factory, so each
# process would compile it again (24 instead of 1.7 CPU seconds).
@hook
def on_block(_engine: int, address: int, size: int, user: int) -> None:
    """Called before each block: account for the previous block, then start this one.

    With a `size` of 0, only account: the core continues at `address`.
    """
    state = carray(user, (1,), dtype=STATE)[0]
    if continues(state, int64(address), int64(size)):
        return
    if state.unaccounted_row < state.end_row:
        account(state, int64(address))
    if size != 0:
        begin_block(state, int64(address), int64(size))


@hook
def on_instruction(_engine: int, address: int, _size: int, user: int) -> None:
    """Called before each instruction that executes."""
    trace_instruction(carray(user, (1,), dtype=STATE)[0], int64(address))


def parameters(timing: Mapping[str, int]) -> dict[str, int]:
    """Fields of the record that are derived from the board's timing table."""
    return (
        l1_cache.parameters(timing)
        | axi.parameters(timing)
        | store_buffer.parameters(timing)
        | {"places": BYTES_AND_BANKS}
    )


def reset(state: State) -> None:
    """The rest of the memory system and the predictor as at power-up."""
    l1_cache.reset(state)
    axi.reset(state)
    branch_predictor.reset(state)
    state["last_load"] = 0


MODEL = CycleModel(
    dtype=STATE,
    on_block=on_block,
    on_instruction=on_instruction,
    cost=cost,
    parameters=parameters,
    empty=empty,
    reset=reset,
    invalidate_instructions=l1_cache.invalidate_instructions,
    invalidate_data=l1_cache.invalidate_data,
)
