"""Cycles on the Cortex-M33, against published measurements of the core.

The source is named in `cortex_m33.costs`. Bodies stand between two 32-bit instructions, which
go along with no other.
"""

from __future__ import annotations

import pytest

from tests.fakes.assembled_core import AssembledCore, cycles_each, cycles_of
from tinylab.boards.board import Core
from tinylab.sim.core.emulated_core import MemoryTiming
from tinylab.sim.cycles.mechanisms.switches import CortexM33

SETUP = """
    mov.w r0, #0x20000000
    mov r7, r0
    str r7, [r7]
"""
GUARD = "\n mov.w r8, r8\n"


def guarded(body: str) -> int:
    with_it = cycles_of(Core.CORTEX_M33, GUARD + body + GUARD, setup=SETUP)
    return with_it - cycles_of(Core.CORTEX_M33, GUARD + GUARD, setup=SETUP)


OPERANDS = {
    # UXTAB and its like wait for both operands: on silicon of revision r1p0 (RP2350), what they
    # add to chains like a sum; the STM32U5 and U3 are faster with that than they are on silicon.
    "uxtab r1, r1, r2\n uxtab r1, r1, r3": 3,
    "mla r1, r2, r3, r1\n uxtab r1, r1, r3": 3,
    "uxtab r1, r1, r2\n mla r1, r2, r3, r1": 2,
    "ldr.w r1, [r0]\n uxtab r1, r1, r3": 3,
    "ldr.w r1, [r0]\n nop.w\n uxtab r1, r1, r3": 3,
    "mul r1, r2, r3\n uxtab r4, r5, r1": 3,
    "ldr.w r1, [r0]\n sxtab r4, r5, r1": 3,
    "mul r1, r2, r3\n pkhbt r4, r5, r1": 3,
    "mul r1, r2, r3\n pkhtb r4, r5, r1, asr #16": 3,
    "mul r1, r2, r3\n usat16 r4, #5, r1": 3,
}


@pytest.mark.parametrize("body", OPERANDS)
def test_every_operand_is_waited_for(body: str) -> None:
    assert guarded(body) == OPERANDS[body]


PREDICATED = {
    # (executed, not executed): the source's example has the second cycle of ADDS, and the stages
    # of a shifted operand.
    "it {0}\n adds{0}.w r1, r3, #0x1fc0\n mov.w r6, r4": (3, 2),
    "it {0}\n add{0}.w r1, r3, r2, ror #23\n add.w r5, r1, r3": (3, 2),
    "it {0}\n mul{0} r1, r2, r3\n add.w r5, r1, r3": (3, 2),
    "it {0}\n sdiv{0} r1, r2, r3\n add.w r5, r1, r3": (8, 2),
    "it {0}\n vadd{0}.f32 s1, s2, s3\n vstr s1, [r0]": (3, 2),
    "itt {0}\n vfma{0}.f32 s1, s2, s3\n vfma{0}.f32 s4, s2, s3\n mov.w r6, r4": (5, 3),
    "mul r1, r2, r3\n it {0}\n add{0}.w r5, r1, r3, lsl #4": (3, 3),
    "vfma.f32 s1, s2, s3\n it {0}\n vadd{0}.f32 s4, s2, s3": (4, 3),
}


@pytest.mark.parametrize("executed", [True, False])
@pytest.mark.parametrize("body", PREDICATED)
def test_what_is_predicated_out_takes_no_more_than_a_nop(body: str, executed: bool) -> None:
    """IT itself goes along with the 16-bit instruction before it."""
    compared = "cmp.w r4, r4\n mov.n r6, r6\n"
    cycles = guarded(compared + body.format("eq" if executed else "ne")) - guarded(compared)
    assert cycles == PREDICATED[body][0 if executed else 1]


def test_a_return_from_the_stack_takes_three_cycles_more_than_its_words() -> None:
    """Of n registers with the program counter: n + 3."""
    body = "adr.w r2, 1f\n add.w r2, r2, #1\n push.w {r1, r2}\n pop.w {r1, pc}\n1:"
    assert guarded(body) == 1 + 1 + 2 + 5


def test_a_wide_instruction_across_two_words_costs_a_fetch_at_a_branch_target() -> None:
    """The bodies are equally long; the target is at a multiple of four in the first only."""
    aligned = guarded("b 1f\n nop\n1: add.w r1, r2, r3\n nop")
    across = guarded("nop\n b 1f\n1: add.w r1, r2, r3\n nop")
    assert across == aligned + 1 - 1, "a fetch more, and the branch goes along with the NOP"


def test_data_out_of_flash_takes_the_bus_from_wide_instructions() -> None:
    """Two 32-bit instructions and one word of data are three words over the code bus."""
    settings = MemoryTiming(4, instruction_cache=True)
    body = "ldr.w r1, [r2]\n add.w r3, r4, r5"
    from_flash = cycles_each(Core.CORTEX_M33, body, settings, before="adr.w r2, data")
    from_ram = cycles_each(Core.CORTEX_M33, body, settings, before="mov.w r2, #0x20000000")
    assert (from_flash, from_ram) == (3, 2)


LEFT_OUT = {
    CortexM33.LOAD_USE: ("ldr.w r1, [r0]\n add.w r2, r1, r1", 1),
    CortexM33.FP_HAZARD: ("vfma.f32 s0, s1, s2\n vfma.f32 s0, s3, s4", 2),
    CortexM33.DUAL_ISSUE: ("cmp r1, r1\n bne 1f\n1:", -1),
    CortexM33.RESULT_LATENCY: ("mul r1, r2, r3\n add.w r2, r1, r1", 1),
    CortexM33.UNALIGNED: ("ldr.w r1, [r0, #1]", 1),
    CortexM33.PREDICATED: ("cmp r1, r1\n it ne\n addsne.w r1, r2, #0x1fc0", -1),
}
"""A body that the mechanism explains, and the cycles that it adds."""


@pytest.mark.parametrize("mechanism", LEFT_OUT, ids=lambda mechanism: mechanism.name)
def test_a_mechanism_that_is_left_out_explains_its_cycles(mechanism: CortexM33) -> None:
    body, adds = LEFT_OUT[mechanism]
    ram = "movs r0, #0\n movt r0, #0x2000\n"
    source = f"{ram} .balign 32\n {GUARD * 4} {body} {GUARD} bkpt 0"
    whole, without = (AssembledCore(Core.CORTEX_M33, source) for _ in range(2))
    without.core.leave_out(mechanism)
    assert whole.finish().core.cycles - without.finish().core.cycles == adds
