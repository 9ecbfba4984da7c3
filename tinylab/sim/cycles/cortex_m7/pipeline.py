"""The pipeline of a Cortex-M7: when instructions issue, in pairs where possible.

For the constants here, Arm's technical reference manual (ARM DDI 0489) describes the mechanisms;
the figures are measurements: published ones and those of the study that tinylab repeats.
"""

from __future__ import annotations

from tinylab.sim.cycles.compiled.numba_setup import njit
from tinylab.sim.cycles.compiled.record_layout import AXI, DEVICE, FLASH, STORES, TIGHT, Row, State
from tinylab.sim.cycles.cortex_m7.costs import (
    ALONE,
    EARLY,
    EARLY_IF_LOADED,
    FIRST_SLOT,
    GUARDS,
    LIMITS,
    NOW,
)
from tinylab.sim.cycles.cortex_m7.pipeline_state import FETCH_QUEUE, pack, unpack
from tinylab.sim.cycles.cortex_m7.services import (
    ARRIVING,
    CHUNKS_PER_LINE,
    CONFLICT,
    DEVICE_ACCESS,
    DIRTY,
    FETCH_SHIFT,
    FETCHED,
    MISS_FLASH,
    MISS_RAM,
    SERVED,
    SKIPPED,
)
from tinylab.sim.cycles.decoding.instruction import FLAGS
from tinylab.sim.cycles.mechanisms import axi, causes
from tinylab.sim.cycles.mechanisms.branch_predictor import COLD, MISPREDICTED, STRAIGHT
from tinylab.sim.cycles.mechanisms.causes import Cause
from tinylab.sim.cycles.mechanisms.switches import CortexM7

DUAL_ISSUE = int(CortexM7.DUAL_ISSUE)
RESULT_LATENCY = int(CortexM7.RESULT_LATENCY)
BRANCH_PREDICTION = int(CortexM7.BRANCH_PREDICTION)
LATE_LOADS = int(CortexM7.LATE_LOADS)
LOAD_CONFLICT = int(CortexM7.LOAD_CONFLICT)
FETCH_RATE = int(CortexM7.FETCH_RATE)
DATA_MISS = int(CortexM7.DATA_MISS)
FETCH_MISS = int(CortexM7.FETCH_MISS)
OPERAND = int(Cause.OPERAND)
UNIT = int(Cause.UNIT)
FETCH = int(Cause.FETCH)
CODE_MEMORY = int(Cause.CODE_MEMORY)
DATA_MEMORY = int(Cause.DATA_MEMORY)
BUS = int(Cause.BUS)
BRANCH = int(Cause.BRANCH)

ISSUE_WIDTH = 2
MISPREDICTED_CYCLES = 7
"""From the issue of a branch to the fetch at its actual target (measured)."""
COLD_CYCLES = 3
"""The same, if decode finds a target that was not predicted."""
STORE_TO_DEVICE_CYCLES = 1
"""Stores to peripherals are buffered."""


@njit
def chunk_from_bus(state: State, ready: int) -> int:
    """When a chunk requested at `ready` is available; it may have to come over the bus."""
    service = state.fetch_services[state.fetch_services_used]
    state.fetch_services_used += 1
    if service == FETCHED or state.without & FETCH_MISS:
        return ready
    begin = max(ready, state.bus_free)
    state.bus_free = begin + axi.occupied(state, state.code_bus)
    return begin + axi.latency(state, state.code_bus)


@njit
def fetch_until(state: State, last_chunk: int) -> None:
    """Fetch chunks up to `last_chunk`; the queue has room for four."""
    while state.chunk < last_chunk:
        state.chunk += 1
        ready = max(state.chunk_ready + 1, state.now - FETCH_QUEUE, state.issued_at[0])
        if state.without & FETCH_RATE:
            ready = state.chunk_ready
        causes.wait(state, FETCH, ready)
        wanted = state.line_wanted != 0 or state.chunk % CHUNKS_PER_LINE == 0
        if state.code_bus != TIGHT and (wanted or state.instruction_cache == 0):
            ready = chunk_from_bus(state, ready)
            causes.wait(state, CODE_MEMORY, ready)
        state.line_wanted = 0
        state.chunk_ready = ready
        for i in range(FETCH_QUEUE - 1):
            state.issued_at[i] = state.issued_at[i + 1]
        state.issued_at[FETCH_QUEUE - 1] = state.now


@njit
def next_cycle(state: State, now: int) -> None:
    """Start cycle `now`: nothing has issued in it."""
    state.now = now
    state.slots = 0
    state.units = 0
    state.closed = 0
    state.loaded_this_cycle = 0


@njit
def close_cycle(state: State) -> None:
    """Close this cycle: nothing more issues in it."""
    state.closed = 1


@njit
def needed(state: State, register: int, cycles: int) -> int:
    """When an operand is required after the issue; `cycles` is the instruction's figure."""
    if cycles != EARLY_IF_LOADED:
        return cycles
    if register >= FLAGS or state.without & LATE_LOADS:
        return NOW
    return EARLY if (state.loaded >> register) & 1 else NOW


@njit
def operands_ready(state: State, row: Row) -> int:
    """The first cycle in which the instruction's code, operands and divider are available."""
    start = max(state.now, state.chunk_ready)
    for i in range(row.sources):
        source = state.operands[row.first_operand + i]
        after = needed(state, source.register, source.cycles)
        start = max(start, state.ready[source.register] - after)
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
    """Find the cycle in which the instruction issues, and reserve its slot."""
    start = operands_ready(state, row)
    if row.divider_cycles != 0:
        causes.wait(state, UNIT, state.divider_free)
    causes.wait(state, OPERAND, start)
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
    """Cycles until the first beat of a line that is requested now."""
    begin = max(state.now, state.bus_free)
    bus = FLASH if service & ~DIRTY == MISS_FLASH else AXI
    state.bus_free = begin + axi.occupied(state, bus)
    if service & DIRTY:  # the replaced line is written back after it
        state.bus_free += axi.occupied(state, AXI)
    arrives = begin + axi.latency(state, bus)
    state.fill_started[1] = state.fill_started[0]
    state.fill_started[0] = arrives
    return arrives - state.now


@njit
def access_stall(state: State, service: int, store: bool) -> int:
    """Cycles for which an access stalls the core. Stores are buffered."""
    if service in (SERVED, SKIPPED):
        return 0
    if service == DEVICE_ACCESS:
        return STORE_TO_DEVICE_CYCLES if store else axi.latency(state, DEVICE)
    if state.without & DATA_MISS:
        return 0
    if service & ~DIRTY in (MISS_FLASH, MISS_RAM):
        wait = miss(state, service)
    else:
        fill, beats = divmod(service - ARRIVING, axi.BEATS)
        wait = state.fill_started[fill] + beats * state.bus_ratio - state.now
    return 0 if store else max(wait, 0)


@njit
def access_memory(state: State, row: Row) -> int:
    """Stall the core for the words of `row`; returns the cycles."""
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
            causes.stall(state, BUS if service == DEVICE_ACCESS else DATA_MEMORY, stall)
        state.now += stall
        total += stall
    return total


@njit
def note_results(state: State, row: Row, issued: int) -> None:
    """Record when the results of an instruction are available, and which come from a load."""
    load = row.words != 0 and row.flags & STORES == 0
    first = row.first_operand + row.sources
    for i in range(row.results):
        result = state.operands[first + i]
        latency = min(result.cycles, 1) if state.without & RESULT_LATENCY else result.cycles
        state.ready[result.register] = issued + latency
        if result.register < FLAGS:
            state.loaded &= ~(1 << result.register)
            if load and result.cycles != 0:  # not its base
                state.loaded |= 1 << result.register


@njit
def execute(state: State, row: Row) -> None:
    """Advance by the time of one instruction."""
    causes.continue_from(state, state.now + 1)  # it may issue in the present cycle
    fetch_until(state, (row.address + row.length - 1) >> FETCH_SHIFT)
    issue(state, row)
    issued = state.now
    if row.cycles > 1:
        state.now += row.cycles - 1
        close_cycle(state)
    issued += access_memory(state, row)
    note_results(state, row, issued)
    if row.divider_cycles != 0:
        state.divider_free = issued + row.divider_cycles - 2
    state.branch_issued = state.now


@njit
def end_block(state: State, outcome: int) -> None:
    """The block's last instruction was a branch with that outcome."""
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
    causes.begin(state, state.now + 1)
    state.fetch_services_used = 0
    state.data_services_used = 0
    first = state.rows[state.unaccounted_row]
    state.line_wanted = state.redirected
    if state.redirected != 0:
        if state.chunk_ready > state.now:
            causes.wait(state, BRANCH, state.chunk_ready + 1)
        state.chunk = (first.address >> FETCH_SHIFT) - 1
    else:
        state.chunk = (first.address - 1) >> FETCH_SHIFT
    for number in range(state.unaccounted_row, state.end_row):
        execute(state, state.rows[number])
    end_block(state, outcome)
    pack(state)
    causes.finish(state, state.now)
    return state.now
