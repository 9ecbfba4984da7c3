"""Data and code out of flash on the Cortex-M4, behind the accelerator of the STM32WB55.

Flash is read in words of 64 bits (RM0434, 3.3.3 and 3.3.4): a word that no cache has costs the
wait states, one that is latched or cached costs nothing. The data cache has 8 words, the
instruction cache 32 lines of 4; both throw out what was used longest ago.
"""

from __future__ import annotations

import pytest

from tests.fakes.assembled_core import cycles_each, cycles_of
from tinylab.boards.board import Core
from tinylab.boards.catalog import by_name
from tinylab.sim.core.emulated_core import MemoryTiming

TIMING = by_name("nucleo_wb55rg").timing
WORD = TIMING["flash_word_bytes"]
WAITS = range(8)
BOTH = {"instruction_cache": True, "data_cache": True}
DATA = "adr.w r2, data"
LOAD, OVERLAP = 2, 1


def words_touched(count: int, start: int = 0, stride: int = 4, size: int = 4) -> int:
    """Flash words that `count` accesses see for the first time, one behind the other."""
    seen = [(start + stride * i) // WORD for i in range(count)]
    return len(set(seen))


@pytest.mark.parametrize("wait_states", WAITS)
@pytest.mark.parametrize("prefetch", [False, True])
@pytest.mark.parametrize("registers", [2, 5, 8, 16, 31])
def test_a_stream_of_vldm_waits_once_a_flash_word(
    registers: int, prefetch: bool, wait_states: int
) -> None:
    """1 + N, and the wait states of each new word. Data are not prefetched."""
    settings = MemoryTiming(wait_states, prefetch=prefetch, **BOTH)
    body = f"vldmia r2, {{s0-s{registers - 1}}}"
    # Warm in one pass, thrown out by others before the next.
    flush = f"{DATA}\n add r2, #1024\n" + " ldr r1, [r2], #8\n" * TIMING["dcache_words"]
    cycles = cycles_of(Core.CORTEX_M4, body, settings, before=f"{flush} {DATA}\n nop")
    assert cycles == 1 + registers + wait_states * words_touched(registers)


@pytest.mark.parametrize("wait_states", WAITS)
def test_without_a_data_cache_only_the_latched_word_is_free(wait_states: int) -> None:
    settings = MemoryTiming(wait_states, instruction_cache=True)
    body = "vldmia r2!, {s0-s7}"
    cycles = cycles_each(Core.CORTEX_M4, body, settings, before=DATA, times=8)
    assert cycles == 1 + 8 + wait_states * words_touched(8)


@pytest.mark.parametrize("wait_states", [0, 1, 3, 7])
@pytest.mark.parametrize("stride", [4, 8, 12, 16, 32, 64])
def test_a_walk_waits_for_each_flash_word_it_comes_to(stride: int, wait_states: int) -> None:
    settings = MemoryTiming(wait_states, **BOTH)
    body = f"ldr r1, [r2], #{stride}\n nop"
    times = 20
    assert words_touched(times, stride=stride) > TIMING["dcache_words"]
    each = cycles_each(Core.CORTEX_M4, body, settings, before=DATA, times=times)
    new = words_touched(2 * times, stride=stride) - words_touched(times, stride=stride)
    assert each == pytest.approx(LOAD + 1 + wait_states * new / times)


@pytest.mark.parametrize("words", range(1, 13))
def test_data_that_fit_the_data_cache_are_free_the_second_time(words: int) -> None:
    """One word more than fits, and walking over them in turn never hits."""
    wait_states = 5
    settings = MemoryTiming(wait_states, **BOTH)
    body = f"ldr r1, [r2], #{WORD}\n nop\n" * words
    cycles = cycles_of(Core.CORTEX_M4, body, settings, before=f"{DATA}\n nop")
    misses = 0 if words <= TIMING["dcache_words"] else words
    assert cycles == words * (LOAD + 1) + wait_states * misses


def test_what_was_used_last_stays() -> None:
    """Eight words are in the cache; the first is used again, then a ninth comes: the second of
    them goes, the first stays."""
    settings = MemoryTiming(5, **BOTH)
    fill = "".join(f"ldr r1, [r2, #{WORD * i}]\n" for i in range(TIMING["dcache_words"]))
    before = f"{DATA}\n {fill} ldr r1, [r2]\n ldr r1, [r2, #{WORD * TIMING['dcache_words']}]\n nop"
    first, second = (
        cycles_of(Core.CORTEX_M4, f"ldr r1, [r2, #{offset}]", settings, before=before)
        for offset in (0, WORD)
    )
    assert (first, second) == (LOAD, LOAD + 5)


@pytest.mark.parametrize("wait_states", WAITS)
@pytest.mark.parametrize("size", [2, 4])
def test_straight_code_without_a_cache(size: int, wait_states: int) -> None:
    """A flash word has WORD / size instructions and takes 1 + wait states to be read; its second
    32 bits follow a cycle later."""
    settings = MemoryTiming(wait_states)
    instructions = WORD // size
    body = "\n".join(["nop.w" if size == 4 else "nop"] * instructions)
    each = cycles_each(Core.CORTEX_M4, body, settings, times=32)
    assert each == max(instructions, wait_states + WORD // 4)


@pytest.mark.parametrize("wait_states", WAITS)
@pytest.mark.parametrize("size", [2, 4])
def test_prefetch_reads_the_next_word_meanwhile(size: int, wait_states: int) -> None:
    """A word is there 1 + wait states after the one before, or when it is used up."""
    settings = MemoryTiming(wait_states, prefetch=True)
    instructions = WORD // size
    body = "\n".join(["nop.w" if size == 4 else "nop"] * instructions)
    each = cycles_each(Core.CORTEX_M4, body, settings, times=32)
    assert each == max(instructions, wait_states + 1)


def loop_of(bytes_of_code: int, settings: MemoryTiming) -> int:
    """Cycles of straight code that runs for the second time."""
    return cycles_of(Core.CORTEX_M4, "nop\n" * (bytes_of_code // 2), settings)


@pytest.mark.parametrize("wait_states", [1, 3, 7])
def test_code_within_the_instruction_cache_is_free_and_code_beyond_is_not(
    wait_states: int,
) -> None:
    """What fits with the loop around it runs at a cycle an instruction. (How long the loop's own
    branch waits for flash depends on where it is, so two lengths that fit are compared.)"""
    settings = MemoryTiming(wait_states, instruction_cache=True)
    cache = TIMING["icache_lines"] * TIMING["icache_line_words"] * WORD
    fits, beyond = cache - 128, cache + 256
    assert loop_of(fits, settings) - loop_of(fits // 2, settings) == fits // 4
    assert loop_of(beyond, settings) >= beyond // WORD * max(WORD // 2, wait_states + WORD // 4)


def test_a_store_to_ram_after_a_load_from_flash_does_not_wait_for_it() -> None:
    settings = MemoryTiming(7, **BOTH)
    before = f"{DATA}\n mov.w r0, #0x20000000\n cmp r9, #1\n it eq\n addeq r2, #1024\n nop"
    load = cycles_of(Core.CORTEX_M4, "ldr r1, [r2]", settings, before=before)
    both = cycles_of(Core.CORTEX_M4, "ldr r1, [r2]\n str r3, [r0]", settings, before=before)
    assert (load, both) == (LOAD + 7, LOAD + 7 + 1)
