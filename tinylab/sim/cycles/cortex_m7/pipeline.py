# mypy: warn-return-any=False
# (records of compiled code are Any to mypy)
"""The pipeline of a Cortex-M7: when instructions issue, in pairs where they can.

Of the constants here, Arm's technical reference manual (ARM DDI 0489) names the mechanisms;
the figures are measurements, published ones and those of the study that tinylab repeats.
"""

from __future__ import annotations

import numpy as np

from tinylab.sim.cycles import axi
from tinylab.sim.cycles.branch_predictor import COLD, MISPREDICTED, STRAIGHT
from tinylab.sim.cycles.compiled import njit
from tinylab.sim.cycles.cortex_m7.costs import ALONE, FIRST_SLOT, GUARDS, LIMITS
from tinylab.sim.cycles.cortex_m7.services import (
    ARRIVING,
    CHUNKS_PER_LINE,
    CONFLICT,
    DEVICE_ACCESS,
    FETCH_SHIFT,
    FETCHED,
    MISS_FLASH,
    MISS_RAM,
    SERVED,
    SKIPPED,
)
from tinylab.sim.cycles.instruction import REGISTERS
from tinylab.sim.cycles.layout import AXI, DEVICE, FLASH, STORES, TIGHT, Fields, Row, State
from tinylab.sim.cycles.mechanisms import CortexM7

DUAL_ISSUE = int(CortexM7.DUAL_ISSUE)
RESULT_LATENCY = int(CortexM7.RESULT_LATENCY)
BRANCH_PREDICTION = int(CortexM7.BRANCH_PREDICTION)
LOAD_CONFLICT = int(CortexM7.LOAD_CONFLICT)
FETCH_RATE = int(CortexM7.FETCH_RATE)
DATA_MISS = int(CortexM7.DATA_MISS)
FETCH_MISS = int(CortexM7.FETCH_MISS)

ISSUE_WIDTH = 2
FETCH_QUEUE = 4
"""Chunks that wait to be issued."""
MISPREDICTED_CYCLES = 9
"""From the issue of a branch to the fetch at its real target."""
COLD_CYCLES = 3
"""The same when decode finds the target that prediction did not know."""
STORE_TO_DEVICE_CYCLES = 1
"""Stores to peripherals are buffered."""

LONG_AGO = -FETCH_QUEUE - 1
"""Times before it are all the same to fetch and bus."""
READY_LONG_AGO = -1
"""The same for results: an operand may be needed one cycle before the issue."""

PIPELINE: Fields = [
    ("now", "i4"),
    ("slots", "i4"),
    ("closed", "i4"),
    ("units", "i8"),
    ("loaded_this_cycle", "i4"),
    ("chunk", "i8"),
    ("chunk_ready", "i4"),
    ("line_wanted", "i4"),
    ("issued_at", "i4", (FETCH_QUEUE,)),
    ("ready", "i4", (REGISTERS,)),
    ("divider_free", "i4"),
    ("bus_free", "i4"),
    ("fill_started", "i4", (axi.FILLS,)),
    ("branch_issued", "i4"),
    ("code_bus", "i4"),
    ("last_load", "i8"),
]
"""`slots` and `units` are used in the present cycle, `closed` when it takes no more.
`fill_started` is when the first beat of a line on its way arrives."""

UNIT_WORDS = 3
WORD_BITS = 15
PACKED_WORDS = 6 + UNIT_WORDS + FETCH_QUEUE + axi.FILLS + REGISTERS
FILL_POSITION = 6 + UNIT_WORDS + FETCH_QUEUE
ARRIVED = -1024
"""Packed in place of the time of a line that has arrived as a whole."""


@njit
def chunk_from_bus(state: State, ready: int) -> int:
    """When a chunk is there that is wanted at `ready` and may have to come over the bus."""
    service = state.fetch_services[state.fetch_services_used]
    state.fetch_services_used += 1
    if service == FETCHED or state.without & FETCH_MISS:
        return ready
    begin = max(ready, state.bus_free)
    state.bus_free = begin + axi.BEATS * state.bus_ratio
    return begin + axi.latency(state, state.code_bus)


@njit
def fetch_until(state: State, last_chunk: int) -> None:
    """Fetch chunks up to `last_chunk`; the queue has room for four."""
    while state.chunk < last_chunk:
        state.chunk += 1
        ready = max(state.chunk_ready + 1, state.now - FETCH_QUEUE, state.issued_at[0])
        wanted = state.line_wanted != 0 or state.chunk % CHUNKS_PER_LINE == 0
        if state.code_bus != TIGHT and (wanted or state.instruction_cache == 0):
            ready = chunk_from_bus(state, ready)
        state.line_wanted = 0
        state.chunk_ready = ready
        for i in range(FETCH_QUEUE - 1):
            state.issued_at[i] = state.issued_at[i + 1]
        state.issued_at[FETCH_QUEUE - 1] = state.now


@njit
def next_cycle(state: State, now: int) -> None:
    """Nothing has issued yet in cycle `now`."""
    state.now = now
    state.slots = 0
    state.units = 0
    state.closed = 0
    state.loaded_this_cycle = 0


@njit
def close_cycle(state: State) -> None:
    """Nothing more issues in this cycle."""
    state.closed = 1


@njit
def operands_ready(state: State, row: Row) -> int:
    """The first cycle in which the instruction's code, operands and divider are there."""
    start = state.now if state.without & FETCH_RATE else max(state.now, state.chunk_ready)
    for i in range(row.sources):
        source = state.operands[row.first_operand + i]
        start = max(start, state.ready[source.register] - source.cycles)
    if row.divider_cycles != 0:
        start = max(start, state.divider_free)
    return start


@njit
def fits(state: State, row: Row) -> bool:
    """Whether the instruction can issue together with those of this cycle."""
    width = 1 if state.without & DUAL_ISSUE else ISSUE_WIDTH
    if state.closed != 0 or state.slots >= width:
        return False
    if state.slots > 0 and row.kind & (ALONE | FIRST_SLOT):
        return False
    if (LIMITS | GUARDS) - state.units - row.resources & GUARDS != GUARDS:
        return False
    if row.words == 0 or row.flags & STORES or state.loaded_this_cycle == 0:
        return True
    conflict = state.data_services[state.data_services_used] & CONFLICT
    return conflict == 0 or state.without & LOAD_CONFLICT != 0


@njit
def issue(state: State, row: Row) -> None:
    """Find the cycle in which the instruction issues, and take its place in it."""
    start = operands_ready(state, row)
    if start == state.now and not fits(state, row):
        start += 1
    if start > state.now:
        next_cycle(state, start)
    state.slots += 1
    state.units += row.resources
    if row.kind & ALONE:
        close_cycle(state)


@njit
def miss(state: State, service: int) -> int:
    """Cycles until the first beat of a line that is asked for now."""
    begin = max(state.now, state.bus_free)
    state.bus_free = begin + axi.BEATS * state.bus_ratio
    bus = FLASH if service == MISS_FLASH else AXI
    arrives = begin + axi.latency(state, bus)
    state.fill_started[1] = state.fill_started[0]
    state.fill_started[0] = arrives
    return arrives - state.now


@njit
def access_stall(state: State, service: int, store: bool) -> int:
    """Cycles for which an access holds the core up. Stores leave through a buffer."""
    if service in (SERVED, SKIPPED):
        return 0
    if service == DEVICE_ACCESS:
        return STORE_TO_DEVICE_CYCLES if store else axi.latency(state, DEVICE)
    if state.without & DATA_MISS:
        return 0
    if service in (MISS_FLASH, MISS_RAM):
        wait = miss(state, service)
    else:
        fill, beats = divmod(service - ARRIVING, axi.BEATS)
        wait = state.fill_started[fill] + beats * state.bus_ratio - state.now
    return 0 if store else max(wait, 0)


@njit
def access_memory(state: State, row: Row) -> int:
    """Let the core wait for the words of `row`; how long it did."""
    store = row.flags & STORES != 0
    total = 0
    for _ in range(row.words):
        service = state.data_services[state.data_services_used] & (CONFLICT - 1)
        state.data_services_used += 1
        if not store and service != SKIPPED:
            state.loaded_this_cycle = 1
        stall = access_stall(state, service, store)
        if stall > 0:
            close_cycle(state)
        state.now += stall
        total += stall
    return total


@njit
def execute(state: State, row: Row) -> None:
    """Let the time of one instruction pass."""
    fetch_until(state, (row.address + row.length - 1) >> FETCH_SHIFT)
    issue(state, row)
    issued = state.now
    if row.cycles > 1:
        state.now += row.cycles - 1
        close_cycle(state)
    issued += access_memory(state, row)
    first = row.first_operand + row.sources
    for i in range(row.results):
        result = state.operands[first + i]
        latency = min(result.cycles, 1) if state.without & RESULT_LATENCY else result.cycles
        state.ready[result.register] = issued + latency
    if row.divider_cycles != 0:
        state.divider_free = issued + row.divider_cycles - 2
    state.branch_issued = state.now


@njit
def end_block(state: State, outcome: int) -> None:
    """The block's last instruction was a branch that ended so."""
    if outcome == STRAIGHT:
        return
    if state.without & BRANCH_PREDICTION:
        pass
    elif outcome == MISPREDICTED:
        state.chunk_ready = state.branch_issued + MISPREDICTED_CYCLES
    elif outcome == COLD:
        state.chunk_ready = max(state.chunk_ready, state.branch_issued) + COLD_CYCLES
    close_cycle(state)


@njit
def simulate(state: State, outcome: int) -> int:
    """Cycles of the rows from `unaccounted_row` to `end_row`."""
    unpack(state)
    state.fetch_services_used = 0
    state.data_services_used = 0
    first = state.rows[state.unaccounted_row]
    state.line_wanted = state.redirected
    if state.redirected != 0:
        state.chunk = (first.address >> FETCH_SHIFT) - 1
    else:
        state.chunk = (first.address - 1) >> FETCH_SHIFT
    for number in range(state.unaccounted_row, state.end_row):
        execute(state, state.rows[number])
    end_block(state, outcome)
    pack(state)
    return state.now


@njit
def pack(state: State) -> None:
    """Put the pipeline into `packed`; equal futures give equal words."""
    words, now = state.packed, state.now
    words[0] = state.slots
    words[1] = state.closed
    words[2] = state.loaded_this_cycle
    words[3] = max(state.chunk_ready - now, LONG_AGO)
    words[4] = max(state.divider_free - now, 0)
    words[5] = max(state.bus_free - now, LONG_AGO)
    position = 6
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
    for i in range(REGISTERS):
        words[position] = max(state.ready[i] - now, READY_LONG_AGO)
        position += 1


@njit
def unpack(state: State) -> None:
    """The pipeline as it was packed, at time 0."""
    words = state.pipelines[state.pipeline]
    state.now = 0
    state.slots = words[0]
    state.closed = words[1]
    state.loaded_this_cycle = words[2]
    state.chunk_ready = words[3]
    state.divider_free = words[4]
    state.bus_free = words[5]
    position = 6
    state.units = 0
    for i in range(UNIT_WORDS):
        state.units |= np.int64(words[position]) << WORD_BITS * i
        position += 1
    for i in range(FETCH_QUEUE):
        state.issued_at[i] = words[position]
        position += 1
    for i in range(axi.FILLS):
        state.fill_started[i] = words[position]
        position += 1
    for i in range(REGISTERS):
        state.ready[i] = words[position]
        position += 1


@njit
def forget_arrived(state: State) -> None:
    """Lines that have arrived as a whole are not on their way any more."""
    for fill in range(axi.FILLS):
        if state.pipelines[state.pipeline, FILL_POSITION + fill] == ARRIVED:
            state.filling_lines[fill] = axi.NO_LINE


def empty() -> list[int]:
    """The pipeline at power-up, packed."""
    words = [0] * PACKED_WORDS
    for i in range(axi.FILLS):
        words[FILL_POSITION + i] = ARRIVED
    return words
