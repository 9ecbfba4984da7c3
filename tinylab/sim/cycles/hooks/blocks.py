"""Accounting for a block on a core without branch prediction."""

from __future__ import annotations

from collections.abc import Callable

from tinylab.sim.cycles.compiled.numba_setup import njit
from tinylab.sim.cycles.compiled.record_layout import State
from tinylab.sim.cycles.hooks.planned_accesses import note_planned
from tinylab.sim.cycles.hooks.tracing import finish_tracing
from tinylab.sim.cycles.mechanisms.transitions import learn, let_pass, mix, recall


def accounting(
    serve_block: Callable[[State, int, int], int],
    serve_notes: Callable[[State], None],
    simulate: Callable[[State, bool], int],
) -> Callable[..., None]:
    """A compiled function that advances by the time of a block.

    `serve_block` queries the memory system, which `serve_notes` completes for a block with a plan;
    `simulate` computes the cycles.
    """

    @njit
    def account(state: State, next_address: int) -> None:
        """Account for the rows that ran; the core continues at `next_address`."""
        taken = finish_tracing(state, next_address)
        block = state.blocks[state.block]
        whole = state.unaccounted_row == block.first_row and state.end_row == block.end_row
        known = whole and state.remember != 0
        if state.planned != 0 and not known:
            note_planned(state)
        first = state.rows[state.unaccounted_row]
        last = state.rows[state.end_row - 1]
        key = mix(serve_block(state, first.address, last.address + last.length), taken)
        if not known:
            let_pass(state, simulate(state, taken))
        elif not recall(state, key):
            if state.planned != 0:
                serve_notes(state)
            learn(state, key, simulate(state, taken))
        state.instructions += state.end_row - state.unaccounted_row
        state.unaccounted_row = state.end_row
        state.expected_address = next_address
        state.redirected = 1 if taken else 0

    return account
