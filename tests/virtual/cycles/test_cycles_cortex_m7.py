"""Cycles on the Cortex-M7: pairs, latencies, branches, caches.

What was measured on silicon are loops of tinylab/bench/core_loops/data.
"""

from __future__ import annotations

import pytest

from tests.fakes.assembled_core import CACHED_RAM, RAM, AssembledCore, cycles_each, timing
from tinylab.boards.board import Core
from tinylab.sim.core.emulated_core import MemoryTiming
from tinylab.sim.cycles.mechanisms.switches import CortexM7

SETUP = """
    mov.w r0, #0x20000000
    mov r7, r0
    str r7, [r7]
"""
CACHED = MemoryTiming(wait_states=3, instruction_cache=True, data_cache=True, bus_ratio=2)
TIMING = timing(Core.CORTEX_M7)
FLASH_CLOCKS = TIMING["axi_flash_latency_clocks"] + 1
RAM_CLOCKS = TIMING["axi_ram_latency_clocks"] + 1
MISS = 2 * (FLASH_CLOCKS + 3)
"""Core cycles to the first beat of a line from flash: bus ratio times latency and wait states."""

ISSUE = {
    # two in a cycle, if neither needs the other
    "nop": 0.5,
    "add.w r1, r2, r3\n add.w r4, r5, r6": 1,
    "add.w r1, r1, r3": 1,
    "ldr r1, [r0]\n add.w r2, r3, r4": 1,
    "ldr r1, [r0]\n str r2, [r0, #4]": 1,
    "vldr s0, [r0]\n vfma.f32 s1, s2, s3": 3,
    # one shifter in the early ALU, one multiplier, one floating-point unit, one store
    "add.w r1, r2, r3, lsl #1": 1,
    "lsl r1, r2, #1": 0.5,
    "mul r1, r2, r3": 1,
    "vadd.f32 s0, s1, s2": 1,
    "str r1, [r0]": 1,
    # only as the first of a cycle
    "clz r1, r2\n clz r3, r4": 2,
    "clz r1, r2\n add.w r3, r4, r5": 1,
    # alone in their cycles, which begin later among wide instructions only
    "nop.n\n nop.n\n ldm r0, {r1-r4}": 3,
    "nop.n\n nop.n\n ldrd r1, r2, [r0]": 2,
    "nop.n\n nop.n\n vldmia r0, {s0-s7}": 5,
    "nop.n\n nop.n\n vldmia r0, {s0}": 2,
    "ldrd r1, r2, [r0]": 2,
    # a compare goes with its branch
    "cmp r0, r0\n bne 1f\n1:": 1,
}
LATENCY = {
    "mul r1, r1, r2": 2,
    "mla r1, r2, r3, r1": 1,  # the sum is needed a cycle later than the factors
    "mla r1, r1, r3, r4": 2,
    "ldr r7, [r7]": 2,  # an address is needed a cycle before
    "ldrb r1, [r0]\n add.w r2, r1, r1": 2,
    # what comes from a load is late for a multiplication and for the shifter
    "ldr r1, [r0]\n add.w r2, r1, r3": 1,
    "ldr r1, [r0]\n mul r2, r1, r3": 2,
    "add.w r1, r2, r3\n mul r4, r1, r5": 1,
    "ldr r1, [r0]\n add.w r2, r3, r1, lsl #2": 2,
    # which reads early whatever it is from
    "eor.w r1, r2, r3\n nop.w\n add.w r4, r5, r1, lsl #2\n nop.w": 3,
    # not for a rotated halfword pair
    "ldr r1, [r0]\n sxtb16 r2, r1, ror #8": 1,
    "vldr s0, [r0]\n vadd.f32 s1, s0, s2": 2,
    "vadd.f32 s0, s0, s1": 3,
    "vfma.f32 s0, s1, s2": 3,
    "vfma.f32 s0, s0, s2": 5,
    "vdiv.f32 s0, s0, s1": 16,
    "vadd.f32 s0, s1, s2\n vadd.f32 s3, s4, s5\n vadd.f32 s6, s7, s8": 3,
}
BANKS = {
    # Tightly coupled memory has two banks, by bit 2 of the address.
    "ldr r1, [r0]\n ldr r2, [r0, #4]": 1,
    "ldr r1, [r0]\n ldr r2, [r0, #12]": 1,
    "ldr r1, [r0]\n ldr r2, [r0, #8]": 2,
}


@pytest.mark.parametrize("body", ISSUE)
def test_two_instructions_issue_in_a_cycle_if_they_fit(body: str) -> None:
    assert cycles_each(Core.CORTEX_M7, body, CACHED, setup=SETUP) == ISSUE[body]


@pytest.mark.parametrize("body", LATENCY)
def test_a_chain_takes_its_latencies(body: str) -> None:
    assert cycles_each(Core.CORTEX_M7, body, CACHED, setup=SETUP) == LATENCY[body]


@pytest.mark.parametrize("body", BANKS)
def test_loads_pair_from_different_banks(body: str) -> None:
    assert cycles_each(Core.CORTEX_M7, body, CACHED, setup=SETUP) == BANKS[body]


def test_an_instruction_that_is_not_executed_reads_no_memory() -> None:
    body = "cmp r0, r0\n it ne\n ldrne r1, [r2]\n add r2, #32"
    walked = cycles_each(Core.CORTEX_M7, body, CACHED, before="adr.w r2, data")
    assert walked <= 3


# Caches


def walk(stride: int, settings: MemoryTiming, before: str = "adr.w r2, data") -> float:
    """Cycles per load, each `stride` bytes after the one before, seen for the first time."""
    body = f"ldr r1, [r2], #{stride}"
    return cycles_each(Core.CORTEX_M7, body, settings, before=before)


COLD_DATA = "adr.w r2, data\n cmp r9, #1\n it eq\n addeq r2, #1024"
"""The pass that is counted reads other lines than the one before."""


@pytest.mark.parametrize("ratio", [1, 2, 4])
@pytest.mark.parametrize("wait_states", [0, 3])
def test_each_line_of_a_walk_is_waited_for(ratio: int, wait_states: int) -> None:
    settings = MemoryTiming(wait_states, True, True, False, ratio)
    assert walk(32, settings, COLD_DATA) == ratio * (FLASH_CLOCKS + wait_states) + 1


def test_the_rest_of_a_line_arrives_a_beat_a_bus_clock() -> None:
    """Of the four doublewords of a line each further one is there two core cycles later."""
    assert walk(8, CACHED, COLD_DATA) * 4 == MISS + 1 + 3 * 2


def test_a_line_in_the_cache_is_not_waited_for() -> None:
    assert walk(32, CACHED) == 1


def test_without_a_data_cache_each_load_is_waited_for() -> None:
    settings = MemoryTiming(3, True, False, False, 2)
    assert walk(4, settings) == MISS + 1


COLD_RAM = "movw r2, #0\n movt r2, #{}\n cmp r9, #1\n it eq\n addeq r2, #1024"
"""As COLD_DATA, in memory at a multiple of 64 KiB."""


@pytest.mark.parametrize("base", CACHED_RAM)
def test_cached_ram_has_no_wait_states(base: int) -> None:
    assert walk(32, CACHED, COLD_RAM.format(base >> 16)) == 2 * RAM_CLOCKS + 1


def test_memory_in_front_of_cached_ram_stays_tight() -> None:
    assert walk(32, CACHED, COLD_RAM.format(RAM >> 16)) == 1


@pytest.mark.parametrize("base", CACHED_RAM)
def test_stores_do_not_wait_for_their_line(base: int) -> None:
    before = COLD_RAM.format(base >> 16)
    body = "str r1, [r2], #4"
    assert cycles_each(Core.CORTEX_M7, body, CACHED, before=before) == 1


def test_straight_code_without_an_instruction_cache_waits_for_each_fetch() -> None:
    """Each 64 bits are asked for in the cycle after the last ones came."""
    settings = MemoryTiming(3, False, True, False, 2)
    assert cycles_each(Core.CORTEX_M7, "nop\n nop\n nop\n nop", settings) == MISS + 1


# Branches

LOOP = """
    mov.w r10, #0x40000000
    movs r8, #3
again:
    movw r1, #{count}
    ldr r11, [r10]
1:  {body}
    subs r1, #1
    bne 1b
    ldr r11, [r10]
    subs r8, #1
    bne again
    bkpt 0
"""


def loop_cycles(count: int, body: str) -> int:
    """Cycles of a loop that has run before."""
    source = LOOP.format(count=count, body=body)
    marks = AssembledCore(Core.CORTEX_M7, source, CACHED).finish().marks
    return marks[-1] - marks[-2]


def test_a_loops_branch_is_predicted() -> None:
    assert loop_cycles(200, "") - loop_cycles(100, "") == 100


def test_leaving_a_loop_is_mispredicted_once() -> None:
    straight = cycles_each(Core.CORTEX_M7, "subs r1, #1\n nop", CACHED)
    assert loop_cycles(100, "") - 100 * straight >= 7


def test_a_branch_that_alternates_is_mispredicted_every_other_time_or_worse() -> None:
    alternating = "tst r1, #1\n bne 2f\n nop\n2:"
    regular = "tst r1, #0\n bne 2f\n nop\n2:"
    lost = loop_cycles(200, alternating) - loop_cycles(200, regular)
    assert 100 * 9 <= lost <= 200 * 9


@pytest.mark.parametrize(
    ("mechanism", "body"),
    [
        (CortexM7.EARLY_ALU, "add.w r1, r2, #1; eor.w r3, r1, #1; uxtb.w r4, r5; nop.w"),
        (CortexM7.MAC_HOLD, "vfma.f32 s8, s1, s2; vadd.f32 s9, s10, s11"),
        (CortexM7.UNALIGNED, "ldr.w r1, [r0, #1]; nop.w"),
        (CortexM7.STORE_BUFFER, "strb.w r1, [r0]; nop.w"),
    ],
)
def test_each_mechanism_can_be_left_out(mechanism: CortexM7, body: str) -> None:
    source = f"{SETUP}\n mov.w r10, #0x40000000; ldr r11, [r10]; {'; '.join([body] * 40)}"
    core = AssembledCore(Core.CORTEX_M7, f"{source}; ldr r11, [r10]; bkpt 0", CACHED)
    whole = list(core.finish().marks)
    core.reset()
    core.core.leave_out(int(mechanism))
    assert core.finish().marks != whole
