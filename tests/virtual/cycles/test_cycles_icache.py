"""The ICACHE of the STM32U5 in front of the Cortex-M33, and the flash behind it."""

from __future__ import annotations

import pytest

from tests.fakes.assembled_core import cycles_each, cycles_of, timing
from tinylab.boards.board import Core
from tinylab.sim.core.emulated_core import MemoryTiming

M33 = Core.CORTEX_M33
LINE = "add.w r3, r4, r5\n" * 4
"""A line of code: four cycles."""
STREAM = "ldr.w r1, [r2], #4\n mov r3, r4\n mov r3, r4\n mov r3, r4\n" * 4
"""A line of data, its words far enough apart not to wait for it to fill: 16 cycles."""
WAYS_APART = "adr.w r2, data\n mov.w r4, #4096\n mov.w r5, #8192"


def cached(wait_states: int, *, prefetch: bool = False, direct: bool = False) -> MemoryTiming:
    return MemoryTiming(
        wait_states, instruction_cache=True, prefetch=prefetch, direct_mapped=direct
    )


def miss_cycles(wait_states: int) -> int:
    return wait_states + timing(M33)["icache_miss_cycles"]


@pytest.mark.parametrize("direct", [False, True])
@pytest.mark.parametrize("wait_states", [0, 4])
def test_cached_code_does_not_wait(wait_states: int, direct: bool) -> None:
    settings = cached(wait_states, direct=direct)
    assert cycles_each(M33, LINE, settings, times=24) == 4


@pytest.mark.parametrize("wait_states", range(5))
def test_code_longer_than_the_cache_misses_each_line(wait_states: int) -> None:
    """And the word behind the missed one comes after the fill delay."""
    delay = timing(M33)["icache_fill_delay"] - 1
    cycles = cycles_each(M33, LINE, cached(wait_states), times=768)
    assert cycles == 4 + miss_cycles(wait_states) + delay


@pytest.mark.parametrize("wait_states", range(5))
def test_without_cache_and_prefetch_each_line_waits_for_flash(wait_states: int) -> None:
    assert cycles_each(M33, LINE, MemoryTiming(wait_states)) == 4 + wait_states


def test_prefetch_hides_wait_states_of_straight_code() -> None:
    assert cycles_each(M33, LINE, MemoryTiming(3, prefetch=True)) == 4


@pytest.mark.parametrize("wait_states", range(5))
def test_data_streamed_from_flash_misses_once_a_line(wait_states: int) -> None:
    cycles = cycles_each(M33, STREAM, cached(wait_states), setup="adr.w r2, data")
    assert cycles == 16 + miss_cycles(wait_states)


def test_the_next_line_is_prefetched() -> None:
    cycles = cycles_each(M33, STREAM, cached(4, prefetch=True), setup="adr.w r2, data")
    assert cycles == 16 + miss_cycles(0)


@pytest.mark.parametrize(
    ("body", "direct", "misses"),
    [
        ("ldr.w r1, [r2]\n ldr.w r3, [r2]", True, 0),
        ("ldr.w r1, [r2]\n ldr.w r3, [r2, r4]", False, 0),
        ("ldr.w r1, [r2]\n ldr.w r3, [r2, r5]", True, 2),
        ("ldr.w r1, [r2]\n ldr.w r3, [r2, r4]", True, 0),
        ("ldr.w r1, [r2]\n ldr.w r3, [r2, r4]\n ldr.w r6, [r2, r5]", False, 3),
    ],
)
def test_lines_of_one_set_throw_each_other_out(body: str, direct: bool, misses: int) -> None:
    """Two ways of 4 KiB: three lines a multiple of that apart are one too many."""
    body += "\n nop.w" * 40
    slow = cycles_each(M33, body, cached(4, direct=direct), before=WAYS_APART, times=4)
    fast = cycles_each(M33, body, cached(0, direct=direct), before=WAYS_APART, times=4)
    assert slow - fast == 4 * misses


LOAD_AND_LINE = "ldr.w r1, [r2]\n add.w r3, r4, r5\n add.w r3, r4, r5\n add.w r3, r4, r5"


@pytest.mark.parametrize(("direct", "misses"), [(False, 0), (True, 2)])
def test_data_that_throws_out_the_line_of_the_code_has_it_fetched_again(
    direct: bool, misses: int
) -> None:
    """In one way of 8 KiB; the words of a line behind the access are not there any more."""
    before = "adr.w r2, body\n adds.w r2, r2, #8192"
    slow, fast = (
        cycles_of(M33, LOAD_AND_LINE, cached(waits, direct=direct), before=before)
        for waits in (4, 0)
    )
    assert slow - fast == 4 * misses


def test_without_the_cache_data_and_code_take_the_latched_line_from_each_other() -> None:
    """Three misses a line, of which fetching ahead hides a little, instead of one."""
    slow, fast = (
        cycles_each(M33, LOAD_AND_LINE, MemoryTiming(waits), before="adr.w r2, data")
        for waits in (4, 0)
    )
    assert 4 * 2 < slow - fast <= 4 * 3
