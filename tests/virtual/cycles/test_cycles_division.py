"""Integer division takes the longer the more its quotient has to say."""

from __future__ import annotations

import random

import pytest

from tests.fakes.assembled_core import AssembledCore, cycles_of
from tinylab.boards.board import Core
from tinylab.sim.core.emulated_core import MemoryTiming

TIMED = """
    mov.w r10, #0x40000000
    adr.w r8, numbers
    movw r7, #{count}
1:  ldrd r2, r3, [r8], #8
    .balign 8
    ldr r11, [r10]
    {name} r1, r2, r3
    ldr r11, [r10]
    subs r7, #1
    bne 1b
    bkpt 0
    .balign 4
numbers:
    .word {numbers}
"""


def measured(name: str, pairs: list[tuple[int, int]]) -> list[int]:
    """Cycles of each division, the loads around it not counted."""
    numbers = ", ".join(f"{dividend:#x}, {divisor:#x}" for dividend, divisor in pairs)
    source = TIMED.format(name=name, numbers=numbers, count=len(pairs))
    marks = AssembledCore(Core.CORTEX_M4, source).finish().marks
    with_it = [after - before for before, after in zip(marks[::2], marks[1::2], strict=True)]
    one_and_one = measured_one(name)
    return [cycles - with_it[0] + one_and_one for cycles in with_it]


def measured_one(name: str) -> int:
    """Cycles of 1 / 1, which is the first of all."""
    return cycles_of(Core.CORTEX_M4, f"{name} r1, r2, r3", setup="movs r2, #1\n movs r3, #1")


def magnitude_bits(value: int, signed: bool) -> int:
    return abs(value - (1 << 32) if signed and value >> 31 else value).bit_length()


def rule(name: str, dividend: int, divisor: int) -> int:
    """2 to 12 cycles (ARM DDI 0439, table 3-1), by the measured formula of the model's source."""
    signed = name == "sdiv"
    longer = magnitude_bits(dividend, signed) - magnitude_bits(divisor, signed)
    if dividend == 0 or divisor == 0:
        return 2
    return 3 if longer < 0 else 5 + longer // 4


LIMITS = [0, 1, 2, 3, 15, 16, 0x7FFF_FFFF, 0x8000_0000, 0x8000_0001, 0xFFFF_FFF0, 0xFFFF_FFFF]


@pytest.mark.parametrize("name", ["udiv", "sdiv"])
def test_a_division_ends_when_its_quotient_is_complete(name: str) -> None:
    chosen = random.Random(5)
    pairs = [(1, 1)] + [(dividend, divisor) for dividend in LIMITS for divisor in LIMITS]
    pairs += [
        (chosen.getrandbits(chosen.randint(1, 32)), chosen.getrandbits(chosen.randint(1, 32)))
        for _ in range(200)
    ]
    assert measured(name, pairs) == [rule(name, *pair) for pair in pairs]


def test_the_longest_and_the_shortest_take_what_the_manual_says() -> None:
    pairs = [(1, 1), (0xFFFF_FFFF, 1), (7, 0)]
    assert measured("udiv", pairs)[1:] == [12, 2]


def test_a_division_that_is_not_executed_takes_a_cycle() -> None:
    body = "cmp r2, r2\n it ne\n udivne r1, r2, r3"
    setup = "movw r2, #65535\n movs r3, #1"
    assert cycles_of(Core.CORTEX_M4, body, setup=setup) == 2  # IT is folded into the CMP


@pytest.mark.parametrize(
    "body", ["vfmane.f32 s0, s1, s2", "vdivne.f32 s0, s1, s2", "msrne apsr_nzcvq, r0"]
)
def test_so_does_anything_else_that_is_not_executed(body: str) -> None:
    assert cycles_of(Core.CORTEX_M4, f"cmp r2, r2\n it ne\n {body}") == 2


def test_the_same_block_takes_each_time_what_its_numbers_take() -> None:
    """Blocks are remembered: with the quotients that they had."""
    pairs = [(1, 1), (0xFFFF_FFFF, 1), (1, 1), (0xFFFF_FFFF, 1), (1, 2), (0xFFFF_FFFF, 1)]
    assert measured("udiv", pairs) == [5, 12, 5, 12, 3, 12]


def test_remembered_divisions_count_as_those_worked_out() -> None:
    source = """
    movw r7, #300
    mov r2, #-1
1:  add r2, r2, r2, lsr #3
    sdiv r4, r2, r7
    udiv r5, r2, r4
    cmp r5, r7
    it hi
    sdivhi r6, r7, r5
    subs r7, #1
    bne 1b
    bkpt 0
"""
    settings = MemoryTiming(3, True, True)
    remembering, anew = (AssembledCore(Core.CORTEX_M4, source, settings) for _ in range(2))
    anew.core._accounting.remember_transitions(False)
    assert remembering.finish().core.cycles == anew.finish().core.cycles
