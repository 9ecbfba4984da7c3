"""The pipeline of a Cortex-M4: when instructions start and end.

Source unless noted otherwise: Cortex-M4 technical reference manual (ARM DDI 0439).
"""

from __future__ import annotations

from tinylab.sim.cycles.compiled.branch import Branch
from tinylab.sim.cycles.compiled.numba_setup import int64, njit
from tinylab.sim.cycles.compiled.record_layout import (
    DIVIDES,
    FLASH,
    OBSERVED,
    STORES,
    Fields,
    Row,
    State,
)
from tinylab.sim.cycles.cortex_m4 import instruction_fetch
from tinylab.sim.cycles.cortex_m4.costs import (
    ADDRESS_USE,
    DIVIDE_CYCLES,
    DIVIDED_BITS,
    EARLY_REFILL,
    FP,
    FP_DIVIDE,
    LOAD,
    LOADED_REFILL,
    PLAIN,
    STORED,
)
from tinylab.sim.cycles.cortex_m4.overlap import base_is_late, memory_of, overlaps
from tinylab.sim.cycles.decoding.instruction import FIRST_SINGLE, REGISTERS
from tinylab.sim.cycles.mechanisms import causes
from tinylab.sim.cycles.mechanisms.causes import Cause
from tinylab.sim.cycles.mechanisms.division import SAME_LENGTH
from tinylab.sim.cycles.mechanisms.services import (
    DATA_DEVICE,
    DATA_MISS,
    DATA_SKIPPED,
    DATA_TIGHT,
    EXTRA_SHIFT,
    FARTHER,
    OBSERVATION,
)
from tinylab.sim.cycles.mechanisms.switches import FETCH_BUFFER, FLASH_WAIT, CortexM4

LOAD_OVERLAP = int(CortexM4.LOAD_OVERLAP)
FP_HAZARD = int(CortexM4.FP_HAZARD)
ADDRESS_HAZARD = int(CortexM4.ADDRESS_HAZARD)
STORE_THEN_LOAD = int(CortexM4.STORE_THEN_LOAD)
FARTHER_SRAM = int(CortexM4.FARTHER_SRAM)
OPERAND = int(Cause.OPERAND)
UNIT = int(Cause.UNIT)
DATA_MEMORY = int(Cause.DATA_MEMORY)
BUS = int(Cause.BUS)

FP_RESULT_DELAY = 1
"""A floating-point result is available to the second instruction after it (measured)."""
DEVICE_STALL = 2
"""Wait states of peripherals on AHB and APB at the core clock (measured)."""
FARTHER_STALL = 1
FIRST_READY = FIRST_SINGLE
READY_REGISTERS = REGISTERS - FIRST_SINGLE
"""Only floating-point results cause waits: S0-S31 and FPSCR."""
READY_LONG_AGO = -1
"""Earlier results are not tracked: an overlapping load starts a cycle early."""

LOADED_WORDS = 4
PACKED_WORDS = instruction_fetch.PACKED + 3 + READY_REGISTERS + LOADED_WORDS
ADDRESS_REGISTERS = (1 << 15) - 1
"""A bit for each register that can hold an address."""

PIPELINE: Fields = [
    *instruction_fetch.FIELDS,
    ("previous", "i4"),
    ("memory", "i4"),
    ("overlaps", "i4"),
    ("address_ready", "i4"),
    ("loaded", "i8"),
    ("computed", "i8"),
    ("ready", "i4", (REGISTERS,)),
    ("fp_busy", "i4"),
]
"""`loaded` has a bit per register of the load before, `computed` of data processing. `memory` is
the one that was accessed last; `overlaps`: this access overlaps with the load before;
`address_ready`: this access is behind a load, which has not loaded or updated its address."""


@njit
def address_registers(state: State, row: Row) -> int:
    """The registers of an instruction's address, a bit each."""
    registers = 0
    for i in range(row.sources):
        source = state.operands[row.first_operand + i]
        if source.cycles == ADDRESS_USE:
            registers |= 1 << source.register
    return registers


@njit
def start_of(state: State, row: Row) -> int:
    """When an instruction starts: not before its code, operands and unit are available."""
    start = state.now
    addresses = address_registers(state, row)
    follows_load = overlaps(state, row)
    state.overlaps = 0
    state.address_ready = state.previous == LOAD and addresses & state.loaded == 0
    loads = row.words != 0 and row.flags & STORES == 0
    if loads and state.previous == STORED and not state.without & STORE_THEN_LOAD:
        start += 1  # measured: github.com/jnk0le/random, "pipeline cycle test", and CMEmu
    if follows_load and state.address_ready and not state.without & LOAD_OVERLAP:
        state.overlaps = 1
        start -= 1  # its address phase overlaps the data phase of the load before
    causes.wait(state, BUS, start)
    if addresses & state.computed != 0 and not state.without & ADDRESS_HAZARD:
        start += 1  # the register bank is updated first, nothing is forwarded (3.3.2)
    if not state.without & FETCH_BUFFER:
        start = max(start, state.word_ready)
    for i in range(row.sources):
        start = max(start, state.ready[state.operands[row.first_operand + i].register])
    if row.kind in (FP, FP_DIVIDE):
        start = max(start, state.fp_busy)
        causes.wait(state, UNIT, state.fp_busy)
    causes.wait(state, OPERAND, start)
    return start


@njit
def farther_stall(state: State, row: Row, word: int) -> int:
    """Cycles that a word in a slower block of SRAM waits.

    The block is slower for loads (measured: github.com/mupq/pqm4, pull request 193). That it is
    one cycle, which loads that follow at once do not wait again, is inferred from whole programs.
    """
    if word != 0 or row.flags & STORES or state.overlaps or state.without & FARTHER_SRAM:
        return 0
    return FARTHER_STALL


@njit
def data_stall(state: State, row: Row, start: int) -> int:
    """Cycles that the words of `row` wait for memory; negative if it was not executed."""
    stall = 0
    for word in range(row.words):
        service = state.data_services[state.data_services_used]
        state.data_services_used += 1
        stall += service >> EXTRA_SHIFT
        causes.stall(state, BUS, service >> EXTRA_SHIFT)
        service &= (1 << EXTRA_SHIFT) - 1
        if service & FARTHER:
            service -= FARTHER
            farther = farther_stall(state, row, word)
            stall += farther
            causes.stall(state, BUS, farther)
        if service == DATA_SKIPPED:
            stall = -1
        elif service == DATA_TIGHT and state.code_bus != FLASH:
            instruction_fetch.take_slot(state, start + word)
            if row.flags & STORES:
                instruction_fetch.take_slot(state, start + word + 1)
        elif service == DATA_DEVICE:
            stall += DEVICE_STALL
            causes.stall(state, BUS, DEVICE_STALL)
        elif service == DATA_MISS and not state.without & FLASH_WAIT:
            wanted = start + 1 + word + stall
            wait = max(state.flash_busy - wanted, 0) + state.wait_states
            state.flash_busy = wanted + wait + 1
            stall += wait
            causes.stall(state, DATA_MEMORY, wait)
    return stall


@njit
def observed_cycles(state: State, row: Row) -> int:
    """Additional cycles of a row from the observed value; negative if it was not executed."""
    service = state.data_services[state.data_services_used]
    state.data_services_used += 1
    if service == DATA_SKIPPED:
        return -1
    if row.flags & DIVIDES:
        quotient = service - OBSERVATION
        longer = max(quotient - SAME_LENGTH, 0) // DIVIDED_BITS
        return DIVIDE_CYCLES[min(quotient, SAME_LENGTH)] + longer - row.cycles
    return 0


@njit
def note_results(state: State, row: Row, end: int) -> None:
    """Record the results that following instructions may have to wait for."""
    state.loaded = state.computed = 0
    first = row.first_operand + row.sources
    for i in range(row.results):
        result = state.operands[first + i]
        if row.kind == LOAD and (result.cycles != 0 or base_is_late(state, row)):
            state.loaded |= 1 << result.register
        elif row.kind == FP:
            late = 0 if state.without & FP_HAZARD else FP_RESULT_DELAY
            state.ready[result.register] = end + late
        elif row.kind == FP_DIVIDE:
            state.ready[result.register] = end
        elif row.kind == PLAIN and row.words == 0:
            state.computed |= 1 << result.register


@njit
def execute(state: State, row: Row) -> None:
    """Advance by the time of one instruction."""
    causes.continue_from(state, state.now)
    instruction_fetch.fetch_until(state, (row.address + row.length - 1) >> 2)
    start = start_of(state, row)
    instruction_fetch.make_room(state, row, start)
    if row.words != 0:
        state.memory = memory_of(state, row)
    stall = observed_cycles(state, row) if row.flags & OBSERVED else data_stall(state, row, start)
    if stall < 0:
        state.previous = PLAIN
        state.loaded = state.computed = 0
        state.now = start + 1
        return
    state.last_start += stall
    end = start + row.cycles + stall
    note_results(state, row, end)
    state.previous = STORED if row.kind == PLAIN and row.words != 0 else row.kind
    if row.kind == FP_DIVIDE:  # the core continues, the unit is busy
        state.fp_busy = end
        end = start + 1
    state.now = end


@njit
def leave(state: State, last: Row, taken: bool) -> None:
    """The block ends with `last`, a branch or not."""
    if taken:
        instruction_fetch.redirect(state, last.resources)
        state.previous = PLAIN
        state.loaded = state.computed = 0
    elif last.branch == Branch.CONDITIONAL and last.resources == EARLY_REFILL:
        instruction_fetch.speculate(state, EARLY_REFILL)


@njit
def simulate(state: State, taken: bool) -> int:
    """Cycles of the rows from `unaccounted_row` to `end_row`, the last a taken branch or not."""
    unpack(state)
    causes.begin(state, state.now)
    state.data_services_used = 0
    instruction_fetch.begin(state, state.rows[state.unaccounted_row])
    for number in range(state.unaccounted_row, state.end_row):
        execute(state, state.rows[number])
    leave(state, state.rows[state.end_row - 1], taken)
    pack(state)
    causes.finish(state, state.now)
    return state.now


@njit
def pack(state: State) -> None:
    """Pack the pipeline into `packed`; equal future behaviour gives equal words."""
    instruction_fetch.pack(state)
    words = state.packed
    position = instruction_fetch.PACKED
    words[position] = state.previous
    if state.previous == LOAD:
        words[position] += 8 * state.memory
    words[position + 1] = max(state.fp_busy - state.now, 0)
    words[position + 2] = state.computed & ADDRESS_REGISTERS
    position += 3
    for i in range(LOADED_WORDS):
        words[position] = (state.loaded >> 15 * i) & 0x7FFF
        position += 1
    for i in range(READY_REGISTERS):
        words[position] = max(state.ready[FIRST_READY + i] - state.now, READY_LONG_AGO)
        position += 1


@njit
def unpack(state: State) -> None:
    """Unpack the pipeline, at time 0."""
    instruction_fetch.unpack(state)
    words = state.pipelines[state.pipeline]
    position = instruction_fetch.PACKED
    state.previous = words[position] & 7
    state.memory = words[position] >> 3
    state.fp_busy = words[position + 1]
    state.computed = words[position + 2]
    position += 3
    state.loaded = 0
    for i in range(LOADED_WORDS):
        state.loaded |= int64(words[position]) << 15 * i
        position += 1
    for i in range(READY_REGISTERS):
        state.ready[FIRST_READY + i] = words[position]
        position += 1


def empty() -> list[int]:
    """The pipeline at power-up, packed."""
    words = instruction_fetch.empty(LOADED_REFILL) + [0] * (PACKED_WORDS - instruction_fetch.PACKED)
    words[PACKED_WORDS - READY_REGISTERS :] = [READY_LONG_AGO] * READY_REGISTERS
    return words
