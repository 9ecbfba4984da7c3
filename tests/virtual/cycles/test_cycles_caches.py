"""What the data cache of the Cortex-M7 keeps: 4 ways of 32-byte lines (ARM DDI 0489)."""

from __future__ import annotations

import pytest

from tests.fakes.assembled_core import cycles_of
from tinylab.boards.board import Core
from tinylab.boards.catalog import by_name
from tinylab.sim.core.emulated_core import MemoryTiming

TIMING = by_name("nucleo_h723zg").timing
LINE, WAYS, SIZE = TIMING["line_bytes"], TIMING["dcache_ways"], TIMING["dcache_bytes"]
SAME_SET = SIZE // WAYS
"""Addresses that far apart compete for the ways of one set."""
CACHED = MemoryTiming(3, instruction_cache=True, data_cache=True, bus_ratio=2)
RAM = 0x2400_0000


def walk(count: int, stride: int) -> int:
    """Cycles of the second walk over `count` places, by a loop that is known by then."""
    body = f"""
    movw r1, #{count}
    mov.w r2, #{RAM:#x}
    mov.w r4, #{stride}
1:  ldr r3, [r2]
    add r2, r4
    subs r1, #1
    bne 1b
"""
    return cycles_of(Core.CORTEX_M7, body, CACHED)


def missing(count: int, stride: int) -> int:
    """How much longer the walk takes than over one and the same place."""
    return walk(count, stride) - walk(count, 0)


@pytest.mark.parametrize("ways", range(1, WAYS + 1))
def test_as_many_lines_of_a_set_stay_as_there_are_ways(ways: int) -> None:
    assert missing(ways, SAME_SET) == 0


def test_one_line_more_than_there_are_ways_is_missed() -> None:
    assert missing(WAYS + 1, SAME_SET) > 0


@pytest.mark.parametrize("count", [WAYS + 1, 2 * WAYS - 1])
def test_lines_of_different_sets_do_not_compete(count: int) -> None:
    assert missing(count, SAME_SET + LINE) == 0


@pytest.mark.parametrize("stride", [4, 8, 16, 32, 64])
@pytest.mark.parametrize("bytes_walked", [SIZE // 4, SIZE])
def test_a_walk_over_no_more_than_the_cache_hits_the_second_time(
    stride: int, bytes_walked: int
) -> None:
    assert missing(bytes_walked // stride, stride) == 0


@pytest.mark.parametrize("stride", [32, 64])
def test_a_walk_over_twice_the_cache_misses(stride: int) -> None:
    """The victim is taken at random: not every line is missed, but many are."""
    lines = 2 * SIZE // stride
    assert missing(lines, stride) > lines * 2
