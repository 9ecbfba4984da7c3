"""Cycles on the Cortex-M7 that were measured on silicon, as loops of a few instructions.

Source: Jan Oleksiewicz, github.com/jnk0le/random, "pipeline cycle test", cortex_m7.md, on an
STM32H743: rules, from which the cycles of these bodies follow. Instructions are wide unless marked.
"""

from __future__ import annotations

import pytest

from tests.fakes.assembled_core import AssembledCore, cycles_each
from tinylab.boards.board import Core
from tinylab.sim.core.emulated_core import MemoryTiming
from tinylab.sim.cycles.mechanisms.switches import CortexM7

CACHED = MemoryTiming(wait_states=3, instruction_cache=True, data_cache=True, bus_ratio=2)
SETUP = """
    mov.w r0, #0x20000000
    mov r7, r0
    add r8, r0, #64
    mov.w r12, #0x24000000
    ldr r1, [r12]
    movs r4, #0
"""

MULTIPLY_ACCUMULATE = {
    # beside moves of a register and for three cycles before them only in the first slot
    """vldr s4, [r0]; vfma.f32 s8, s1, s2; vldr s5, [r0, #4]; vfma.f32 s9, s1, s2
       vldr s6, [r0, #8]; vfma.f32 s10, s1, s2""": 6,
    "vfma.f32 s8, s1, s2; vadd.f32 s9, s10, s11": 5,
    "nop.n; nop.n; vfma.f32 s8, s1, s2; vldmia r0, {s4-s5}": 6,
    "vfma.f32 s8, s1, s2; vldr d2, [r0]": 5,
    "vfma.f32 s8, s1, s2; vmov.f32 s4, #1.0; vmul.f32 s9, s10, s11": 5,
    "vfma.f32 s8, s1, s2; vmul.f32 s9, s10, s11; vmul.f32 s12, s10, s11": 3,
    "vmla.f32 s8, s1, s2; vfma.f32 s9, s1, s2; vmul.f32 s10, s3, s3": 4,
    # only its own results are early enough for an accumulator
    "vmul.f32 s8, s1, s2; nop.w; vfma.f32 s8, s3, s4; nop.w": 4,
    "vmul.f32 s8, s1, s2; nop.w; vmla.f32 s8, s3, s4; nop.w": 3,
    "vldr s8, [r0]; nop.w; vfma.f32 s8, s3, s4; nop.w": 4,
    "vmov s8, r1; nop.w; vfma.f32 s8, s3, s4; nop.w": 4,
}
FLOATING_POINT = {
    "nop.n; nop.n; vldmia r0, {s4-s7}; nop.w; nop.w": 4,
    "vmov r1, s0; nop.w; add.w r2, r1, r3; nop.w": 2,
    "vmov r1, s0; mla r2, r3, r4, r1": 1,
    "vmov.f32 s0, #1.0; vmov.f32 s1, #1.0": 2,
    "vdiv.f32 s0, s1, s2" + "; add.w r1, r2, r3" * 5: 18,
    "vsqrt.f32 s0, s1" + "; add.w r1, r2, r3" * 5: 16,
    "vfma.f64 d8, d1, d2; vfma.f64 d9, d1, d2": 14,
}
LOADS = {
    # two go to different banks, in tightly coupled memory, in the cache, or in both
    "ldr.w r1, [r12]; ldr.w r2, [r12, #12]": 1,
    "ldr.w r1, [r12]; ldr.w r2, [r12, #8]": 2,
    "ldrb.w r1, [r0]; ldrb.w r2, [r0, #1]": 2,
    "ldr.w r1, [r0]; ldr.w r2, [r12]": 2,
    "ldr.w r1, [r0]; ldr.w r2, [r12, #4]": 1,
    # unaligned
    "ldr.w r1, [r0, #1]; nop.w": 4,
    "nop.w; ldr.w r1, [r0, #1]": 5,
    "ldr.w r1, [r0, #1]; ldr.w r2, [r0, #9]": 5,
    "ldr.w r1, [r0, #1]; ldr.w r2, [r0, #12]": 4,
    "ldr.w r1, [r0, #1]; ldr.w r2, [r0, #8]": 3,
    # a multiplication waits longer for a word, but not for a byte
    "ldr.w r1, [r0]; nop.w; mul r2, r1, r3; nop.w": 3,
    "ldrb.w r1, [r0]; nop.w; mul r2, r1, r3; nop.w": 3,
}
STORES = {
    "mul r1, r2, r3; str.w r4, [r0]": 2,
    "ldrb.w r1, [r0]; str.w r1, [r8, #4]; uxtb.w r4, r5; nop.w": 2,
    "stm.w r0, {r1-r4}; nop.n; nop.n": 3,
    "stm.w r8, {r1-r4}; nop.n; nop.n": 3,
}
SUSTAINED_STORES = {
    "str.w r1, [r0, #1]; nop.w": 4,
    "strb.w r1, [r0]; nop.w": 4,
    "strb.w r1, [r0]; nop.w; strb.w r1, [r0, #4]; nop.w": 4,
    "strh.w r1, [r0]; strh.w r1, [r0, #2]; strh.w r1, [r0, #4]; strh.w r1, [r0, #6]": 8,
}
"""In the steady state, when the buffer is full."""
INTEGER = {
    # an early result reaches the late ALU in its cycle, an address in the next
    "add.w r1, r2, #1; eor.w r3, r1, #1; uxtb.w r4, r5; nop.w": 2,
    "lsl.w r1, r2, #1; eor.w r3, r1, #1; uxtb.w r4, r5; nop.w": 2,
    "movw r1, #1; movt r1, #1; uxtb.w r4, r5; nop.w": 2,
    "add.w r1, r7, #4; nop.w; ldr.w r3, [r1]; nop.w": 2,
    "nop.w; lsl.w r1, r4, #2; ldr.w r3, [r0, r1]; nop.w": 2,
    "nop.w; add.w r1, r7, #4; ldr.w r3, [r1]; nop.w": 3,
    "add.w r1, r2, r3; nop.w; ubfx r5, r1, #3, #4; nop.w": 2,
    # operands that are shifted or inserted are read early
    "eor.w r1, r2, r3; nop.w; add.w r5, r4, r1, lsl #2; nop.w": 3,
    "eor.w r1, r2, r3; nop.w; bfi r5, r1, #3, #4; nop.w": 3,
    "eor.w r1, r2, r3; nop.w; pkhtb r5, r1, r4, asr #16; nop.w": 3,
    # plain shifts have a shifter of their own; shifted constants have not
    "lsl.w r1, r2, #3; lsr.w r3, r4, #5": 1,
    "add.w r1, r2, r3, ror #24; lsr.w r5, r4, #5": 1,
    "ubfx r1, r2, #3, #4; lsl.w r3, r4, #2": 1,
    "bfi r1, r2, #3, #4; lsl.w r5, r4, #4": 1,
    "eor.w r1, r2, #0x1fc0; eor.w r3, r4, #0x1fc0": 2,
    "eor.w r1, r2, #0x1fc0; add.w r5, r4, r3, ror #24": 2,
    "ubfx r1, r2, #3, #4; eor.w r3, r4, #0x1fc0": 2,
}


@pytest.mark.parametrize("body", [*MULTIPLY_ACCUMULATE, *FLOATING_POINT])
def test_floating_point_takes_what_silicon_takes(body: str) -> None:
    wanted = (MULTIPLY_ACCUMULATE | FLOATING_POINT)[body]
    assert cycles_each(Core.CORTEX_M7, body, CACHED, setup=SETUP) == wanted


@pytest.mark.parametrize("body", [*LOADS, *STORES])
def test_accesses_take_what_silicon_takes(body: str) -> None:
    assert cycles_each(Core.CORTEX_M7, body, CACHED, setup=SETUP) == (LOADS | STORES)[body]


@pytest.mark.parametrize("body", SUSTAINED_STORES)
def test_stores_that_fill_the_buffer_take_what_silicon_takes(body: str) -> None:
    taken = cycles_each(Core.CORTEX_M7, body, CACHED, setup=SETUP)
    assert taken == SUSTAINED_STORES[body]


@pytest.mark.parametrize("body", INTEGER)
def test_integer_code_takes_what_silicon_takes(body: str) -> None:
    assert cycles_each(Core.CORTEX_M7, body, CACHED, setup=SETUP) == INTEGER[body]


# Branches

LOOP = """
    mov.w r10, #0x40000000
    mov.w r0, #0x20000000
    movs r8, #3
again:
    movw r1, #{count}
    ldr r11, [r10]
    .balignw 32, 0xbf00
1:  {body}
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


def cycles_per_pass(body: str) -> float:
    return (loop_cycles(300, body) - loop_cycles(100, body)) / 200


WIDE_LOOP = "add.w r2, r3, r4; eor.w r5, r6, r7; subs.w r1, r1, #1; nop.w; nop.w; bne.w 1b"
NARROW_LOOP = "adds r2, r3, r4; eors r5, r6; subs.w r1, r1, #1; nop.w; bne.w 1b"


def test_a_branch_pairs_with_its_target_behind_two_compressed_instructions() -> None:
    """Of five instructions in a pass, the fifth is beside the first of the next one."""
    assert cycles_per_pass(WIDE_LOOP) == 3
    assert cycles_per_pass(NARROW_LOOP) == 2.5


LIST_LOOP = "{}; vldmia r0, {{s0-s1}}; subs.w r1, r1, #1; bne.w 1b"


def test_a_list_stalls_among_wide_instructions_only() -> None:
    assert cycles_per_pass(LIST_LOOP.format("nop.w; nop.w")) == 4
    assert cycles_per_pass(LIST_LOOP.format("nop.n; nop.n")) == 3


def test_compressed_instructions_of_the_pass_before_serve_a_list() -> None:
    """As in AES's key schedule (github.com/jnk0le/cortexm-AES, STM32H7): a pass takes 19 cycles
    for 36 instructions and an LDRD, far behind six compressed ones. The branch uses up two."""
    wide = "; ".join(["nop.w"] * 20)
    loop = f"ldrd r2, r3, [r0]; {wide}; {{}}; subs.w r1, r1, #1; bne.w 1b"
    assert cycles_per_pass(loop.format("; ".join(["nop.n"] * 6))) == 15
    assert cycles_per_pass(loop.format("; ".join(["nop.n"] * 2 + ["nop.w"] * 4))) == 16


WAIT = "; ".join(["nop.w"] * 6)


def test_flags_that_were_set_early_make_a_wrong_prediction_cheaper() -> None:
    """A branch that alternates is predicted wrongly in each pass: 6 cycles instead of 8."""
    early = f"subs.w r1, r1, #1; tst.w r1, #1; {WAIT}; bne.w 2f; nop.w; 2: cmp.w r1, #0; bne.w 1b"
    late = f"subs.w r1, r1, #1; {WAIT}; tst.w r1, #1; bne.w 2f; nop.w; 2: cmp.w r1, #0; bne.w 1b"
    assert cycles_per_pass(late) - cycles_per_pass(early) == 2


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
    source = f"{SETUP}; mov.w r10, #0x40000000; ldr r11, [r10]; {'; '.join([body] * 40)}"
    core = AssembledCore(Core.CORTEX_M7, f"{source}; ldr r11, [r10]; bkpt 0", CACHED)
    whole = list(core.finish().marks)
    core.reset()
    core.core.leave_out(int(mechanism))
    assert core.finish().marks != whole
