"""Flash that is read in wide words: the latched word and the prefetched word.

This module determines whether a word is available, which does not depend on time. The pipeline
adds the cost.
"""

from __future__ import annotations

from collections.abc import Callable

from tinylab.sim.cycles.compiled.numba_setup import njit
from tinylab.sim.cycles.compiled.record_layout import Fields, State
from tinylab.sim.cycles.mechanisms.transitions import mix

INVALID = -1

HIT, MISS, PREFETCHED, FILLING = range(4)
"""How a flash word is served: from a cache, from flash, from flash by an earlier request, or from
a cache line that is being filled."""
SERVICE_BITS = 8
CODE_LOST = 1 << 4
"""Added to how data is served if that replaced the latched flash word of the code."""

FIELDS: Fields = [
    ("flash_word_shift", "i4"),
    ("latched_word", "i4"),
    ("code_latched", "i4"),
    ("prefetched_word", "i4"),
]
"""`latched_word` is the word from which code was last fetched; `code_latched`: the block continues
in it."""


@njit
def read_flash(state: State, word: int) -> int:
    """MISS or PREFETCHED for a word that is not cached; reading it may prefetch the next one."""
    service = PREFETCHED if state.prefetched_word == word else MISS
    if state.prefetch != 0:
        state.prefetched_word = word + 1
    return service


@njit
def hit_no_others(_state: State, word: int, _last: int) -> int:
    """For caches that are asked for each word."""
    return word


def fetching(
    fetch_word: Callable[[State, int], int],
    hit_words: Callable[[State, int, int], int] = hit_no_others,
) -> Callable[[State, int, int], None]:
    """A compiled function that fetches code; `fetch_word` returns how a flash word is served.

    `hit_words` may fetch those of the words from the first to the last that come next and are hit
    in one cache row, and returns the word after them.
    """

    @njit
    def note(state: State, service: int) -> None:
        used = state.fetch_services_used
        state.fetch_services[used] = service
        if service != HIT:
            state.fetch_digest = mix(state.fetch_digest, used << SERVICE_BITS | service)
        state.fetch_services_used = used + 1

    @njit
    def fetch(state: State, start: int, end: int) -> None:
        """Note how each flash word of the code in `start .. end` is served.

        A word that is still latched from the previous instruction is not requested again.
        """
        word = start >> state.flash_word_shift
        last = (end - 1) >> state.flash_word_shift
        if word == state.latched_word:
            word += 1
        while word <= last:
            for _ in range(hit_words(state, word, last) - word):
                note(state, HIT)
                word += 1
            if word <= last:
                note(state, fetch_word(state, word))
                word += 1
        state.latched_word = last

    return fetch
