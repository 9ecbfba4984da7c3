"""Stores the effect of a block on the pipeline, so that it is computed only once.

The time of a block, and the pipeline's state after it, are determined by the block, the
pipeline's state before it, how the memory system served each of its accesses, and how the
block ended. Loops repeat a few such combinations, so nearly every block is a look-up here. The
result equals that of computing the block, to the cycle: pipeline states are packed into words
(`pack`) with times relative to now, and always unpacked from there.
"""

from __future__ import annotations

from typing import Any

from tinylab.sim.cycles.compiled.numba_setup import njit
from tinylab.sim.cycles.compiled.record_layout import Fields, State
from tinylab.sim.cycles.mechanisms import causes
from tinylab.sim.cycles.mechanisms.causes import CAUSES

MAX_PIPELINES = 1 << 13
PIPELINE_SLOTS = MAX_PIPELINES * 2
MAX_TRANSITIONS = 1 << 16
TRANSITION_SLOTS = MAX_TRANSITIONS * 2
EMPTY_PIPELINE = 0
"""The number of the state after a reset."""
FREE = -1
SPREAD = 0x2545F4914F6CDD1D
"""An odd multiplier that mixes bits (xorshift64*)."""


def transition_fields(words: int) -> Fields:
    """The tables, for pipelines that are packed into that many 16-bit words."""
    return [
        ("remember", "i4"),
        ("pipeline", "i4"),
        ("packed", "i2", (words,)),
        ("saved", "i2", (words,)),
        ("empty", "i2", (words,)),
        ("pipelines_used", "i4"),
        ("pipelines", "i2", (MAX_PIPELINES, words)),
        ("pipeline_slots", "i4", (PIPELINE_SLOTS,)),
        ("transitions_used", "i4"),
        ("transition_block", "i4", (TRANSITION_SLOTS,)),
        ("transition_from", "i4", (TRANSITION_SLOTS,)),
        ("transition_key", "i8", (TRANSITION_SLOTS,)),
        ("transition_to", "i4", (TRANSITION_SLOTS,)),
        ("transition_cycles", "i4", (TRANSITION_SLOTS,)),
        ("transition_causes", "i4", (TRANSITION_SLOTS, CAUSES)),
        *causes.FIELDS,
    ]


@njit
def mix(digest: int, value: int) -> int:
    """Add `value` to a digest of a sequence."""
    digest = (digest ^ value) * SPREAD
    return digest ^ (digest >> 29)


def forget_transitions(state: State) -> None:
    """Settings or code changed; pipeline states are kept."""
    state["transition_block"] = FREE
    state["transitions_used"] = 0


def forget_pipelines(state: State) -> None:
    """Restart with the empty pipeline."""
    forget_transitions(state)
    state["pipeline_slots"] = FREE
    state["pipelines"][EMPTY_PIPELINE] = state["empty"]
    state["pipelines_used"] = 1
    state["pipeline"] = EMPTY_PIPELINE


@njit
def number_of(state: State, words: Any) -> int:
    """The number of that packed pipeline state; a new number for a new state."""
    digest = 0
    for i in range(words.size):
        digest = mix(digest, words[i])
    slot = digest & (PIPELINE_SLOTS - 1)
    while state.pipeline_slots[slot] != FREE:
        number = state.pipeline_slots[slot]
        same = True
        for i in range(words.size):
            if state.pipelines[number, i] != words[i]:
                same = False
                break
        if same:
            return number
        slot = (slot + 1) & (PIPELINE_SLOTS - 1)
    number = state.pipelines_used
    for i in range(words.size):
        state.pipelines[number, i] = words[i]
    state.pipeline_slots[slot] = number
    state.pipelines_used += 1
    return number


@njit
def find_transition(state: State, key: int) -> int:
    """The slot of the transition of this block from this pipeline, or a free one."""
    slot = mix(mix(key, state.block), state.pipeline) & (TRANSITION_SLOTS - 1)
    while state.transition_block[slot] != FREE:
        if (
            state.transition_block[slot] == state.block
            and state.transition_from[slot] == state.pipeline
            and state.transition_key[slot] == key
        ):
            return slot
        slot = (slot + 1) & (TRANSITION_SLOTS - 1)
    return slot


@njit
def recall(state: State, key: int) -> bool:
    """Advance by the block's time if it is known; `key` digests its accesses and its end."""
    slot = find_transition(state, key)
    if state.transition_block[slot] == FREE:
        return False
    state.cycles += state.transition_cycles[slot]
    state.pipeline = state.transition_to[slot]
    if state.why != 0:
        causes.count(state, state.transition_causes[slot])
    return True


@njit
def learn(state: State, key: int, cycles: int) -> None:
    """Advance by `cycles` and store them, with the resulting pipeline in `packed`."""
    if state.pipelines_used == MAX_PIPELINES or state.transitions_used == MAX_TRANSITIONS:
        make_room(state)
    slot = find_transition(state, key)
    state.transition_block[slot] = state.block
    state.transition_from[slot] = state.pipeline
    state.transition_key[slot] = key
    state.transition_cycles[slot] = cycles
    if state.why != 0:
        for i in range(CAUSES):
            state.transition_causes[slot, i] = state.causes[i]
    state.transitions_used += 1
    let_pass(state, cycles)
    state.transition_to[slot] = state.pipeline


@njit
def let_pass(state: State, cycles: int) -> None:
    """Advance by `cycles`, with the resulting pipeline in `packed`."""
    if state.pipelines_used == MAX_PIPELINES:
        make_room(state)
    state.cycles += cycles
    if state.why != 0:
        causes.count(state, state.causes)
    state.pipeline = number_of(state, state.packed)


@njit
def make_room(state: State) -> None:
    """The tables are full: discard all but the empty pipeline and the present one."""
    for i in range(state.saved.size):
        state.saved[i] = state.pipelines[state.pipeline, i]
    for slot in range(TRANSITION_SLOTS):
        state.transition_block[slot] = FREE
    state.transitions_used = 0
    for slot in range(PIPELINE_SLOTS):
        state.pipeline_slots[slot] = FREE
    state.pipelines_used = 1
    state.pipeline = number_of(state, state.saved)
