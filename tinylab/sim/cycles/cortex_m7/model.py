"""The complete cycle model of a Cortex-M7."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from tinylab.sim.cycles.compiled.numba_setup import carray, hook, int64, njit
from tinylab.sim.cycles.compiled.record_layout import SHARED, State
from tinylab.sim.cycles.cortex_m7 import store_buffer
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
def account(state: State, next_address: int) -> None:
    """Account for the rows that ran; the core continues at `next_address`."""
    taken = finish_tracing(state, next_address)
    block = state.blocks[state.block]
    last = state.rows[state.end_row - 1]
    end = last.address + last.length
    forget_arrived(state)
    digest = serve_block(state, state.rows[state.unaccounted_row].address, end)
    outcome = resolve(state, last.branch, last.address, next_address, taken)
    key = mix(digest, outcome)
    whole = state.unaccounted_row == block.first_row and state.end_row == block.end_row
    if not whole or state.remember == 0:
        let_pass(state, simulate(state, outcome))
    elif not recall(state, key):
        learn(state, key, simulate(state, outcome))
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
    return l1_cache.parameters(timing) | axi.parameters(timing) | store_buffer.parameters(timing)


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
