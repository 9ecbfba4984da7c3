"""What memory does for a Cortex-M4 or Cortex-M33, in program order and without times.

Code is fetched no further ahead of an access than the instruction that makes it.

How words of flash are had is the affair of what stands in front of it (`flash_accelerator`,
`icache`), RAM has no wait states.
"""

from __future__ import annotations

from collections.abc import Callable

from tinylab.sim.cycles.compiled.numba_setup import njit
from tinylab.sim.cycles.compiled.record_layout import (
    DEVICE,
    FLASH,
    NOT_EXECUTED,
    STORES,
    Row,
    State,
)
from tinylab.sim.cycles.mechanisms.address_map import bus_at
from tinylab.sim.cycles.mechanisms.flash_words import HIT, INVALID, MISS
from tinylab.sim.cycles.mechanisms.transitions import mix

DATA_HIT, DATA_MISS = HIT, MISS
DATA_TIGHT, DATA_DEVICE, DATA_SKIPPED = range(4, 7)
"""How a word of data was served, beside the ways of `flash_words`; SKIPPED: its instruction was
not executed."""
SPLIT = 1 << 3
"""Added when an access crosses the end of a word, so that there are two of them."""

WORD_BYTES = 4
EXTRA_SHIFT = 4
"""Above it, the further pieces that an unaligned load is done in."""
OBSERVATION = 16
"""Of an observed row that was executed: this and what was noted."""


@njit
def further_pieces(address: int, width: int) -> int:
    """Into how many more than one a Cortex-M4 splits an unaligned access: bytes and halfwords
    (ARM DDI 0439, 3.3.2). One to flash is taken to stay within its word."""
    if width == 1 or address & (width - 1) == 0:
        return 0
    return 2 if width == WORD_BYTES and address & 1 else 1


@njit
def settle_nothing(_state: State) -> None:
    """For cores of which it is not followed what they fetch in vain."""


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
    settle_beyond: Callable[[State], None] = settle_nothing,
    look_beyond: Callable[[State, int], int] = look_nowhere,
) -> Callable[[State, int, int], int]:
    """A compiled function that asks for all of a block.

    `fetch` notes how code in flash is had, `read_data` says it of a word at an address. Whether
    SPLIT is noted, or further pieces of unaligned loads, is the model's choice.

    Code that was fetched, but not executed: `settle_beyond` fetches what the block before has
    asked for, `look_beyond` says how what this one may ask for would be had.
    """

    @njit
    def serve_word(state: State, address: int, bus: int, store: bool) -> int:
        """How one word of data was served."""
        if bus == DEVICE:
            return DATA_DEVICE
        if bus != FLASH or store:
            return DATA_TIGHT
        return read_data(state, address)

    @njit
    def serve_row(state: State, row: Row, address: int, bus: int) -> None:
        """Note how the words of `row` were served, or what was observed."""
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
                if notes_pieces and not store and row.words == 1:
                    service |= further_pieces(address, row.width) << EXTRA_SHIFT
            state.data_services[state.data_services_used] = service
            state.data_services_used += 1

    @njit
    def serve_data(state: State, start: int) -> int:
        """Serve the accesses, the code up to each out of flash first; how far code has come."""
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
    def serve_block(state: State, start: int, end: int) -> int:
        """Ask the memory system for the block's code and data; a digest of its answers."""
        state.fetch_services_used = state.data_services_used = 0
        settle_beyond(state)
        state.code_bus = state.blocks[state.block].bus
        if state.redirected != 0:
            state.latched_word = INVALID
        state.code_latched = state.latched_word == (start - 1) >> state.flash_word_shift
        start = serve_data(state, start)
        if state.code_bus == FLASH and start < end:
            fetch(state, start, end)
        digest = int(state.redirected) + 2 * int(state.code_latched)
        digest += 4 * look_beyond(state, end)
        for i in range(state.fetch_services_used):
            digest = mix(digest, state.fetch_services[i])
        for i in range(state.data_services_used):
            digest = mix(digest, state.data_services[i])
        return digest

    return serve_block
