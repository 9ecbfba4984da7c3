"""The pipeline of a Cortex-M33: when instructions issue and end.

In order, one per cycle; a 16-bit branch, IT or NOP after a 16-bit instruction can issue in the
same cycle. Sources as in `costs`.
"""

from __future__ import annotations

from tinylab.sim.cycles.compiled.numba_setup import njit
from tinylab.sim.cycles.compiled.record_layout import FLASH, OBSERVED, STORES, Fields, Row, State
from tinylab.sim.cycles.cortex_m33.costs import (
    AT_ISSUE,
    CONDITION,
    EARLY,
    FP,
    LOAD,
    NARROW,
    PARTNER,
    SETS_FLAGS,
    TWO_STAGES,
)
from tinylab.sim.cycles.decoding.instruction import FLAGS, REGISTERS
from tinylab.sim.cycles.mechanisms import causes, prefetch_unit
from tinylab.sim.cycles.mechanisms.causes import Cause
from tinylab.sim.cycles.mechanisms.flash_words import CODE_LOST, INVALID
from tinylab.sim.cycles.mechanisms.prefetch_unit import (
    FETCH_PACKED_WORDS,
    begin_fetching,
    empty_fetching,
    fetch_until,
    flash_word_ready,
    pack_fetching,
    refill,
    unpack_fetching,
)
from tinylab.sim.cycles.mechanisms.services import DATA_DEVICE, DATA_SKIPPED, DATA_TIGHT, SPLIT
from tinylab.sim.cycles.mechanisms.switches import FETCH_BUFFER, CortexM33

LOAD_USE = int(CortexM33.LOAD_USE)
FP_HAZARD = int(CortexM33.FP_HAZARD)
DUAL_ISSUE = int(CortexM33.DUAL_ISSUE)
RESULT_LATENCY = int(CortexM33.RESULT_LATENCY)
SHARED_BUS = int(CortexM33.SHARED_BUS)
UNALIGNED = int(CortexM33.UNALIGNED)
PREDICATED = int(CortexM33.PREDICATED)
OPERAND = int(Cause.OPERAND)
UNIT = int(Cause.UNIT)
DATA_MEMORY = int(Cause.DATA_MEMORY)
BUS = int(Cause.BUS)

REFILL = 1
"""A taken branch takes two cycles, including its own."""
LOADED_REFILL = 3
"""The same if the target was loaded: POP of n registers with PC takes n + 3."""
DEVICE_STALL = 2
"""Wait states of peripherals; not measured, as on the Cortex-M4."""

CLOSED, OPEN, OPEN_WITH_FLAGS = range(3)
"""Whether the previous instruction can pair, and whether the pair would use new flags."""

READY_LONG_AGO = -1
"""Earlier results are not tracked: the second of a pair issues a cycle early."""

READY_AT = FETCH_PACKED_WORDS + 3
PACKED_WORDS = READY_AT + REGISTERS

PIPELINE: Fields = [
    *prefetch_unit.FIELDS,
    ("partner", "i4"),
    ("fp_free", "i4"),
    ("fp_waited", "i4"),
    ("begins", "i4"),
    ("ready", "i4", (REGISTERS,)),
]
"""`begins` is when the present instruction starts in its unit, a cycle after its issue if the
floating-point unit accepted it EARLY. `fp_waited` is for how long the instruction in that unit
waited there for operands: known only while causes are kept."""


@njit
def finds_partner(state: State, row: Row, taken: bool) -> bool:
    """Whether the instruction can issue together with the previous one."""
    if not row.resources & PARTNER or state.partner == CLOSED or state.without & DUAL_ISSUE:
        return False
    if state.word_ready >= state.now:  # not yet fetched when the other issued
        return False
    return not (taken and state.partner == OPEN_WITH_FLAGS)


@njit
def operands_ready(state: State, row: Row, paired: bool, skipped: bool) -> int:
    """The first cycle in which all operands are available; notes when execution starts.

    An instruction whose condition is false waits for the flags only.
    """
    start = state.now - 1 if paired else state.now
    begins = start
    for i in range(row.sources):
        source = state.operands[row.first_operand + i]
        if skipped and source.register != FLAGS:
            continue
        ready = state.ready[source.register]
        if source.cycles == EARLY:
            begins = max(begins, ready)
        in_time = source.cycles == AT_ISSUE or (source.cycles == CONDITION and not paired)
        start = max(start, ready if in_time else ready - 1)
    if row.divider_cycles != 0 and not skipped:
        start = max(start, state.fp_free)
    state.begins = max(begins, start)
    return start


@njit
def is_skipped(state: State, row: Row) -> bool:
    """Whether the row is observed and its condition was false."""
    if (row.words == 0 and not row.flags & OBSERVED) or state.without & PREDICATED:
        return False
    return state.data_services[state.data_services_used] == DATA_SKIPPED


@njit
def start_of(state: State, row: Row, taken: bool) -> int:
    """When an instruction issues; also notes whether the next one can issue with it."""
    paired = finds_partner(state, row, taken)
    skipped = is_skipped(state, row)
    start = operands_ready(state, row, paired, skipped)
    if paired and start >= state.now:
        paired = False
        start = operands_ready(state, row, paired, skipped)
    if row.divider_cycles != 0 and not skipped:
        causes.wait(state, UNIT, state.fp_free - state.fp_waited)
    causes.wait(state, OPERAND, start)
    if not paired and not state.without & FETCH_BUFFER:
        start = max(start, state.word_ready)
        state.begins = max(state.begins, start)
    state.partner = CLOSED
    if not paired and row.resources & NARROW:
        state.partner = OPEN_WITH_FLAGS if row.resources & SETS_FLAGS else OPEN
    return start


@njit
def share_bus(state: State, service: int) -> None:
    """A word of data on the instruction bus delays the next instruction fetch."""
    from_flash = service not in (DATA_TIGHT, DATA_DEVICE)
    if service != DATA_DEVICE and from_flash == (state.code_bus == FLASH):
        state.word_ready += 1


@njit
def data_stall(state: State, row: Row, start: int) -> int:
    """Cycles that the words of `row` wait for memory; negative if it was not executed."""
    stall = 0
    if row.flags & OBSERVED:
        skipped = is_skipped(state, row)
        state.data_services_used += 1
        return -1 if skipped else 0
    for word in range(row.words):
        service = state.data_services[state.data_services_used]
        state.data_services_used += 1
        if service == DATA_SKIPPED:
            stall = -1
            continue
        if service & CODE_LOST:
            service &= ~CODE_LOST
            state.flash_word = INVALID
        if service & SPLIT:
            service &= ~SPLIT
            split = 0 if state.without & UNALIGNED else 1
            stall += split
            causes.stall(state, BUS, split)
        if service == DATA_DEVICE:
            stall += DEVICE_STALL
            causes.stall(state, BUS, DEVICE_STALL)
        elif service != DATA_TIGHT:
            wanted = start + word + stall
            wait = flash_word_ready(state, service, wanted) - wanted
            stall += wait
            causes.stall(state, DATA_MEMORY, wait)
        if not state.without & SHARED_BUS:
            share_bus(state, service)
    return stall


@njit
def latency_of(state: State, row: Row, cycles: int) -> int:
    """A result's latency without the disabled mechanisms."""
    if row.kind == LOAD and state.without & LOAD_USE and not row.flags & STORES:
        return cycles - 1
    if row.kind == TWO_STAGES and state.without & RESULT_LATENCY:
        return row.cycles
    if row.kind == FP and state.without & FP_HAZARD:
        return row.cycles
    return cycles


@njit
def execute(state: State, row: Row, taken: bool) -> None:
    """Advance by the time of one instruction."""
    causes.continue_from(state, state.now)
    fetch_until(state, (row.address + row.length - 1) >> 2)
    start = start_of(state, row, taken)
    stall = data_stall(state, row, start)
    if stall < 0:
        state.now = start + 1
        return
    first = row.first_operand + row.sources
    for i in range(row.results):
        result = state.operands[first + i]
        latency = latency_of(state, row, result.cycles)
        state.ready[result.register] = state.begins + stall + latency
    if row.divider_cycles != 0 and not state.without & FP_HAZARD:
        state.fp_free = state.begins + row.divider_cycles
        if state.why != 0:
            state.fp_waited = state.begins - start
    state.now = start + row.cycles + stall


@njit
def simulate(state: State, taken: bool) -> int:
    """Cycles of the rows from `unaccounted_row` to `end_row`, the last a taken branch or not."""
    unpack(state)
    causes.begin(state, state.now)
    state.data_services_used = 0
    begin_fetching(state, state.rows[state.unaccounted_row])
    last = state.end_row - 1
    for number in range(state.unaccounted_row, state.end_row):
        execute(state, state.rows[number], taken and number == last)
    if taken:
        refill(state, LOADED_REFILL if state.rows[last].words != 0 else REFILL)
        state.partner = CLOSED
    pack(state)
    causes.finish(state, state.now)
    return state.now


@njit
def pack(state: State) -> None:
    """Pack the pipeline into `packed`; equal future behaviour gives equal words."""
    pack_fetching(state)
    words = state.packed
    words[FETCH_PACKED_WORDS] = state.partner
    words[FETCH_PACKED_WORDS + 1] = max(state.fp_free - state.now, READY_LONG_AGO)
    words[FETCH_PACKED_WORDS + 2] = state.fp_waited if state.fp_free > state.now else 0
    for i in range(REGISTERS):
        words[READY_AT + i] = max(state.ready[i] - state.now, READY_LONG_AGO)


@njit
def unpack(state: State) -> None:
    """Unpack the pipeline, at time 0."""
    unpack_fetching(state)
    words = state.pipelines[state.pipeline]
    state.partner = words[FETCH_PACKED_WORDS]
    state.fp_free = words[FETCH_PACKED_WORDS + 1]
    state.fp_waited = words[FETCH_PACKED_WORDS + 2]
    for i in range(REGISTERS):
        state.ready[i] = words[READY_AT + i]


def empty() -> list[int]:
    """The pipeline at power-up, packed."""
    return empty_fetching(REFILL) + [CLOSED, READY_LONG_AGO, 0] + [READY_LONG_AGO] * REGISTERS
