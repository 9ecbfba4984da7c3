"""PLD on the Cortex-M7: it requests a line, and the core runs on."""

from __future__ import annotations

import pytest

from tests.fakes.assembled_core import AssembledCore, cycles_of
from tinylab.boards.board import Core
from tinylab.sim.core.emulated_core import MemoryTiming

CACHED = MemoryTiming(wait_states=3, instruction_cache=True, data_cache=True, bus_ratio=2)
UNCACHED = MemoryTiming(wait_states=3, instruction_cache=True, bus_ratio=2)
LINE = 32
LINES = 64
AT_DATA = "mov.w r2, #0x24000000"
"""Each pass goes on behind the lines of the one before."""
WORK = "nop.w; nop.w; " * 30
"""Longer than a line takes to arrive."""


def walk(before: str, settings: MemoryTiming = CACHED, core: Core = Core.CORTEX_M7) -> int:
    """Cycles of a walk over lines that are not in the cache, each used after other work."""
    body = f"""
    movs r1, #{LINES}
1:  {before}
    {WORK}
    ldr r3, [r2], #{LINE}
    add r4, r4, r3
    subs r1, #1
    bne 1b
"""
    return cycles_of(core, body, settings, setup=AT_DATA)


def test_a_line_that_was_requested_early_has_arrived() -> None:
    missed, preloaded = walk("nop.w"), walk("pld [r2]")
    assert missed - preloaded > 5 * LINES
    assert preloaded == pytest.approx(walk("ldr r5, [r2]") - (missed - preloaded), abs=4 * LINES)


@pytest.mark.parametrize("ahead", [1, 2, 4])
def test_lines_can_be_requested_ahead(ahead: int) -> None:
    assert walk("nop.w") - walk(f"pld [r2, #{ahead * LINE}]") > 5 * (LINES - ahead)


@pytest.mark.parametrize("nothing", ["pld [r0]", "pld [r13]", "pld [r10]", "pli [r2]"])
def test_without_a_line_to_request_it_is_a_hint(nothing: str) -> None:
    assert walk(nothing) == walk("nop.w")


def test_without_a_cache_it_is_a_hint() -> None:
    assert walk("pld [r2]", UNCACHED) == walk("nop.w", UNCACHED)


def test_a_false_condition_requests_nothing() -> None:
    untrue = "cmp r2, #0; it eq; {}"
    assert walk(untrue.format("pldeq [r2]")) == walk(untrue.format("nopeq.w"))


def preloads(count: int) -> int:
    body = "add r2, #1024\n"
    body += "\n".join(f"pld [r2, #{LINE * line}]" for line in range(count))
    return cycles_of(Core.CORTEX_M7, body + "\nnop.w\nnop.w", CACHED, setup=AT_DATA)


def test_two_lines_are_in_transfer_and_the_third_waits() -> None:
    assert preloads(2) - preloads(1) <= 1
    assert preloads(3) - preloads(2) > 5


def test_it_counts_the_same_with_hooks_as_foreseen() -> None:
    counts = []
    for trace in (False, True):
        core = AssembledCore(Core.CORTEX_M7, SOURCE, CACHED)
        if trace:
            core.core._accounting.trace_all(True)
        core.finish()
        counts.append(core.core.cycles)
    assert counts[0] == counts[1]


SOURCE = f"""
    mov.w r2, #0x24000000
    mov.w r1, #{LINES}
1:  pld [r2, r1, lsl #2]
    pld [r2, #-8]
    {WORK}
    ldr r3, [r2], #{LINE}
    subs r1, #1
    bne 1b
    bkpt 0
"""


@pytest.mark.parametrize("core", [Core.CORTEX_M4, Core.CORTEX_M33])
def test_cores_without_a_data_cache_ignore_it(core: Core) -> None:
    def count(hint: str) -> int:
        return cycles_of(core, f"mov.w r2, #0x20000000\n{hint}\nnop.w\nldr r3, [r2]\nnop.w")

    assert count("pld [r2]") == count("pli [r2]")
