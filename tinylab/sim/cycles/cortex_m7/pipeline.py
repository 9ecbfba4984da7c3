"""The pipeline of a Cortex-M7: fetch, execution, and branches.

For the constants here, Arm's technical reference manual (ARM DDI 0489) describes the mechanisms;
the figures are measurements: of single loops on an STM32H743 (Jan Oleksiewicz,
github.com/jnk0le/random, "pipeline cycle test"), and of whole programs (docs/simulation.md).
"""

from __future__ import annotations

from tinylab.sim.cycles.compiled.branch import Branch
from tinylab.sim.cycles.compiled.numba_setup import njit
from tinylab.sim.cycles.compiled.record_layout import STORES, TIGHT, Row, State
from tinylab.sim.cycles.cortex_m7.costs import ALONE, SEVERAL
from tinylab.sim.cycles.cortex_m7.data_access import access_memory
from tinylab.sim.cycles.cortex_m7.issue import close_cycle, issue
from tinylab.sim.cycles.cortex_m7.pipeline_state import FETCH_QUEUE, pack, unpack
from tinylab.sim.cycles.cortex_m7.services import (
    CHUNKS_PER_LINE,
    FETCH_SHIFT,
    FETCHED,
    WORD_BYTES,
)
from tinylab.sim.cycles.decoding.instruction import FLAGS
from tinylab.sim.cycles.mechanisms import axi, causes
from tinylab.sim.cycles.mechanisms.branch_predictor import COLD, MISPREDICTED, PREDICTED, STRAIGHT
from tinylab.sim.cycles.mechanisms.causes import Cause
from tinylab.sim.cycles.mechanisms.switches import CortexM7

RESULT_LATENCY = int(CortexM7.RESULT_LATENCY)
BRANCH_PREDICTION = int(CortexM7.BRANCH_PREDICTION)
FETCH_RATE = int(CortexM7.FETCH_RATE)
FETCH_MISS = int(CortexM7.FETCH_MISS)
BRANCH_PAIR = int(CortexM7.BRANCH_PAIR)
LIST_STALL = int(CortexM7.LIST_STALL)
CONDITIONAL = int(Branch.CONDITIONAL)
FETCH = int(Cause.FETCH)
CODE_MEMORY = int(Cause.CODE_MEMORY)
BRANCH = int(Cause.BRANCH)

MISPREDICTED_CYCLES, KNOWN_EARLY_CYCLES = 7, 5
"""From the issue of a branch to the fetch at its actual target; the same if its flags were set
early, which is at least FLAGS_KNOWN_CYCLES after they were ready."""
FLAGS_KNOWN_CYCLES = 2
COLD_CYCLES = 3
"""As the above, if decode finds a target that was not predicted (measured by whole programs)."""
NARROW = 2
"""Bytes of a compressed instruction."""
NARROW_WANTED = 2
"""Compressed instructions without which branches do not pair, since the last one that was taken,
and loads and stores of several registers stall for a cycle: before them or within SOON_CYCLES.
With wide instructions only, fetch is never ahead. Such loads and stores, and branches that are
taken, use up as many; a predicted branch leaves the others (inferred from AES of Jan Oleksiewicz,
github.com/jnk0le/cortexm-AES, and from whole networks)."""
SOON_CYCLES, NARROW_AHEAD = 7, 8


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
def note_results(state: State, row: Row, issued: int) -> None:
    """Record when the results of an instruction are available, and which come from a load."""
    load = row.words != 0 and row.flags & STORES == 0 and row.width == WORD_BYTES
    first = row.first_operand + row.sources
    for i in range(row.results):
        result = state.operands[first + i]
        latency = min(result.cycles, 1) if state.without & RESULT_LATENCY else result.cycles
        if state.early != 0 and result.register < FLAGS:
            latency = 0
        state.ready[result.register] = issued + latency
        if result.register < FLAGS:
            state.loaded &= ~(1 << result.register)
            if load and result.cycles != 0:  # not its base
                state.loaded |= 1 << result.register


@njit
def is_compressed(state: State, number: int) -> bool:
    """Whether enough compressed instructions are before row `number`, or follow it soon in its
    block."""
    narrow, halves = state.narrow_ahead, 0
    end = state.blocks[state.block].end_row
    number += 1
    while narrow < NARROW_WANTED and number < end and halves <= 2 * SOON_CYCLES:
        row = state.rows[number]
        halves += 2 * row.cycles if row.kind & ALONE else 1
        if row.length == NARROW:
            narrow += 1
        number += 1
    return narrow >= NARROW_WANTED


@njit
def use_up_narrow(state: State) -> None:
    """Let fetch be less far ahead."""
    state.narrow_ahead = max(state.narrow_ahead - NARROW_WANTED, 0)


@njit
def execute(state: State, number: int) -> None:
    """Advance by the time of one instruction."""
    row = state.rows[number]
    causes.continue_from(state, state.now + 1)  # it may issue in the present cycle
    fetch_until(state, (row.address + row.length - 1) >> FETCH_SHIFT)
    issue(state, row)
    if row.length == NARROW:
        state.narrow = min(state.narrow + 1, NARROW_WANTED + 1)
        state.narrow_ahead = min(state.narrow_ahead + 1, NARROW_AHEAD)
    issued = state.now
    if row.cycles > 1:
        state.now += row.cycles - 1
        close_cycle(state)
    if row.kind & SEVERAL and state.without & LIST_STALL == 0:
        if not is_compressed(state, number):
            causes.stall(state, FETCH, 1)
            state.now += 1
            issued += 1
        use_up_narrow(state)
    issued += access_memory(state, row)
    note_results(state, row, issued)
    if row.divider_cycles != 0:
        state.locked = issued + row.divider_cycles
    state.branch_issued = state.now


@njit
def flags_are_known(state: State) -> bool:
    """Whether the branch at the block's end depends on flags that were set early enough to resolve
    it before it executes."""
    last = state.rows[state.end_row - 1]
    if last.branch != CONDITIONAL or state.operands[last.first_operand].register != FLAGS:
        return False
    return state.branch_issued - state.ready[FLAGS] >= FLAGS_KNOWN_CYCLES


@njit
def pairs_with_target(state: State) -> bool:
    """Whether the branch at the block's end, predicted to be taken, issues together with the first
    instruction at its target: if there was enough compressed code before it."""
    narrow = 1 if state.rows[state.end_row - 1].length == NARROW else 0
    return state.narrow - narrow >= NARROW_WANTED and state.without & BRANCH_PAIR == 0


@njit
def end_block(state: State, outcome: int) -> None:
    """The block's last instruction was a branch with that outcome."""
    if outcome == STRAIGHT:
        return
    if state.without & BRANCH_PREDICTION:
        pass
    elif outcome == MISPREDICTED:
        known = flags_are_known(state)
        state.chunk_ready = state.branch_issued
        state.chunk_ready += KNOWN_EARLY_CYCLES if known else MISPREDICTED_CYCLES
    elif outcome == COLD:
        state.chunk_ready = max(state.chunk_ready, state.branch_issued) + COLD_CYCLES
    if outcome != PREDICTED or not pairs_with_target(state):
        close_cycle(state)
    state.narrow = 0
    if outcome == PREDICTED:
        use_up_narrow(state)
    else:
        state.narrow_ahead = 0


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
        execute(state, number)
    end_block(state, outcome)
    pack(state)
    causes.finish(state, state.now)
    return state.now
