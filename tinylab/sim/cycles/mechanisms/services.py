"""Accesses of a Cortex-M4 or Cortex-M33 to memory, in program order and without times.

At an access, code has been fetched up to the instruction that makes it.

The cache in front of the flash (`flash_accelerator`, `icache`) determines how words of flash are
served; RAM has no wait states.
"""

from __future__ import annotations

from collections.abc import Callable

from tinylab.sim.cycles.compiled.numba_setup import njit
from tinylab.sim.cycles.compiled.record_layout import (
    DEVICE,
    FLASH,
    MAX_BLOCK_SPANS,
    NOT_EXECUTED,
    STORES,
    TIGHT,
    Row,
    State,
)
from tinylab.sim.cycles.mechanisms.address_map import address_of_note, bus_at
from tinylab.sim.cycles.mechanisms.flash_words import HIT, INVALID, MISS, SERVICE_BITS
from tinylab.sim.cycles.mechanisms.transitions import mix

DATA_HIT, DATA_MISS = HIT, MISS
DATA_TIGHT, DATA_DEVICE, DATA_SKIPPED = range(4, 7)
"""How a word of data was served, in addition to the values of `flash_words`; SKIPPED: its
instruction was not executed."""
FARTHER = 1 << 3
"""Added on a Cortex-M4 if a word is in one of the slower blocks of SRAM."""
SPLIT = 1 << 3
"""Added if an access crosses a word boundary, so that it becomes two accesses."""

WORD_BYTES = 4
EXTRA_SHIFT = 4
"""The bits above it: the additional accesses of an unaligned load."""
OBSERVATION = 16
"""For an observed row that was executed: this plus the noted value."""


@njit
def further_pieces(address: int, width: int) -> int:
    """The additional accesses into which a Cortex-M4 splits an unaligned access: bytes and
    halfwords (ARM DDI 0439, 3.3.2). An access to flash is assumed to stay within its word."""
    if width == 1 or address & (width - 1) == 0:
        return 0
    return 2 if width == WORD_BYTES and address & 1 else 1


@njit
def never_farther(_state: State, _address: int) -> bool:
    """For cores on which all SRAM is equally fast."""
    return False


@njit
def settle_nothing(_state: State) -> None:
    """For cores whose unused prefetches are not modelled."""


@njit
def look_nowhere(_state: State, _end: int) -> int:
    """The same, at the end of a block."""
    return 0


def serving(
    fetch: Callable[[State, int, int], None],
    read_data: Callable[[State, int], int],
    *,
    notes_splits: bool = False,
    notes_pieces: bool = False,
    is_farther: Callable[[State, int], bool] = never_farther,
    settle_beyond: Callable[[State], None] = settle_nothing,
    look_beyond: Callable[[State, int], int] = look_nowhere,
) -> tuple[Callable[[State, int, int], int], Callable[[State], None]]:
    """Compiled functions: one that requests all code and data of a block and returns a digest, and
    one that completes the services of a block with a plan, if its digest is not known.

    `fetch` notes how code in flash is served, `read_data` returns it for a word at an address. The
    model selects whether SPLIT is noted, or the additional accesses of unaligned loads.
    `is_farther` returns whether an address in SRAM is in one of the slower blocks.

    Code that was fetched but not executed: `settle_beyond` fetches the words requested by the
    previous block, `look_beyond` returns how the words that this one may request would be served.
    """

    @njit
    def serve_word(state: State, address: int, bus: int, store: bool) -> int:
        """How one word of data was served."""
        if bus == DEVICE:
            return DATA_DEVICE
        if bus != FLASH or store:
            return DATA_TIGHT
        if state.planned != 0:  # read before
            state.flash_services_used += 1
            return state.flash_services[state.flash_services_used - 1]
        return read_data(state, address)

    @njit
    def serve_row(state: State, row: Row, address: int, bus: int) -> None:
        """Note how the words of `row` were served, or the observed value."""
        if row.words == 0:
            service = DATA_SKIPPED if address == NOT_EXECUTED else OBSERVATION + address
            state.data_services[state.data_services_used] = service
            state.data_services_used += 1
            return
        store = row.flags & STORES != 0
        for word in range(row.words):
            service = DATA_SKIPPED
            if address != NOT_EXECUTED:
                service = serve_word(state, address + 4 * word, bus, store)
                if notes_splits and (address & 3) + row.width > WORD_BYTES:
                    service |= SPLIT
                if bus == TIGHT and is_farther(state, address):
                    service |= FARTHER
                if notes_pieces and not store and row.words == 1:
                    service |= further_pieces(address, row.width) << EXTRA_SHIFT
            state.data_services[state.data_services_used] = service
            state.data_services_used += 1

    @njit
    def serve_data(state: State, start: int) -> int:
        """Serve the accesses, after the code up to each; returns how far code was fetched."""
        for i in range(state.recorded_used, state.recorded):
            if state.access_rows[i] >= state.end_row:
                break
            row = state.rows[state.access_rows[i]]
            address = state.addresses[i]
            bus = bus_at(state, address) if row.words != 0 else DEVICE
            behind = row.address + row.length
            if bus == FLASH and state.code_bus == FLASH and behind > start:
                fetch(state, start, behind)
                start = behind
            serve_row(state, row, address, bus)
            state.recorded_used += 1
        return start

    @njit
    def read_planned(state: State, start: int) -> int:
        """Serve only the loads from flash, after the code up to each; returns how far code was
        fetched."""
        block = state.blocks[state.block]
        for i in range(block.first_note, block.end_note):
            if state.span_buses[state.steps[i].shift] != FLASH:
                continue
            address = address_of_note(state, i)
            row = state.rows[state.unaccounted_row + state.steps[i].row]
            behind = row.address + row.length
            if state.code_bus == FLASH and behind > start:
                fetch(state, start, behind)
                start = behind
            for word in range(row.words):
                service = read_data(state, address + 4 * word)
                used = state.flash_services_used
                state.flash_services[used] = service
                if service != HIT:
                    state.flash_digest = mix(state.flash_digest, used << SERVICE_BITS | service)
                state.flash_services_used = used + 1
        return start

    @njit
    def serve_notes(state: State) -> None:
        """Note how all data of a block with a plan were served."""
        block = state.blocks[state.block]
        state.flash_services_used = 0
        for i in range(block.first_note, block.end_note):
            row = state.rows[state.unaccounted_row + state.steps[i].row]
            address = address_of_note(state, i)
            serve_row(state, row, address, bus_at(state, address))
        state.planned = 0

    @njit
    def serve_block(state: State, start: int, end: int) -> int:
        """Request the block's code and data from the memory system; returns a digest."""
        state.fetch_services_used = state.data_services_used = 0
        state.fetch_digest = state.flash_digest = 0
        settle_beyond(state)
        state.code_bus = state.blocks[state.block].bus
        if state.redirected != 0:
            state.latched_word = INVALID
        state.code_latched = state.latched_word == (start - 1) >> state.flash_word_shift
        state.flash_services_used = 0
        if state.planned == 0:
            start = serve_data(state, start)
        elif state.flash_spans != 0:
            start = read_planned(state, start)
        if state.code_bus == FLASH and start < end:
            fetch(state, start, end)
        digest = int(state.redirected) + 2 * int(state.code_latched)
        digest += 4 * look_beyond(state, end)
        digest = mix(digest + (state.fetch_services_used << SERVICE_BITS), state.fetch_digest)
        if state.planned == 0:
            for i in range(state.data_services_used):
                digest = mix(digest, state.data_services[i])
            return digest
        buses = state.flash_spans | state.farther_spans << MAX_BLOCK_SPANS
        return mix(mix(mix(digest, state.spans_key), buses), state.flash_digest)

    return serve_block, serve_notes
