"""The adaptive real-time memory accelerator (ART) of STM32 parts: flash caches and prefetch.

Flash is read in words (64 bit on L4 and WB, 128 bit on F4), after wait states. Instruction
words are cached in rows of several words, data words in a separate cache; both replace the
least recently used entry. A missed instruction word may prefetch the next one.
Sources: RM0434 (WB55), RM0351 (L4), RM0090 (F4), "adaptive real-time memory accelerator".

This module determines whether a word is available, which does not depend on time. The pipeline
adds the cost.
"""

from __future__ import annotations

from collections.abc import Mapping

from tinylab.sim.cycles.compiled.numba_setup import njit
from tinylab.sim.cycles.compiled.record_layout import Fields, State
from tinylab.sim.cycles.mechanisms import flash_words
from tinylab.sim.cycles.mechanisms.flash_words import (
    HIT,
    INVALID,
    MISS,
    PREFETCHED,
    fetching,
    read_flash,
)

MAX_ROWS_IN_CACHE = 64
MAX_DATA_WORDS = 64
ROW_HINTS = 256

FIELDS: Fields = [
    *flash_words.FIELDS,
    ("row_shift", "i4"),
    ("rows_in_cache", "i4"),
    ("data_words_in_cache", "i4"),
    ("cache_clock", "i8"),
    ("row_tags", "i4", (MAX_ROWS_IN_CACHE,)),
    ("row_words", "i4", (MAX_ROWS_IN_CACHE,)),
    ("row_last_use", "i8", (MAX_ROWS_IN_CACHE,)),
    ("row_hints", "u1", (ROW_HINTS,)),
    ("data_tags", "i4", (MAX_DATA_WORDS,)),
    ("data_last_use", "i8", (MAX_DATA_WORDS,)),
    ("latched_data_word", "i4"),
]
"""A row's tag is the number of its block in flash; `row_words` has a bit per word."""


def parameters(timing: Mapping[str, int]) -> dict[str, int]:
    """Sizes, from the board's timing table."""
    return {
        "flash_word_shift": timing["flash_word_bytes"].bit_length() - 1,
        "row_shift": timing["icache_line_words"].bit_length() - 1,
        "rows_in_cache": timing["icache_lines"],
        "data_words_in_cache": timing["dcache_words"],
    }


def invalidate_instructions(state: State) -> None:
    """Empty the instruction cache and the prefetch buffer."""
    state["row_tags"] = INVALID
    for field in ("row_words", "row_last_use", "row_hints"):
        state[field] = 0
    state["latched_word"] = state["prefetched_word"] = INVALID


def invalidate_data(state: State) -> None:
    """Empty the data cache."""
    state["data_tags"] = state["latched_data_word"] = INVALID
    state["data_last_use"] = 0


@njit
def find_row(state: State, tag: int) -> int:
    """The cache row with that tag; else the least recently used row, emptied for it."""
    hint = state.row_hints[tag & (ROW_HINTS - 1)]
    if state.row_tags[hint] == tag:
        return hint
    oldest = 0
    for row in range(state.rows_in_cache):
        if state.row_tags[row] == tag:
            state.row_hints[tag & (ROW_HINTS - 1)] = row
            return row
        if state.row_last_use[row] < state.row_last_use[oldest]:
            oldest = row
    state.row_tags[oldest] = tag
    state.row_words[oldest] = 0
    state.row_hints[tag & (ROW_HINTS - 1)] = oldest
    return oldest


@njit
def fetch_word(state: State, word: int) -> int:
    """HIT, MISS or PREFETCHED for an instruction word, which is then in the cache."""
    if state.instruction_cache != 0:
        row = find_row(state, word >> state.row_shift)
        state.cache_clock += 1
        state.row_last_use[row] = state.cache_clock
        bit = 1 << (word & ((1 << state.row_shift) - 1))
        if state.row_words[row] & bit:
            return HIT
        state.row_words[row] |= bit
    return read_flash(state, word)


@njit
def hit_words(state: State, word: int, last: int) -> int:
    """If the words up to the end of the row, or to `last`, are in the cache, fetch them; returns
    the word that comes next."""
    if state.instruction_cache == 0:
        return word
    tag = word >> state.row_shift
    row = state.row_hints[tag & (ROW_HINTS - 1)]
    if state.row_tags[row] != tag:
        return word
    first = tag << state.row_shift
    behind = min(last + 1, first + (1 << state.row_shift))
    words = (1 << (behind - first)) - (1 << (word - first))
    if state.row_words[row] & words != words:
        return word
    state.cache_clock += 1
    state.row_last_use[row] = state.cache_clock
    return behind


fetch = fetching(fetch_word, hit_words)


@njit
def peek(state: State, word: int) -> int:
    """HIT, MISS or PREFETCHED as `fetch_word` would return, without fetching the word."""
    if state.instruction_cache != 0:
        tag = word >> state.row_shift
        bit = 1 << (word & ((1 << state.row_shift) - 1))
        hint = state.row_hints[tag & (ROW_HINTS - 1)]
        if state.row_tags[hint] == tag:
            if state.row_words[hint] & bit:
                return HIT
        else:
            for row in range(state.rows_in_cache):
                if state.row_tags[row] == tag:
                    if state.row_words[row] & bit:
                        return HIT
                    break
    return PREFETCHED if state.prefetched_word == word else MISS


@njit
def read_data(state: State, address: int) -> int:
    """HIT or MISS for a load from flash, whose word is then in the cache."""
    word = address >> state.flash_word_shift
    if state.data_cache == 0:
        hit = word == state.latched_data_word
        state.latched_data_word = word
        return HIT if hit else MISS
    state.cache_clock += 1
    oldest = 0
    for entry in range(state.data_words_in_cache):
        if state.data_tags[entry] == word:
            state.data_last_use[entry] = state.cache_clock
            return HIT
        if state.data_last_use[entry] < state.data_last_use[oldest]:
            oldest = entry
    state.data_tags[oldest] = word
    state.data_last_use[oldest] = state.cache_clock
    return MISS
