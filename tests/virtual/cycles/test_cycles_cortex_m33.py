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


SINGLE = {
    "nop.w": 1,
    "add.w r1, r2, r3": 1,
    "add.w r1, r2, r3, lsl #4": 1,
    "mul r1, r2, r3": 1,
    "mla r1, r2, r3, r4": 1,
    "smlad r1, r2, r3, r4": 1,
    "smlal r1, r2, r3, r4": 1,
    # Two stages and flags: two cycles, but MOVS with any constant one.
    "muls r1, r2, r1": 2,
    "adds.w r1, r2, #0x1fc0": 2,
    "cmp.w r1, #0x1fc0": 2,
    "movs.w r1, #0x1fc0": 1,
    "adds.w r1, r2, #0xc0": 1,
    "adds.w r1, r2, #0x00c000c0": 1,
    "addw r1, r2, #0xfc0": 1,
    "adds.w r1, r2, r3, lsl #4": 1,
    # Words that are loaded or stored take a cycle each.
    "ldr.w r1, [r0]": 1,
    "str.w r1, [r0]": 1,
    "ldrd r1, r2, [r0]": 2,
    "ldm.w r0, {r1-r4}": 4,
    "stm.w r0, {r1-r4}": 4,
    "vldr s0, [r0]": 1,
    "vldr d0, [r0]": 2,
    "vstr s0, [r0]": 1,
    "vldmia r0, {s0-s7}": 8,
    "vadd.f32 s0, s1, s2": 1,
    "vfma.f32 s0, s1, s2": 1,
    "vmov s0, r1": 1,
    "vmov s0, s1, r1, r2": 1,
    "vmov r1, r2, s0, s1": 2,
}


@pytest.mark.parametrize("body", SINGLE)
def test_an_instruction_by_itself(body: str) -> None:
    assert guarded(body) == SINGLE[body]


RESULTS = {
    # What is loaded can be used in the cycle after the next, stored or added to in the next.
    "ldr.w r1, [r0]\n add.w r2, r1, r1": 3,
    "ldr.w r1, [r0]\n nop.w\n add.w r2, r1, r1": 3,
    "ldr.w r1, [r0]\n str.w r1, [r0, #4]": 2,
    "ldr.w r1, [r0]\n mla r2, r3, r4, r1": 2,
    "ldr.w r1, [r0]\n mla r2, r1, r3, r4": 3,
    "ldr.w r7, [r7]\n ldr.w r7, [r7]": 3,
    "ldr r1, [r7], #4\n ldr r2, [r7], #-4": 2,
    "ldr.w r1, [r0]\n ldr.w r2, [r0, #4]\n ldr.w r3, [r0]": 3,
    # Two stages: multiplies, shifted operands, DSP; sums chain, other uses wait.
    "mla r1, r2, r3, r1\n mla r1, r2, r3, r1": 2,
    "mla r1, r2, r3, r1\n add.w r2, r1, r1": 3,
    "mul r1, r2, r3\n str.w r1, [r0]": 2,
    "add.w r1, r2, r3, lsl #4\n add.w r2, r1, r1": 3,
    "add.w r1, r2, r3\n add.w r2, r1, r1": 2,
    "uadd8 r1, r2, r3\n add.w r2, r1, r1": 3,
    "sxtab16 r1, r2, r3\n add.w r2, r1, r1": 3,
    "sxtb.w r1, r2\n add.w r2, r1, r1": 2,
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
    "bfi r1, r2, #3, #4\n add.w r2, r1, r1": 2,
    "orr.w r1, r2, #0x1fc0\n add.w r2, r1, r1": 3,
    "orr.w r1, r2, #0xc0\n add.w r2, r1, r1": 2,
}


@pytest.mark.parametrize("body", RESULTS)
def test_late_results_are_waited_for(body: str) -> None:
    assert guarded(body) == RESULTS[body]


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


PAIRS = {
    "mov r1, r2\n nop": 1,
    "ldr r1, [r0]\n nop": 1,
    "ldm r7!, {r1-r3}\n nop": 3,
    "mov r1, r2\n mov r3, r4": 2,
    "ldr r1, [r0]\n mov r3, r4": 2,
    "nop\n mov r3, r4": 2,
    "mov.w r1, r2\n nop": 2,
    "mov r1, r2\n nop.w": 2,
    "mov r1, r2\n nop\n nop": 2,
    "cmp r1, r1\n it eq\n addeq.w r1, r2, r3": 2,
    "cmp.w r1, r1\n it eq\n addeq.w r1, r2, r3": 3,
    # A branch that is not taken sees even the flags of the instruction it goes along with.
    "cmp r1, r1\n bne 1f\n1:": 1,
    "cmp.w r1, r1\n bne 1f\n1:": 2,
    "cmp r1, r1\n bne.w 1f\n1:": 2,
    "mov r1, r2\n cbz r7, 1f\n nop.w\n1:": 3,
    "mov r1, r2\n cbnz r7, 1f\n nop.w\n1:": 3,
}


@pytest.mark.parametrize("body", PAIRS)
def test_some_16_bit_instructions_go_along_with_the_one_before(body: str) -> None:
    assert guarded(body) == PAIRS[body]


BRANCHES = {
    "nop.w\n b 1f\n nop\n1:": 1 + 2,
    "nop.w\n b.w 1f\n1:": 1 + 2,
    "nop.w\n bl 1f\n1:": 1 + 2,
    "cmp r1, r1\n beq 1f\n nop\n nop\n1:": 1 + 2,
    "cmp r1, r1\n mov r2, r3\n beq 1f\n nop\n1:": 1 + 2,
    "mov r2, r3\n b 1f\n nop\n nop\n1:": 1 + 1,
    "ldm r7!, {r1-r3}\n b 1f\n nop\n nop\n1:": 3 + 1,
    # Of n registers with the program counter: n + 3.
    "adr.w r2, 1f\n add.w r2, r2, #1\n push.w {r1, r2}\n pop.w {r1, pc}\n1:": 1 + 1 + 2 + 5,
}


@pytest.mark.parametrize("body", BRANCHES)
def test_a_taken_branch_costs_two_cycles_less_what_it_shares(body: str) -> None:
    assert guarded(body) == BRANCHES[body]


def test_a_wide_instruction_across_two_words_costs_a_fetch_at_a_branch_target() -> None:
    """The bodies are equally long; the target is at a multiple of four in the first only."""
    aligned = guarded("b 1f\n nop\n1: add.w r1, r2, r3\n nop")
    across = guarded("nop\n b 1f\n1: add.w r1, r2, r3\n nop")
    assert across == aligned + 1 - 1, "a fetch more, and the branch goes along with the NOP"


FLOATS = {
    "vadd.f32 s0, s1, s2\n vadd.f32 s3, s4, s5\n vmul.f32 s6, s7, s8": 3,
    "vldr s0, [r0]\n vadd.f32 s1, s0, s2\n vadd.f32 s3, s4, s5": 3,
    # The unit takes a waiting instruction early; only the next one for it notices.
    "vmul.f32 s0, s1, s2\n vadd.f32 s3, s0, s4": 2,
    "vmul.f32 s0, s1, s2\n vadd.f32 s3, s0, s4\n vadd.f32 s5, s6, s7": 4,
    "vmul.f32 s0, s1, s2\n vadd.f32 s3, s0, s4\n vstr s3, [r0]": 5,
    "vmul.f32 s0, s1, s2\n vadd.f32 s3, s0, s4\n nop.w\n nop.w\n vstr s3, [r0]": 5,
    # A fused multiply keeps the unit for three cycles; integers go on beside it.
    "vfma.f32 s0, s1, s2\n vfma.f32 s3, s4, s5": 4,
    "vfma.f32 s0, s1, s2\n vfma.f32 s0, s3, s4": 4,
    "vfma.f32 s0, s1, s2\n nop.w\n nop.w\n vfma.f32 s0, s3, s4": 4,
    "vfma.f32 s0, s1, s2\n vldr s5, [r0]": 4,
    "vfma.f32 s0, s1, s2\n vstr s0, [r0]": 5,
    "vfma.f32 s0, s1, s2\n vfma.f32 s3, s4, s0\n vldr s5, [r0]": 8,
    # Between the core's registers and the unit's.
    "vadd.f32 s0, s1, s2\n vmov r1, s0": 3,
    "vmov r1, s0\n add.w r2, r1, r1": 3,
    "vmov s0, r1\n vadd.f32 s1, s0, s2\n vadd.f32 s3, s4, s5": 3,
    "vmov s0, s1, r1, r2\n vadd.f32 s2, s0, s1\n vadd.f32 s3, s4, s5": 4,
    "vdiv.f32 s0, s1, s2\n vmov r1, s0": 15,
    "vdiv.f32 s0, s1, s2\n nop.w\n nop.w\n nop.w\n vmov r1, s0": 15,
}


@pytest.mark.parametrize("body", FLOATS)
def test_the_floating_point_unit(body: str) -> None:
    assert guarded(body) == FLOATS[body]


@pytest.mark.parametrize(
    ("access", "offset", "cycles"),
    [("ldr.w", 0, 1), ("ldr.w", 1, 2), ("ldr.w", 2, 2), ("str.w", 3, 2), ("ldrh.w", 2, 1),
     ("ldrh.w", 1, 1), ("ldrh.w", 3, 2), ("ldrb.w", 3, 1)],
)  # fmt: skip
def test_an_access_across_the_end_of_a_word_takes_a_cycle_more(
    access: str, offset: int, cycles: int
) -> None:
    assert guarded(f"{access} r1, [r0, #{offset}]") == cycles


def test_data_out_of_flash_takes_the_bus_from_wide_instructions() -> None:
    """Two 32-bit instructions and one word of data are three words over the code bus."""
    settings = MemoryTiming(4, instruction_cache=True)
    body = "ldr.w r1, [r2]\n add.w r3, r4, r5"
    from_flash = cycles_each(Core.CORTEX_M33, body, settings, before="adr.w r2, data")
    from_ram = cycles_each(Core.CORTEX_M33, body, settings, before="mov.w r2, #0x20000000")
    assert (from_flash, from_ram) == (3, 2)


def test_an_instruction_that_is_not_executed_waits_for_nothing() -> None:
    body = "cmp.w r0, r0\n it ne\n ldrne.w r1, [r0, #3]\n nop.w"
    assert guarded(body) == 4


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
