"""Cycles on the Cortex-M4: fetch, flash and caches.

The tables of its technical reference manual are loops of tinylab/bench/core_loops/data.
"""

from __future__ import annotations

import pytest

from tests.fakes.assembled_core import cycles_each, cycles_of
from tinylab.boards.board import Core
from tinylab.boards.catalog import by_name
from tinylab.sim.core.emulated_core import MemoryTiming

SETUP = """
    mov.w r0, #0x20000000
    mov r7, r0
    str r7, [r7]
"""


def test_integer_division_is_within_the_manuals_range() -> None:
    assert 2 <= cycles_of(Core.CORTEX_M4, "udiv r1, r2, r3") <= 12


ADD = "\n add.w r1, r1, r2"


@pytest.mark.parametrize(("adds", "late"), [(1, 0), (2, 0), (3, 1), (4, 1), (5, 1)])
def test_three_wide_instructions_across_words_behind_a_load_take_a_cycle_more(
    adds: int, late: int
) -> None:
    """As long as there is no second load, it is one cycle, however many they are."""
    across = cycles_of(Core.CORTEX_M4, "ldr r1, [r0]" + ADD * adds, setup=SETUP)
    aligned = cycles_of(Core.CORTEX_M4, "ldr.w r1, [r0]" + ADD * adds, setup=SETUP)
    assert aligned == 2 + adds
    assert across == aligned + late


def test_what_is_fetched_behind_a_taken_branch_is_waited_for() -> None:
    """A branch at the end of a flash word has asked for the next, which nothing calls off."""
    settings = MemoryTiming(5)
    early = cycles_of(Core.CORTEX_M4, "b 1f\n .balign 64\n1:", settings)
    late = cycles_of(Core.CORTEX_M4, "nop\n b 1f\n .balign 64\n1:", settings) - 1
    assert early == 1 + 1 + 5
    assert late > early + 3


def test_the_target_of_a_branch_that_is_not_taken_is_fetched_from_flash() -> None:
    settings = MemoryTiming(5)
    near = cycles_of(Core.CORTEX_M4, "cmp r0, r0\n bne 1f\n nop\n1:" + "nop\n" * 7, settings)
    far = cycles_of(Core.CORTEX_M4, "cmp r0, r0\n bne data\n nop\n" + "nop\n" * 7, settings)
    assert far > near + 3


def test_a_wide_instruction_across_two_words_costs_a_fetch_at_a_branch_target() -> None:
    """The bodies are equally long; the target is at a multiple of four in the first only."""
    aligned = cycles_of(Core.CORTEX_M4, "b 1f\n nop\n1: add.w r1, r2, r3\n nop")
    across = cycles_of(Core.CORTEX_M4, "nop\n b 1f\n nop\n1: add.w r1, r2, r3")
    assert across == aligned + 1


@pytest.mark.parametrize("wait_states", range(8))
def test_straight_code_from_bare_flash_waits_for_each_word(wait_states: int) -> None:
    """64 bits hold four instructions; two 32-bit fetches follow the wait states."""
    settings = MemoryTiming(wait_states=wait_states)
    cycles = cycles_each(Core.CORTEX_M4, "nop\n nop\n nop\n nop", settings, times=32)
    assert cycles == max(4, 2 + wait_states)


@pytest.mark.parametrize(
    "settings",
    [
        MemoryTiming(3, instruction_cache=True),
        MemoryTiming(3, instruction_cache=True, data_cache=True, prefetch=True),
    ],
)
def test_cached_code_does_not_wait(settings: MemoryTiming) -> None:
    assert cycles_each(Core.CORTEX_M4, "nop", settings) == 1


def test_prefetch_hides_wait_states_of_straight_code() -> None:
    settings = MemoryTiming(3, prefetch=True)
    assert cycles_each(Core.CORTEX_M4, "nop\n nop\n nop\n nop", settings) == 4


def test_code_longer_than_the_instruction_cache_misses_again() -> None:
    """Rows that were used longest ago go first: a loop over more than 1 KiB never hits."""
    settings = MemoryTiming(3, instruction_cache=True)
    assert cycles_each(Core.CORTEX_M4, "nop\n nop\n nop\n nop", settings, times=160) == 5


@pytest.mark.parametrize("wait_states", range(6))
def test_data_streamed_from_flash_waits_for_each_word(wait_states: int) -> None:
    settings = MemoryTiming(wait_states, instruction_cache=True, data_cache=True)
    body = "ldr r1, [r2], #8\n ldr r1, [r3], #8"
    before = "adr.w r2, data\n add r3, r2, #4"
    cycles = cycles_each(Core.CORTEX_M4, body, settings, before=before)
    assert cycles == 2 + wait_states


@pytest.mark.parametrize("wait_states", range(6))
def test_a_multiple_load_from_flash_waits_once_a_word(wait_states: int) -> None:
    settings = MemoryTiming(wait_states, instruction_cache=True, data_cache=True)
    body = "vldmia r2!, {s0-s7}"
    cycles = cycles_each(Core.CORTEX_M4, body, settings, before="adr.w r2, data")
    assert cycles == 9 + 4 * wait_states


def test_data_in_the_data_cache_does_not_wait() -> None:
    settings = MemoryTiming(3, instruction_cache=True, data_cache=True)
    body = "ldr r1, [r2]"
    cycles = cycles_each(Core.CORTEX_M4, body, settings, before="adr.w r2, data")
    assert cycles == 1


def test_a_store_that_is_not_executed_takes_a_cycle_and_no_wait_states() -> None:
    settings = MemoryTiming(5, instruction_cache=True)
    body = "cmp r0, r0\n itt ne\n ldrne r1, [r2]\n ldrne r1, [r2, #64]"
    assert cycles_of(Core.CORTEX_M4, body, settings, before="adr.w r2, data") == 3


@pytest.fixture
def f4(monkeypatch: pytest.MonkeyPatch) -> None:
    """The accelerator of the STM32F4: flash words of 128 bits, 64 lines of one each."""
    timing = by_name("nucleo_f446re").timing
    monkeypatch.setattr("tests.fakes.assembled_core.timing", lambda core: timing)


@pytest.mark.parametrize("wait_states", range(6))
def test_f4_reads_four_words_of_data_at_a_time(f4: None, wait_states: int) -> None:
    settings = MemoryTiming(wait_states, instruction_cache=True, data_cache=True)
    body = "vldmia r2!, {s0-s7}"
    cycles = cycles_each(Core.CORTEX_M4, body, settings, before="adr.w r2, data")
    assert cycles == 9 + 2 * wait_states


def test_f4_fetches_eight_instructions_at_a_time(f4: None) -> None:
    """The next flash word is asked for when there is room for its first 32 bits: a cycle after
    the last ones of this have come."""
    settings = MemoryTiming(wait_states=5)
    assert cycles_each(Core.CORTEX_M4, "nop\n" * 8, settings, times=32) == 4 + 5 + 1


def test_f4_prefetch_hides_wait_states_of_straight_code(f4: None) -> None:
    settings = MemoryTiming(5, prefetch=True)
    assert cycles_each(Core.CORTEX_M4, "nop\n" * 8, settings) == 8


@pytest.mark.parametrize(("times", "hits"), [(24, True), (80, False)])
def test_f4_keeps_a_kilobyte_of_code(f4: None, times: int, hits: bool) -> None:
    settings = MemoryTiming(5, instruction_cache=True)
    cycles = cycles_each(Core.CORTEX_M4, "nop\n" * 8, settings, times=times)
    assert (cycles == 8) is hits
