"""Flash that is read in wide words: the one latched at its output, and the one prefetched.

What is decided here does not depend on time: whether a word is there. The pipeline adds what
that costs.
"""

from __future__ import annotations

from collections.abc import Callable

from tinylab.sim.cycles.compiled.numba_setup import njit
from tinylab.sim.cycles.compiled.record_layout import Fields, State

INVALID = -1

HIT, MISS, PREFETCHED, FILLING = range(4)
"""How a flash word is had: from a cache, from flash, from flash as asked for earlier, or from a
line of a cache that is just being filled."""
CODE_LOST = 1 << 4
"""Added to how data is had when that threw out the flash word which code is fetched from."""

FIELDS: Fields = [
    ("flash_word_shift", "i4"),
    ("latched_word", "i4"),
    ("code_latched", "i4"),
    ("prefetched_word", "i4"),
]
"""`latched_word` is the one that code was fetched from last; `code_latched` says whether that is
where a block goes on."""


@njit
def read_flash(state: State, word: int) -> int:
    """MISS or PREFETCHED for a word that no cache has; reading it may prefetch the next one."""
    service = PREFETCHED if state.prefetched_word == word else MISS
    if state.prefetch != 0:
        state.prefetched_word = word + 1
    return service


def fetching(fetch_word: Callable[[State, int], int]) -> Callable[[State, int, int], None]:
    """A compiled function that fetches code; `fetch_word` says how one flash word is had."""

    @njit
    def fetch(state: State, start: int, end: int) -> None:
        """Note how each flash word of the code in `start .. end` is had.

        A word that is still latched from the instruction before is not asked for again.
        """
        word = start >> state.flash_word_shift
        last = (end - 1) >> state.flash_word_shift
        if word == state.latched_word:
            word += 1
        while word <= last:
            state.fetch_services[state.fetch_services_used] = fetch_word(state, word)
            state.fetch_services_used += 1
            word += 1
        state.latched_word = last

    return fetch
