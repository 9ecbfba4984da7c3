"""The complete cycle model of a Cortex-M4."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from tinylab.sim.cycles.compiled.numba_setup import carray, hook, int64
from tinylab.sim.cycles.compiled.record_layout import SHARED, State
from tinylab.sim.cycles.cortex_m4 import overlap, wasted_fetches
from tinylab.sim.cycles.cortex_m4.costs import cost
from tinylab.sim.cycles.cortex_m4.pipeline import (
    PACKED_WORDS,
    PIPELINE,
    READY_LONG_AGO,
    empty,
    simulate,
)
from tinylab.sim.cycles.cycle_model import CycleModel
from tinylab.sim.cycles.hooks.blocks import accounting
from tinylab.sim.cycles.hooks.planned_accesses import BYTES
from tinylab.sim.cycles.hooks.tracing import begin_block, continues, trace_instruction
from tinylab.sim.cycles.mechanisms import flash_accelerator
from tinylab.sim.cycles.mechanisms.services import serving
from tinylab.sim.cycles.mechanisms.transitions import transition_fields

STATE = np.dtype(
    SHARED
    + transition_fields(PACKED_WORDS)
    + flash_accelerator.FIELDS
    + wasted_fetches.FIELDS
    + PIPELINE,
    align=True,
)


serve_block, serve_notes = serving(
    flash_accelerator.fetch,
    flash_accelerator.read_data,
    notes_pieces=True,
    is_farther=overlap.is_farther,
    settle_beyond=wasted_fetches.settle,
    look_beyond=wasted_fetches.look,
)
account = accounting(serve_block, serve_notes, simulate)


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
    settings = {"farther_sram": timing["farther_sram"], "places": BYTES}
    return {**flash_accelerator.parameters(timing), **settings}


def reset(state: State) -> None:
    """The rest of the memory system as at power-up."""
    state["cache_clock"] = 0
    state["ready"] = READY_LONG_AGO


MODEL = CycleModel(
    dtype=STATE,
    on_block=on_block,
    on_instruction=on_instruction,
    cost=cost,
    parameters=parameters,
    empty=empty,
    reset=reset,
    invalidate_instructions=flash_accelerator.invalidate_instructions,
    invalidate_data=flash_accelerator.invalidate_data,
)
