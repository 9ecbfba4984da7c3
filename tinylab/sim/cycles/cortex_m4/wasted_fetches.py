"""Flash words that a Cortex-M4 fetches but never uses: after a taken branch, or at the target of
one that is not taken.

Whether it fetches them depends on time, so the pipeline decides; the effect on the flash
accelerator is applied when the next block starts.
"""

from __future__ import annotations

from tinylab.sim.cycles.compiled.branch import Branch
from tinylab.sim.cycles.compiled.numba_setup import njit
from tinylab.sim.cycles.compiled.record_layout import FLASH, Fields, State
from tinylab.sim.cycles.cortex_m4.instruction_fetch import (
    BEYOND_AT,
    RAN_ON,
    SPECULATED,
    WORDS_BEHIND,
)
from tinylab.sim.cycles.mechanisms.flash_accelerator import fetch_word, peek
from tinylab.sim.cycles.mechanisms.flash_words import HIT

FIELDS: Fields = [("behind_word", "i4"), ("target_word", "i4")]


@njit
def settle(state: State) -> None:
    """Put the flash word that the previous block fetched beyond its end into the cache."""
    fetched = state.pipelines[state.pipeline, BEYOND_AT]
    if fetched == RAN_ON:
        fetch_word(state, state.behind_word)
    elif fetched == SPECULATED:
        fetch_word(state, state.target_word)


@njit
def look(state: State, end: int) -> int:
    """How the flash words that a block ending at `end` may fetch without use would be served."""
    state.behind_service = state.target_service = HIT
    if state.code_bus != FLASH:
        return 0
    last = (end - 1) >> state.flash_word_shift
    state.behind_word = last + 1
    if (((end - 1) >> 2) + WORDS_BEHIND) << 2 >> state.flash_word_shift != last:
        state.behind_service = peek(state, state.behind_word)
    row = state.rows[state.end_row - 1]
    if row.branch == Branch.CONDITIONAL:
        state.target_word = row.offset >> state.flash_word_shift
        if state.target_word != last:
            state.target_service = peek(state, state.target_word)
    return state.behind_service * 4 + state.target_service
