"""Accesses of a Cortex-M7 to the memory system, in program order and without times."""

from __future__ import annotations

from tinylab.sim.cycles.compiled.numba_setup import njit
from tinylab.sim.cycles.compiled.record_layout import (
    AHB,
    AXI,
    DEVICE,
    FLASH,
    NOT_EXECUTED,
    STORES,
    TIGHT,
    Row,
    State,
)
from tinylab.sim.cycles.mechanisms import axi, l1_cache
from tinylab.sim.cycles.mechanisms.address_map import bus_at
from tinylab.sim.cycles.mechanisms.switches import CortexM7
from tinylab.sim.cycles.mechanisms.transitions import mix

PRELOAD = int(CortexM7.PRELOAD)

FETCH_SHIFT = 3
"""Instructions are fetched in chunks of 64 bits, one a cycle."""
CHUNKS_PER_LINE = 4
WORD_BYTES = BANK = 4
"""The bit of an address that selects a bank of the cache or of tightly coupled memory."""

SERVED, MISS_FLASH, MISS_RAM, DEVICE_ACCESS, SKIPPED, ARRIVING = range(6)
"""How a word of data was served. ARRIVING + 4 * fill + beats: from a line in transfer."""
DIRTY = 32
"""Added to a miss whose line replaces one that has to be written back."""
CONFLICT = SECOND_BANK = 64
"""Added if a load cannot pair with the preceding load in one cycle, and to a store into the second
bank, where that has an effect."""
UNALIGNED = 128
"""Added to an access whose address is not a multiple of its width."""
HOW = DIRTY | DIRTY - 1
"""The bits that tell how a word was served."""

FETCHED, FETCH_MISS = range(2)


@njit
def serve_fetch(state: State, start: int, end: int) -> None:
    """Note how each line of code that the block requested was served."""
    used = 0
    chunk = start >> FETCH_SHIFT if state.redirected != 0 else ((start - 1) >> FETCH_SHIFT) + 1
    asks = state.redirected != 0
    while chunk <= (end - 1) >> FETCH_SHIFT and state.code_bus != TIGHT:
        if asks or chunk % CHUNKS_PER_LINE == 0 or state.instruction_cache == 0:
            hit = state.instruction_cache != 0 and l1_cache.has_instructions(
                state, chunk // CHUNKS_PER_LINE
            )
            state.fetch_services[used] = FETCHED if hit else FETCH_MISS
            used += 1
        asks = False
        chunk += 1
    state.fetch_services_used = used


@njit
def serve_word(state: State, address: int, bus: int, store: bool) -> int:
    """How one word of data was served."""
    if bus == TIGHT or (store and bus == FLASH):
        return SERVED
    if bus in (DEVICE, AHB):
        return DEVICE_ACCESS
    miss = MISS_FLASH if bus == FLASH else MISS_RAM
    if state.data_cache == 0:
        return miss
    line = address >> l1_cache.LINE_SHIFT
    if not l1_cache.has_data(state, line, store):
        axi.start_fill(state, address)
        return miss + DIRTY if state.wrote_back != 0 else miss
    for fill in range(axi.FILLS):
        if state.filling_lines[fill] == line:
            return ARRIVING + axi.BEATS * fill + axi.beats_behind(state, fill, address)
    return SERVED


@njit
def conflicts(state: State, address: int) -> bool:
    """Whether a load cannot pair with the preceding load: both are in the same bank."""
    return (address ^ state.last_load) & BANK == 0


@njit
def modifiers(state: State, row: Row, address: int) -> int:
    """What is added to the service of the first word."""
    added = UNALIGNED if address & (row.width - 1) != 0 else 0
    if row.flags & STORES == 0:
        return added
    if address & BANK != 0 and (row.words > 1 or row.width < WORD_BYTES):
        added += SECOND_BANK
    return added


@njit
def serve_preload(state: State, address: int) -> None:
    """Note whether a PLD requests a line: only one that is not in the cache."""
    service = SKIPPED
    if address != NOT_EXECUTED and state.data_cache != 0 and state.without & PRELOAD == 0:
        bus = bus_at(state, address)
        if bus in (FLASH, AXI):
            service = serve_word(state, address, bus, False)
    state.data_services[state.data_services_used] = service
    state.data_services_used += 1


@njit
def serve_access(state: State, row: Row, address: int) -> None:
    """Note how the words of one instruction were served."""
    if row.words == 0:
        serve_preload(state, address)
        return
    bus = bus_at(state, address)
    store = row.flags & STORES != 0
    added = 0 if address == NOT_EXECUTED else modifiers(state, row, address)
    for word in range(row.words):
        if address == NOT_EXECUTED:
            service = SKIPPED
        else:
            service = serve_word(state, address + 4 * word, bus, store) + added
            added = 0
            if not store:
                if conflicts(state, address + 4 * word):
                    service += CONFLICT
                state.last_load = address + 4 * word
        state.data_services[state.data_services_used] = service
        state.data_services_used += 1


@njit
def serve_block(state: State, start: int, end: int) -> int:
    """Request the block's code and data from the memory system; returns a digest."""
    state.code_bus = state.blocks[state.block].bus
    serve_fetch(state, start, end)
    state.data_services_used = 0
    while (
        state.recorded_used < state.recorded
        and state.access_rows[state.recorded_used] < state.end_row
    ):
        row = state.rows[state.access_rows[state.recorded_used]]
        serve_access(state, row, state.addresses[state.recorded_used])
        state.recorded_used += 1
    digest = int(state.redirected)
    for i in range(state.fetch_services_used):
        digest = mix(digest, state.fetch_services[i])
    for i in range(state.data_services_used):
        digest = mix(digest, state.data_services[i])
    return digest
