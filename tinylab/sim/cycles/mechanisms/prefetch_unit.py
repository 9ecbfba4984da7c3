"""Instruction fetch, 32 bits per cycle, into a small buffer: the Cortex-M33's, and its common
part with the Cortex-M4's.

Words are evaluated lazily, when an instruction requires them, with the times at which the unit
had fetched them.
"""

from __future__ import annotations

from tinylab.sim.cycles.compiled.numba_setup import njit
from tinylab.sim.cycles.compiled.record_layout import FLASH, Fields, Row, State
from tinylab.sim.cycles.mechanisms import causes
from tinylab.sim.cycles.mechanisms.causes import Cause
from tinylab.sim.cycles.mechanisms.flash_words import FILLING, HIT, INVALID, MISS
from tinylab.sim.cycles.mechanisms.switches import FLASH_WAIT

FETCH_BUFFER_WORDS = 3
"""Assumed to equal the capacity of the Cortex-M4's unit; the Cortex-M33's is said to hold five
halfwords."""
FETCH = int(Cause.FETCH)
CODE_MEMORY = int(Cause.CODE_MEMORY)
BRANCH = int(Cause.BRANCH)

LONG_AGO = -16
"""Earlier fetches are not tracked: it equals the longest instruction."""

FETCH_PACKED_WORDS = 5 + FETCH_BUFFER_WORDS

FIELDS: Fields = [
    ("now", "i4"),
    ("word", "i4"),
    ("word_ready", "i4"),
    ("flash_word", "i4"),
    ("taken_at", "i4", (FETCH_BUFFER_WORDS,)),
    ("flash_busy", "i4"),
    ("prefetch_ready", "i4"),
    ("line_filled", "i4"),
    ("code_filled", "i4"),
    ("code_bus", "i4"),
    ("miss_cycles", "i4"),
    ("refill_cycles", "i4"),
    ("fill_delay", "i4"),
]
"""`word` is the last 32-bit word fetched, available at `word_ready`; `taken_at` is when the last
three were removed from the buffer.

A model sets the cost of a cache miss in addition to the wait states (`miss_cycles`), for how long
the rest of the line occupies the bus (`refill_cycles`), and the cycles from the requested word
until the next word of its line can be read (`fill_delay`)."""


@njit
def flash_word_ready(state: State, service: int, ready: int) -> int:
    """When a flash word that is requested at `ready` and served that way is available."""
    if service == HIT or state.without & FLASH_WAIT:
        return ready
    if service == FILLING:
        return max(ready, state.line_filled)
    if state.instruction_cache != 0:
        ready += state.miss_cycles
    if service == MISS:
        ready = max(ready, state.flash_busy) + state.wait_states
        state.flash_busy = ready
    else:
        ready = max(ready, state.prefetch_ready)
    if state.prefetch != 0:
        state.prefetch_ready = max(ready, state.flash_busy) + state.wait_states + 1
        state.flash_busy = state.prefetch_ready
    if state.instruction_cache != 0:
        state.flash_busy = max(state.flash_busy, ready + state.refill_cycles)
        if state.fill_delay != 0:
            state.line_filled = ready + state.fill_delay
    return ready


@njit
def fetch_until(state: State, last_word: int) -> None:
    """Fetch 32-bit words up to `last_word`; the buffer has room for three."""
    while state.word < last_word:
        state.word += 1
        ready = max(state.word_ready + 1, state.taken_at[0], state.now + LONG_AGO + 1)
        causes.wait(state, FETCH, ready)
        if state.code_bus == FLASH:
            flash_word = state.word << 2 >> state.flash_word_shift
            if flash_word != state.flash_word:
                state.flash_word = flash_word
                service = state.fetch_services[state.fetch_services_used]
                state.fetch_services_used += 1
                ready = flash_word_ready(state, service, ready)
                state.code_filled = ready
                if service != HIT and state.instruction_cache != 0:
                    state.code_filled += state.fill_delay
            elif not state.without & FLASH_WAIT:
                ready = max(ready, state.code_filled)
            causes.wait(state, CODE_MEMORY, ready)
        state.word_ready = ready
        for i in range(FETCH_BUFFER_WORDS - 1):
            state.taken_at[i] = state.taken_at[i + 1]
        state.taken_at[FETCH_BUFFER_WORDS - 1] = state.now


@njit
def begin_fetching(state: State, first: Row) -> None:
    """The next instruction is `first`, sequentially or at a branch's target."""
    state.fetch_services_used = 0
    state.flash_word = INVALID
    if state.redirected != 0:
        causes.wait(state, BRANCH, state.word_ready + 1)
        state.word = (first.address >> 2) - 1
    else:
        state.word = (first.address - 1) >> 2
        if state.code_latched != 0:
            state.flash_word = (first.address - 1) >> state.flash_word_shift


@njit
def refill(state: State, cycles: int) -> None:
    """Flush the buffer: the word at a branch's target is available `cycles` from now."""
    state.word_ready = state.code_filled = state.now + cycles - 1
    for i in range(FETCH_BUFFER_WORDS):
        state.taken_at[i] = state.now + LONG_AGO


@njit
def pack_fetching(state: State) -> None:
    """Pack the unit into the first words of `packed`."""
    words = state.packed
    now = state.now
    words[0] = max(state.word_ready - now, LONG_AGO)
    words[1] = max(state.flash_busy - now, LONG_AGO)
    words[2] = max(state.prefetch_ready - now, LONG_AGO)
    words[3] = max(state.line_filled - now, 0)
    words[4] = max(state.code_filled - state.word_ready, 0)
    for i in range(FETCH_BUFFER_WORDS):
        words[5 + i] = max(state.taken_at[i] - now, LONG_AGO)


@njit
def unpack_fetching(state: State) -> None:
    """Unpack the unit, at time 0."""
    words = state.pipelines[state.pipeline]
    state.now = 0
    state.word_ready = words[0]
    state.flash_busy = words[1]
    state.prefetch_ready = words[2]
    state.line_filled = words[3]
    state.code_filled = state.word_ready + words[4]
    for i in range(FETCH_BUFFER_WORDS):
        state.taken_at[i] = words[5 + i]


def empty_fetching(refill_cycles: int) -> list[int]:
    """The unit at power-up, packed."""
    return [refill_cycles - 1, 0, 0, 0, 0] + [LONG_AGO] * FETCH_BUFFER_WORDS
