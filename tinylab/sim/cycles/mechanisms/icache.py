"""The ICACHE of STM32U5, L5 and H5, between the core's code bus and the flash.

It serves all reads of flash, of instructions and data: 8 KiB, lines of 128 bits, in two ways, of
which the least recently used is replaced (pseudo-LRU, which for two ways is LRU), or in one way.
A line has the width of a flash word. A miss fetches the requested word first and then the rest of
the line, while hits are still served. The flash behind it may prefetch the next line.
Source: RM0456 (STM32U5), "Instruction cache (ICACHE)" and "Embedded flash memory".

If disabled, it passes all accesses to the flash, which has the last line latched.
Not modelled: remapping of other memories.
"""

from __future__ import annotations

from collections.abc import Mapping

from tinylab.sim.cycles.compiled.numba_setup import njit
from tinylab.sim.cycles.compiled.record_layout import Fields, State
from tinylab.sim.cycles.mechanisms import flash_words
from tinylab.sim.cycles.mechanisms.flash_words import (
    CODE_LOST,
    FILLING,
    HIT,
    INVALID,
    fetching,
    read_flash,
)

MAX_LINES = 512
WAYS = 2

FIELDS: Fields = [
    *flash_words.FIELDS,
    ("icache_size", "i4"),
    ("icache_lines", "i4", (MAX_LINES,)),
    ("icache_newest", "u1", (MAX_LINES // WAYS,)),
    ("filling_line", "i4"),
]
"""The number of the line in each place, way by way; the most recently used way of each set; the
line of the last miss, until it is read again."""


def parameters(timing: Mapping[str, int]) -> dict[str, int]:
    """Sizes and latencies, from the board's timing table."""
    assert timing["icache_ways"] == WAYS
    return {
        "flash_word_shift": timing["flash_word_bytes"].bit_length() - 1,
        "icache_size": timing["icache_lines"],
        "miss_cycles": timing["icache_miss_cycles"],
        "refill_cycles": timing["flash_word_bytes"] // 4 - 1,
        "fill_delay": timing["icache_fill_delay"],
    }


def invalidate(state: State) -> None:
    """Set the cache empty, with nothing latched or prefetched behind it."""
    state["icache_lines"] = INVALID
    state["icache_newest"] = 0
    state["latched_word"] = state["prefetched_word"] = state["filling_line"] = INVALID


@njit
def has_line(state: State, line: int) -> bool:
    """Whether the line is in the cache; afterwards it is."""
    place = line & (state.icache_size - 1)
    if state.direct_mapped == 0:
        sets = state.icache_size // WAYS
        number = line & (sets - 1)
        newest = state.icache_newest[number]
        if state.icache_lines[number + newest * sets] == line:
            return True
        state.icache_newest[number] = newest ^ 1
        place = number + (newest ^ 1) * sets
    if state.icache_lines[place] == line:
        return True
    state.icache_lines[place] = line
    return False


@njit
def fetch_word(state: State, word: int) -> int:
    """How a flash word of instructions is served."""
    if state.instruction_cache != 0 and has_line(state, word):
        return HIT
    return read_flash(state, word)


fetch = fetching(fetch_word)


@njit
def holds(state: State, line: int) -> bool:
    """Whether the line is in the cache, without changing the state."""
    if state.direct_mapped != 0:
        return state.icache_lines[line & (state.icache_size - 1)] == line
    sets = state.icache_size // WAYS
    number = line & (sets - 1)
    return state.icache_lines[number] == line or state.icache_lines[number + sets] == line


@njit
def read_data(state: State, address: int) -> int:
    """How the flash word that contains `address` is served."""
    word = address >> state.flash_word_shift
    if state.instruction_cache == 0:
        if word == state.latched_word:
            return HIT
        state.latched_word = INVALID
        return read_flash(state, word) | CODE_LOST
    filling = word == state.filling_line
    service = fetch_word(state, word)
    if service == HIT:
        if filling:
            state.filling_line = INVALID
        return FILLING if filling else HIT
    state.filling_line = word
    if state.latched_word != INVALID and not holds(state, state.latched_word):
        state.latched_word = INVALID
        service |= CODE_LOST
    return service
