"""The pipeline of a Cortex-M7: when instructions issue, in pairs where possible.

For the constants here, Arm's technical reference manual (ARM DDI 0489) describes the mechanisms;
the figures are measurements: published ones and those of the study that tinylab repeats.
"""

from __future__ import annotations

from tinylab.sim.cycles.compiled.branch import Branch
from tinylab.sim.cycles.compiled.numba_setup import njit
from tinylab.sim.cycles.compiled.record_layout import AXI, DEVICE, FLASH, STORES, TIGHT, Row, State
from tinylab.sim.cycles.cortex_m7.costs import (
    ALONE,
    EARLY,
    EARLY_ALU,
    EARLY_IF_LOADED,
    FIRST_SLOT,
    HOLD,
    MAC,
    NOW,
    PLAIN_SHIFT,
    SEVERAL,
    TRANSFER,
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
    HOW,
    MISS_FLASH,
    MISS_RAM,
    SECOND_BANK,
    SERVED,
    SKIPPED,
    UNALIGNED,
    WORD_BYTES,
)
from tinylab.sim.cycles.cortex_m7.store_buffer import store_stall
from tinylab.sim.cycles.cortex_m7.units import GUARDS, LIMITS, SHIFTER_USE, TRANSFERS
from tinylab.sim.cycles.decoding.instruction import FLAGS
from tinylab.sim.cycles.mechanisms import axi
from tinylab.sim.cycles.mechanisms.branch_predictor import COLD, MISPREDICTED, PREDICTED, STRAIGHT
from tinylab.sim.cycles.mechanisms.switches import CortexM7

DUAL_ISSUE = int(CortexM7.DUAL_ISSUE)
RESULT_LATENCY = int(CortexM7.RESULT_LATENCY)
BRANCH_PREDICTION = int(CortexM7.BRANCH_PREDICTION)
LATE_LOADS = int(CortexM7.LATE_LOADS)
LOAD_CONFLICT = int(CortexM7.LOAD_CONFLICT)
FETCH_RATE = int(CortexM7.FETCH_RATE)
DATA_MISS = int(CortexM7.DATA_MISS)
FETCH_MISS = int(CortexM7.FETCH_MISS)
EARLY_ALUS = int(CortexM7.EARLY_ALU)
MAC_HOLD = int(CortexM7.MAC_HOLD)
UNALIGNED_ACCESS = int(CortexM7.UNALIGNED)
BUFFERED_STORES = int(CortexM7.STORE_BUFFER)
BRANCH_PAIR = int(CortexM7.BRANCH_PAIR)
LIST_STALL = int(CortexM7.LIST_STALL)

ISSUE_WIDTH = 2
MISPREDICTED_CYCLES = int(__import__('os').environ.get('MP','7'))
EARLY_MP = int(__import__('os').environ.get('EMP','7'))
"""From the issue of a branch to the fetch at its actual target (measured)."""
COLD_CYCLES = 3
"""The same, if decode finds a target that was not predicted."""
NARROW = 2
"""Bytes of a compressed instruction."""
NARROW_BEFORE_PAIR = 2
"""Compressed instructions since the last branch that was taken, before one that pairs."""
SOON_CYCLES = 7
MOST_NARROW = NARROW_BEFORE_PAIR + 1
UNALIGNED_CYCLES = 3
"""Of a load in the first slot; in the second one cycle more, of two one cycle more together."""
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
    """Start cycle `now`: nothing has issued in it."""
    state.now = now
    state.slots = 0
    state.units = 0
    state.closed = 0
    state.loaded_this_cycle = 0
    state.unaligned_this_cycle = 0
    state.first_mac = 0


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
    """The first cycle in which the instruction's code and operands are available."""
    start = max(state.now, state.chunk_ready)
    for i in range(row.sources):
        source = state.operands[row.first_operand + i]
        if source.register == HOLD and state.without & MAC_HOLD:
            continue
        after = needed(state, source.register, source.cycles)
        start = max(start, state.ready[source.register] - after)
    return start


@njit
def held_up(state: State, row: Row) -> bool:
    """Whether a multiply-accumulate prevents that the instruction is the second of this cycle.

    After one, for three cycles, moves of a register issue from the first slot only, and other
    multiply-accumulates not behind them. The first one pairs with them.
    """
    if state.ready[HOLD] <= state.now or state.without & MAC_HOLD:
        return False
    if row.kind & TRANSFER:
        return state.first_mac == 0
    return row.kind & MAC != 0 and state.units & TRANSFERS != 0


@njit
def fits(state: State, row: Row) -> bool:
    """Whether the instruction can issue together with those of this cycle."""
    width = 1 if state.without & DUAL_ISSUE else ISSUE_WIDTH
    if state.closed != 0 or state.slots >= width:
        return False
    if state.slots > 0 and (row.kind & (ALONE | FIRST_SLOT) or held_up(state, row)):
        return False
    if (LIMITS | GUARDS) - state.units - row.resources & GUARDS != GUARDS:
        return False
    if row.words == 0 or row.flags & STORES or state.loaded_this_cycle == 0:
        return True
    service = state.data_services[state.data_services_used]
    if service & UNALIGNED or state.unaligned_this_cycle != 0:
        return True
    return service & CONFLICT == 0 or state.without & LOAD_CONFLICT != 0


@njit
def runs_early(state: State, row: Row) -> bool:
    """Whether the early ALU does what is about to issue: it has what it needs a cycle earlier."""
    if state.without & EARLY_ALUS:
        return False
    if row.kind & PLAIN_SHIFT:
        if state.slots > 0 and state.units & SHIFTER_USE != 0:
            return False
    elif row.kind & EARLY_ALU == 0 or state.slots > 0:
        return False
    for i in range(row.sources):
        source = state.operands[row.first_operand + i]
        if source.register != FLAGS and state.ready[source.register] >= state.now:
            return False
    return True


@njit
def issue(state: State, row: Row) -> None:
    """Find the cycle in which the instruction issues, and reserve its slot."""
    start = operands_ready(state, row)
    if start == state.now and not fits(state, row):
        start += 1
    if start > state.now:
        next_cycle(state, max(start, state.locked))
    state.early = 1 if runs_early(state, row) else 0
    if row.kind & MAC and state.slots == 0 and state.ready[HOLD] <= state.now:
        state.first_mac = 1
    state.units += row.resources
    if row.kind & PLAIN_SHIFT and state.slots == 0:
        state.units += SHIFTER_USE
    state.slots += 1
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
def unaligned_stall(state: State, service: int, paired: bool) -> int:
    """Additional cycles of a load because it is unaligned, or the other one of its cycle.

    `CONFLICT`: an aligned one and the lower part of an unaligned one are in the same bank.
    """
    shared = 1 if paired and service & CONFLICT else 0
    if service & UNALIGNED == 0:
        return -shared if state.unaligned_this_cycle != 0 else 0
    if state.unaligned_this_cycle != 0:
        return 1
    state.unaligned_this_cycle = 1
    if state.slots == 1:
        return UNALIGNED_CYCLES
    return UNALIGNED_CYCLES + 1 - shared


@njit
def access_memory(state: State, row: Row) -> int:
    """Stall the core for the words of `row`; returns the cycles."""
    store = row.flags & STORES != 0
    total = 0
    for word in range(row.words):
        service = state.data_services[state.data_services_used]
        state.data_services_used += 1
        paired = state.loaded_this_cycle != 0
        if not store and service != SKIPPED:
            state.loaded_this_cycle = 1
        stall = access_stall(state, service & HOW, store)
        if stall > 0:
            close_cycle(state)
        if store:
            if row.words == 1 and state.without & BUFFERED_STORES == 0:
                stall += store_stall(state, row, service)
            elif word == 0 and service & SECOND_BANK and row.words & 1 == 0:
                stall += 1
        elif service != SKIPPED and state.without & UNALIGNED_ACCESS == 0:
            stall += unaligned_stall(state, service, paired)
        state.now += stall
        total += stall
    return total


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
    """Whether enough compressed instructions are before row `number`, since the last branch that
    was taken, or follow it soon in its block."""
    narrow, halves = state.narrow, 0
    end = state.blocks[state.block].end_row
    number += 1
    while narrow < NARROW_BEFORE_PAIR and number < end and halves <= 2 * SOON_CYCLES:
        row = state.rows[number]
        halves += 2 * row.cycles if row.kind & ALONE else 1
        if row.length == NARROW:
            narrow += 1
        number += 1
    return narrow >= NARROW_BEFORE_PAIR


@njit
def execute(state: State, number: int) -> None:
    """Advance by the time of one instruction."""
    row = state.rows[number]
    fetch_until(state, (row.address + row.length - 1) >> FETCH_SHIFT)
    issue(state, row)
    if row.length == NARROW:
        state.narrow = min(state.narrow + 1, MOST_NARROW)
    issued = state.now
    if row.cycles > 1:
        state.now += row.cycles - 1
        close_cycle(state)
    if row.kind & SEVERAL and state.without & LIST_STALL == 0 and not is_compressed(state, number):
        state.now += 1
        issued += 1
    issued += access_memory(state, row)
    note_results(state, row, issued)
    if row.divider_cycles != 0:
        state.locked = issued + row.divider_cycles
    state.branch_issued = state.now


@njit
def end_block(state: State, outcome: int) -> None:
    """The block's last instruction was a branch with that outcome."""
    if outcome == STRAIGHT:
        return
    if state.without & BRANCH_PREDICTION:
        pass
    elif outcome == MISPREDICTED:
        last = state.rows[state.end_row - 1]
        early = last.branch == Branch.CONDITIONAL and last.sources == 1 and state.operands[last.first_operand].register == FLAGS and state.branch_issued - state.ready[FLAGS] + 1 >= 3
        state.chunk_ready = state.branch_issued + (EARLY_MP if early else MISPREDICTED_CYCLES)
    elif outcome == COLD:
        state.chunk_ready = max(state.chunk_ready, state.branch_issued) + COLD_CYCLES
    narrow_branch = 1 if state.rows[state.end_row - 1].length == NARROW else 0
    compressed = state.narrow - narrow_branch >= NARROW_BEFORE_PAIR
    if outcome != PREDICTED or not compressed or state.without & BRANCH_PAIR:
        close_cycle(state)
    state.narrow = 0


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
        execute(state, number)
    end_block(state, outcome)
    pack(state)
    return state.now
