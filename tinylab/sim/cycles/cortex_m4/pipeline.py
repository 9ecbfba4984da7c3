# mypy: warn-return-any=False
# (records of compiled code are Any to mypy)
"""The pipeline of a Cortex-M4: when instructions start and end.

Source unless said otherwise: Cortex-M4 technical reference manual (ARM DDI 0439).
"""

from __future__ import annotations

import numpy as np

from tinylab.sim.cycles import flash_accelerator
from tinylab.sim.cycles.compiled import njit
from tinylab.sim.cycles.cortex_m4.costs import ADDRESS_USE, FP, FP_DIVIDE, LOAD, PLAIN, STORE
from tinylab.sim.cycles.cortex_m4.services import DATA_DEVICE, DATA_MISS, DATA_SKIPPED
from tinylab.sim.cycles.flash_accelerator import HIT, MISS
from tinylab.sim.cycles.instruction import FIRST_SINGLE, REGISTERS, Branch
from tinylab.sim.cycles.layout import FLASH, Fields, Row, State
from tinylab.sim.cycles.mechanisms import CortexM4

LOAD_OVERLAP = int(CortexM4.LOAD_OVERLAP)
FP_HAZARD = int(CortexM4.FP_HAZARD)
FETCH_BUFFER = int(CortexM4.FETCH_BUFFER)
FLASH_WAIT = int(CortexM4.FLASH_WAIT)

FETCH_BUFFER_WORDS = 3
"""The prefetch unit holds three 32-bit words, and fetches one a cycle."""
REFILL = 2
"""Cycles until the word at a branch's target is there; the manual's P is 1 to 3."""
INDIRECT_REFILL = 3
"""The same for a target from a register or from memory."""
FP_RESULT_DELAY = 1
"""A floating-point result is there for the next instruction but one (measured)."""
DEVICE_STALL = 2
"""Wait states of peripherals on AHB and APB at the core clock (measured)."""
SYSTEM_BUS_FETCH_STALL = 1
"""Instruction fetches from SRAM go over the system bus, where they are registered."""

FIRST_READY = FIRST_SINGLE
READY_REGISTERS = REGISTERS - FIRST_SINGLE
"""Only floating-point results are ever waited for: S0-S31 and FPSCR."""
LONG_AGO = -16
"""Fetching is not followed further back: it is as long as the longest instruction."""

READY_LONG_AGO = -1
"""The same for results: an overlapping load starts a cycle before its turn."""

LOADED_WORDS = 4
FIRST_TAKEN = 5
PACKED_WORDS = FIRST_TAKEN + FETCH_BUFFER_WORDS + READY_REGISTERS + LOADED_WORDS

PIPELINE: Fields = [
    ("now", "i4"),
    ("word", "i4"),
    ("word_ready", "i4"),
    ("flash_word", "i4"),
    ("taken_at", "i4", (FETCH_BUFFER_WORDS,)),
    ("previous", "i4"),
    ("loaded", "i8"),
    ("ready", "i4", (REGISTERS,)),
    ("fp_busy", "i4"),
    ("flash_busy", "i4"),
    ("prefetch_ready", "i4"),
    ("code_bus", "i4"),
]
"""`word` is the last 32-bit word fetched, there at `word_ready`; `taken_at` is when the last
three were taken out of the buffer; `loaded` has a bit per register of the load before."""


@njit
def flash_word_ready(state: State, ready: int) -> int:
    """When the next flash word is there that is wanted at `ready`."""
    service = state.fetch_services[state.fetch_services_used]
    state.fetch_services_used += 1
    if service == HIT or state.without & FLASH_WAIT:
        return ready
    if service == MISS:
        ready = max(ready, state.flash_busy) + state.wait_states
        state.flash_busy = ready
    else:
        ready = max(ready, state.prefetch_ready)
    if state.prefetch != 0:
        state.prefetch_ready = max(ready, state.flash_busy) + state.wait_states + 1
        state.flash_busy = state.prefetch_ready
    return ready


@njit
def fetch_until(state: State, last_word: int) -> None:
    """Fetch 32-bit words up to `last_word`; there is room for three that wait."""
    while state.word < last_word:
        state.word += 1
        ready = max(state.word_ready + 1, state.taken_at[0], state.now + LONG_AGO + 1)
        if state.code_bus == FLASH:
            flash_word = state.word << 2 >> state.flash_word_shift
            if flash_word != state.flash_word:
                state.flash_word = flash_word
                ready = flash_word_ready(state, ready)
        else:
            ready += SYSTEM_BUS_FETCH_STALL
        state.word_ready = ready
        for i in range(FETCH_BUFFER_WORDS - 1):
            state.taken_at[i] = state.taken_at[i + 1]
        state.taken_at[FETCH_BUFFER_WORDS - 1] = state.now


@njit
def start_of(state: State, row: Row) -> int:
    """When an instruction starts: not before its code, its operands and its unit are there."""
    start = state.now
    waits_for_load = False
    for i in range(row.sources):
        source = state.operands[row.first_operand + i]
        if source.cycles == ADDRESS_USE and (state.loaded >> source.register) & 1:
            waits_for_load = True
    follows_load = state.previous == LOAD and row.kind in (LOAD, STORE) and not waits_for_load
    if follows_load and not state.without & LOAD_OVERLAP:
        start -= 1  # its address phase overlaps the data phase of the load before
    if not state.without & FETCH_BUFFER:
        start = max(start, state.word_ready)
    for i in range(row.sources):
        start = max(start, state.ready[state.operands[row.first_operand + i].register])
    if row.kind in (FP, FP_DIVIDE):
        start = max(start, state.fp_busy)
    return start


@njit
def data_stall(state: State, row: Row, start: int) -> int:
    """Cycles that the words of `row` wait for memory; negative if it was not executed."""
    stall = 0
    for word in range(row.words):
        service = state.data_services[state.data_services_used]
        state.data_services_used += 1
        if service == DATA_SKIPPED:
            stall = -1
        elif service == DATA_DEVICE:
            stall += DEVICE_STALL
        elif service == DATA_MISS and not state.without & FLASH_WAIT:
            wanted = start + 1 + word + stall
            wait = max(state.flash_busy - wanted, 0) + state.wait_states
            state.flash_busy = wanted + wait + 1
            stall += wait
    return stall


@njit
def note_results(state: State, row: Row, end: int) -> None:
    """Remember what following instructions may have to wait for."""
    state.loaded = 0
    first = row.first_operand + row.sources
    for i in range(row.results):
        result = state.operands[first + i]
        if row.kind == LOAD and result.cycles != 0:
            state.loaded |= 1 << result.register
        elif row.kind == FP:
            late = 0 if state.without & FP_HAZARD else FP_RESULT_DELAY
            state.ready[result.register] = end + late
        elif row.kind == FP_DIVIDE:
            state.ready[result.register] = end


@njit
def execute(state: State, row: Row) -> None:
    """Let the time of one instruction pass."""
    fetch_until(state, (row.address + row.length - 1) >> 2)
    start = start_of(state, row)
    stall = data_stall(state, row, start)
    if stall < 0:
        state.previous = PLAIN
        state.loaded = 0
        state.now = start + 1
        return
    end = start + row.cycles + stall
    note_results(state, row, end)
    state.previous = row.kind
    if row.kind == FP_DIVIDE:  # the core goes on, the unit is busy
        state.fp_busy = end
        end = start + 1
    state.now = end


@njit
def redirect(state: State, branch: int) -> None:
    """The pipeline refills from a branch's target."""
    direct = branch in (Branch.CONDITIONAL, Branch.DIRECT)
    refill = REFILL if direct else INDIRECT_REFILL
    state.word_ready = state.now + refill - 1
    for i in range(FETCH_BUFFER_WORDS):
        state.taken_at[i] = state.now + LONG_AGO
    state.previous = PLAIN
    state.loaded = 0


@njit
def simulate(state: State, taken: bool) -> int:
    """Cycles of the rows from `unaccounted_row` to `end_row`, the last a taken branch or not."""
    unpack(state)
    state.fetch_services_used = 0
    state.data_services_used = 0
    first = state.rows[state.unaccounted_row]
    if state.redirected != 0:
        state.word = (first.address >> 2) - 1
        state.flash_word = flash_accelerator.INVALID
    else:
        state.word = (first.address - 1) >> 2
        state.flash_word = (first.address - 1) >> state.flash_word_shift
    for number in range(state.unaccounted_row, state.end_row):
        execute(state, state.rows[number])
    if taken:
        redirect(state, state.rows[state.end_row - 1].branch)
    pack(state)
    return state.now


@njit
def pack(state: State) -> None:
    """Put the pipeline into `packed`; equal futures give equal words."""
    words = state.packed
    now = state.now
    words[0] = max(state.word_ready - now, LONG_AGO)
    words[1] = state.previous
    words[2] = max(state.fp_busy - now, 0)
    words[3] = max(state.flash_busy - now, LONG_AGO)
    words[4] = max(state.prefetch_ready - now, LONG_AGO)
    position = FIRST_TAKEN
    for i in range(FETCH_BUFFER_WORDS):
        words[position] = max(state.taken_at[i] - now, LONG_AGO)
        position += 1
    for i in range(LOADED_WORDS):
        words[position] = (state.loaded >> 15 * i) & 0x7FFF
        position += 1
    for i in range(READY_REGISTERS):
        words[position] = max(state.ready[FIRST_READY + i] - now, READY_LONG_AGO)
        position += 1


@njit
def unpack(state: State) -> None:
    """The pipeline as it was packed, at time 0."""
    words = state.pipelines[state.pipeline]
    state.now = 0
    state.word_ready = words[0]
    state.previous = words[1]
    state.fp_busy = words[2]
    state.flash_busy = words[3]
    state.prefetch_ready = words[4]
    position = FIRST_TAKEN
    for i in range(FETCH_BUFFER_WORDS):
        state.taken_at[i] = words[position]
        position += 1
    state.loaded = 0
    for i in range(LOADED_WORDS):
        state.loaded |= np.int64(words[position]) << 15 * i
        position += 1
    for i in range(READY_REGISTERS):
        state.ready[FIRST_READY + i] = words[position]
        position += 1


def empty() -> list[int]:
    """The pipeline at power-up, packed."""
    words = [0] * PACKED_WORDS
    words[0] = REFILL - 1
    for i in range(FIRST_TAKEN, FIRST_TAKEN + FETCH_BUFFER_WORDS):
        words[i] = LONG_AGO
    for i in range(PACKED_WORDS - READY_REGISTERS, PACKED_WORDS):
        words[i] = READY_LONG_AGO
    return words
