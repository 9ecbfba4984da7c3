"""The state of a Cortex-M7's pipeline, and its packed form for the table of transitions.

Times in the packed words are relative to now; times that are too old to have an effect are
equal, so that equal future behaviour gives equal words.
"""

from __future__ import annotations

from tinylab.sim.cycles.compiled.numba_setup import int64, njit
from tinylab.sim.cycles.compiled.record_layout import Fields, State
from tinylab.sim.cycles.cortex_m7.costs import TIMED
from tinylab.sim.cycles.cortex_m7.store_buffer import BANKS, STORE_BUFFER
from tinylab.sim.cycles.cortex_m7.units import COUNTERS_BITS
from tinylab.sim.cycles.decoding.instruction import FLAGS
from tinylab.sim.cycles.mechanisms import axi

FETCH_QUEUE = 4
"""Chunks of code that wait for issue."""
LONG_AGO = -FETCH_QUEUE - 1
"""Earlier times have no effect on fetch and bus."""
READY_LONG_AGO = -1
"""Likewise for results: an operand may be required one cycle before the issue."""
FLAGS_LONG_AGO = -2
"""Likewise for flags, which resolve a branch early."""

PIPELINE: Fields = [
    ("now", "i4"),
    ("slots", "i4"),
    ("closed", "i4"),
    ("units", "i8"),
    ("loaded_this_cycle", "i4"),
    ("unaligned_this_cycle", "i4"),
    ("early", "i4"),
    ("narrow", "i4"),
    ("narrow_ahead", "i4"),
    ("chunk", "i8"),
    ("chunk_ready", "i4"),
    ("line_wanted", "i4"),
    ("issued_at", "i4", (FETCH_QUEUE,)),
    ("ready", "i4", (TIMED,)),
    ("locked", "i4"),
    ("bus_free", "i4"),
    ("fill_started", "i4", (axi.FILLS,)),
    ("branch_issued", "i4"),
    ("code_bus", "i4"),
    ("last_load", "i8"),
    ("loaded", "i8"),
]
"""`slots` and `units` are used in the present cycle, `closed` if nothing more can issue in it.
`fill_started` is when the first beat of a line in transfer arrives; `loaded` has a bit for each
core register whose value comes from a load of a word. `narrow` counts compressed instructions
since the last branch that was taken, `narrow_ahead` those that are not used up; `early` is of the
instruction that issues."""

WORD_BITS = 15
UNIT_WORDS = -(-COUNTERS_BITS // WORD_BITS)
SINGLE_WORDS = 8
FILL_POSITION = SINGLE_WORDS + UNIT_WORDS + FETCH_QUEUE
STORE_POSITION = FILL_POSITION + axi.FILLS
PACKED_WORDS = STORE_POSITION + BANKS + STORE_BUFFER + TIMED
ARRIVED = -1024
"""Packed instead of the time of a line that has arrived completely."""


@njit
def loads_that_matter(state: State) -> int:
    """`loaded` without registers whose values arrived long ago."""
    mask = 0
    for register in range(FLAGS):
        if state.ready[register] >= state.now:
            mask |= state.loaded & (1 << register)
    return mask


@njit
def pack(state: State) -> None:
    """Pack the pipeline into `packed`; equal future behaviour gives equal words."""
    words, now = state.packed, state.now
    words[0] = state.slots
    words[1] = state.closed | state.narrow << 1 | state.narrow_ahead << 3
    words[2] = state.loaded_this_cycle | state.unaligned_this_cycle << 1
    words[3] = max(state.chunk_ready - now, LONG_AGO)
    words[4] = max(state.locked - now, 0)
    words[5] = max(state.bus_free - now, LONG_AGO)
    loaded = loads_that_matter(state)
    words[6] = loaded & ((1 << WORD_BITS) - 1)
    words[7] = loaded >> WORD_BITS
    position = SINGLE_WORDS
    for i in range(UNIT_WORDS):
        words[position] = (state.units >> WORD_BITS * i) & ((1 << WORD_BITS) - 1)
        position += 1
    for i in range(FETCH_QUEUE):
        words[position] = max(state.issued_at[i] - now, LONG_AGO)
        position += 1
    for i in range(axi.FILLS):
        started = state.fill_started[i] - now
        arriving = started + (axi.BEATS - 1) * state.bus_ratio > 0
        words[position] = started if arriving else ARRIVED
        position += 1
    for i in range(BANKS):
        words[position] = max(state.bank_free[i] - now, 0)
        position += 1
    for i in range(STORE_BUFFER):
        words[position] = max(state.stores_done[i] - now, 0)
        position += 1
    for i in range(TIMED):
        long_ago = FLAGS_LONG_AGO if i == FLAGS else READY_LONG_AGO
        words[position] = max(state.ready[i] - now, long_ago)
        position += 1


@njit
def unpack(state: State) -> None:
    """Unpack the pipeline, at time 0."""
    words = state.pipelines[state.pipeline]
    state.now = 0
    state.slots = words[0]
    state.closed = words[1] & 1
    state.narrow = words[1] >> 1 & 3
    state.narrow_ahead = words[1] >> 3
    state.loaded_this_cycle = words[2] & 1
    state.unaligned_this_cycle = words[2] >> 1
    state.chunk_ready = words[3]
    state.locked = words[4]
    state.bus_free = words[5]
    state.loaded = int64(words[6]) | int64(words[7]) << WORD_BITS
    position = SINGLE_WORDS
    state.units = 0
    for i in range(UNIT_WORDS):
        state.units |= int64(words[position]) << WORD_BITS * i
        position += 1
    for i in range(FETCH_QUEUE):
        state.issued_at[i] = words[position]
        position += 1
    for i in range(axi.FILLS):
        state.fill_started[i] = words[position]
        position += 1
    for i in range(BANKS):
        state.bank_free[i] = words[position]
        position += 1
    for i in range(STORE_BUFFER):
        state.stores_done[i] = words[position]
        position += 1
    for i in range(TIMED):
        state.ready[i] = words[position]
        position += 1


@njit
def forget_arrived(state: State) -> None:
    """Remove lines that have arrived completely from those in transfer."""
    for fill in range(axi.FILLS):
        if state.pipelines[state.pipeline, FILL_POSITION + fill] == ARRIVED:
            state.filling_lines[fill] = axi.NO_LINE


def empty() -> list[int]:
    """The pipeline at power-up, packed."""
    words = [0] * PACKED_WORDS
    for i in range(axi.FILLS):
        words[FILL_POSITION + i] = ARRIVED
    return words
