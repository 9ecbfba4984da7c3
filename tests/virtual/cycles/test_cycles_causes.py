"""Why cycles pass: each is attributed to one cause, and the causes add up."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from tests.fakes.assembled_core import ENTRY, MARK, MEASURED, RAM, AssembledCore
from tests.virtual.core.test_core_emulation import random_program
from tests.virtual.core.test_core_repeatability import CORES, SETTINGS, program
from tests.virtual.cycles.test_cycles_foresight import block
from tinylab.boards.board import Core
from tinylab.sim.core.emulated_core import MemoryTiming, StopReason
from tinylab.sim.cycles.cause_counters import Causes
from tinylab.sim.cycles.compiled import record_layout
from tinylab.sim.cycles.mechanisms.causes import CAUSES, Cause

M4, M7, M33 = Core.CORTEX_M4, Core.CORTEX_M7, Core.CORTEX_M33
NONE = np.zeros(CAUSES, np.int64)
CACHED = MemoryTiming(instruction_cache=True, data_cache=True, prefetch=True)


def explained(made: AssembledCore) -> Causes:
    """Runs to the end; the causes, which add up to the cycles."""
    begun = made.core.cycles
    made.core.causes.begin()
    made.finish()
    found = made.core.causes.read()
    assert sum(int(one.sum()) for one in found.values()) == made.core.cycles - begun
    return found


def as_lists(found: Causes) -> dict[int, list[int]]:
    return {address: one.tolist() for address, one in found.items()}


def total(found: Causes) -> np.ndarray:
    return sum(found.values(), start=NONE)


@pytest.mark.parametrize("name", CORES)
def test_causes_add_up_and_are_counted_without_changing_counts(name: Core) -> None:
    made = program(name)
    found = total(explained(made))
    assert made.core.cycles == program(name).finish().core.cycles
    for cause in (Cause.ISSUE, Cause.BRANCH, Cause.CODE_MEMORY, Cause.BUS):
        assert found[cause] > 0, cause.name
    assert found[Cause.EXCEPTION] == 0


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("settings", [SETTINGS, MemoryTiming(4, False, False, False, 1)])
@pytest.mark.parametrize("name", CORES)
def test_causes_of_random_code_add_up(name: Core, settings: MemoryTiming, seed: int) -> None:
    for source in (random_program(seed), f"{block(seed)}\n bkpt 0\n .balign 4\nbehind: .word 7"):
        made = AssembledCore(name, f"movw r7, #0x400\n movt r7, #0x2000\n{source}", settings)
        for register in (6, 8):
            made.core.write_register(register, RAM + 0x800)
        found = total(explained(made))
        assert (found >= 0).all(), found


@pytest.mark.parametrize("name", CORES)
def test_remembered_blocks_have_the_causes_of_those_worked_out(name: Core) -> None:
    remembering, working_out = program(name), program(name)
    working_out.core._accounting.remember_transitions(False)
    assert as_lists(explained(remembering)) == as_lists(explained(working_out))


@pytest.mark.parametrize("name", CORES)
def test_blocks_that_were_learnt_without_causes_have_them_afterwards(name: Core) -> None:
    """Counting begins, ends and begins again; an earlier transition must not be recalled."""
    fresh, made = program(name), program(name)
    made.finish()
    expected = as_lists(explained(fresh))
    for _ in range(2):
        made.reset()
        made.ram.buffer[:] = bytes(len(made.ram.buffer))
        assert as_lists(explained(made)) == expected
        made.core.causes.end()
        assert as_lists(made.core.causes.read()) == expected
        made.reset()
        made.ram.buffer[:] = bytes(len(made.ram.buffer))
        made.finish()


@pytest.mark.parametrize("name", CORES)
def test_stepping_and_stopping_keep_the_sum(name: Core) -> None:
    made = program(name, passes=1)
    made.core.causes.begin()
    while made.core.step() is StopReason.REQUESTED:
        pass
    found = made.core.causes.read()
    assert sum(int(one.sum()) for one in found.values()) == made.core.cycles


def test_causes_belong_to_the_blocks_that_ran() -> None:
    made = AssembledCore(M4, "movs r1, #3\n1: subs r1, #1\n bne 1b\n bkpt 0")
    found = explained(made)
    # The loop runs from its branch on twice more; its first pass is in the block of MOVS.
    assert as_lists(found)[ENTRY + 2][Cause.ISSUE] == 2 * 2
    assert set(found) == {ENTRY, ENTRY + 2}


CHANGING = """
    mov.w r0, #0x40000000
    movs r2, #9
1:  movs r1, #1
    sdiv r3, r2, r1
    str r1, [r0]
    subs r2, #1
    bne 1b
    bkpt 0
"""


@pytest.mark.parametrize("name", CORES)
def test_causes_are_kept_when_code_is_reprogrammed_while_it_runs(name: Core) -> None:
    made = AssembledCore(name, CHANGING)
    made.on_write = lambda _address, _value: made.core.code_changed(ENTRY, 16)
    found = explained(made)
    again = AssembledCore(name, CHANGING)
    assert as_lists(found) == as_lists(explained(again))


@pytest.mark.parametrize("name", CORES)
def test_causes_are_kept_when_the_tables_of_code_are_full(
    name: Core, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = as_lists(explained(program(name)))
    monkeypatch.setattr(record_layout, "MAX_BLOCKS", 3)
    assert as_lists(explained(program(name))) == expected


REWRITING = """
    mov.w r4, #0x20000000
    movs r2, #1
    movs r3, #1
    movs r6, #3
    add r5, r4, #1
again:
    adr r0, fast
    bl copy
    blx r5
    adr r0, slow
    bl copy
    blx r5
    subs r6, #1
    bne again
    bkpt 0
    .balign 4
copy:
    ldr r1, [r0]
    str r1, [r4]
    ldr r1, [r0, #4]
    str r1, [r4, #4]
    bx lr
    .balign 4
fast:
    nop
    nop
    bx lr
    nop
slow:
    sdiv r1, r2, r3
    bx lr
    nop
"""


@pytest.mark.parametrize("name", CORES)
def test_code_that_the_core_itself_overwrites_adds_up_at_its_address(name: Core) -> None:
    found = explained(AssembledCore(name, REWRITING))
    plain = explained(AssembledCore(name, REWRITING.replace("sdiv r1, r2, r3", "nop\n nop")))
    assert found[RAM].sum() > plain[RAM].sum()


# What a piece of code adds, in steady state


@dataclass(frozen=True)
class Case:
    """A body, and the cycles by cause that each repetition of it takes."""

    name: Core
    body: str
    expected: dict[Cause, float]
    setup: str = ""
    settings: MemoryTiming = CACHED

    def __str__(self) -> str:
        return f"{self.name} {self.body}"


def pass_of(case: Case, times: int) -> np.ndarray:
    """The causes of the third pass over `times` repetitions."""
    body = "\n".join([case.body] * times)

    def passes(number: int) -> np.ndarray:
        source = MEASURED.format(mark=MARK, setup=case.setup, passes=number, before="", body=body)
        return total(explained(AssembledCore(case.name, source, case.settings)))

    return passes(3) - passes(2)


def each(case: Case, times: int = 16) -> dict[Cause, float]:
    added = (pass_of(case, 2 * times) - pass_of(case, times)) / times
    return {Cause(cause): float(cycles) for cause, cycles in enumerate(added) if cycles}


MEMORY = "mov.w r0, #0x20000000\n add r7, r0, #256\n movs r2, #1\n movs r3, #1"
FLASH_DATA = "adr.w r0, data"
UNCACHED = MemoryTiming(3, instruction_cache=True)
ADDS, MACS = "vadd.f32 s0, s0, s1", "vfma.f32 s8, s0, s1\n vfma.f32 s9, s0, s1"
DIVISION = "vdiv.f32 s0, s1, s2\n vdiv.f32 s3, s1, s2"
STRADDLING = ".balign 4\n b.n 1f\n1: add.w r4, r2, r3\n nop"
I, O, U, F, C, D, B, R, W = list(Cause)[:9]  # noqa: E741

CASES = [
    # the instruction's own cycles: a divide, a load
    Case(M4, "sdiv r2, r2, r3", {I: 5}, MEMORY),
    Case(M33, "sdiv r2, r2, r3", {I: 7}, MEMORY),
    Case(M7, "sdiv r2, r2, r3", {I: 7}, MEMORY),
    Case(M4, "ldr r1, [r0]\n add r4, r1, #1", {I: 3}, MEMORY),
    # results
    Case(M33, "ldr r1, [r0]\n add r4, r1, #1", {I: 2, O: 1}, MEMORY),
    Case(M4, "add r1, r0, #4\n ldr r4, [r1]\n nop", {I: 4, O: 1}, MEMORY),
    Case(M4, ADDS, {I: 1, O: 1}),
    Case(M33, ADDS, {I: 1, O: 1}),
    Case(M7, ADDS, {I: 1, O: 2}),
    # units
    Case(M4, DIVISION, {I: 2, U: 26}),
    Case(M33, DIVISION, {I: 2, U: 26}),
    Case(M33, MACS, {I: 2, U: 4}),
    Case(M4, MACS, {I: 6}),
    # fetch: the target of a branch lies across two words
    Case(M4, STRADDLING, {I: 3, F: 1, R: 1}, MEMORY),
    Case(M33, STRADDLING, {I: 2, F: 1, R: 1}, MEMORY),
    Case(M7, ".balign 8\n b.w 1f\n nop\n1: add.w r4, r2, r3", {I: 2, F: 1}, MEMORY),
    # code from flash, without a cache in front of it: two instructions are a flash word of the M4
    Case(M4, "add.w r4, r2, r3\n add.w r5, r2, r3", {I: 2, C: 3}, MEMORY, MemoryTiming(3)),
    # data from flash
    Case(M4, "ldr r1, [r0], #32\n nop", {I: 3, D: 3}, FLASH_DATA, UNCACHED),
    Case(M7, "ldr r1, [r0], #32\n nop", {I: 1, D: 8}, FLASH_DATA, UNCACHED),
    # the bus: a peripheral, an unaligned access, a load immediately behind a store
    Case(M4, "ldr r1, [r10]", {I: 1, B: 2}),
    Case(M33, "ldr r1, [r10]", {I: 1, B: 2}),
    Case(M7, "ldr r1, [r10]", {I: 1, B: 4}),
    Case(M4, "ldr r1, [r0, #1]\n nop", {I: 3, B: 2}, MEMORY),
    Case(M33, "ldr r1, [r0, #1]\n nop", {I: 2, B: 1}, MEMORY),
    Case(M4, "str r1, [r0]\n ldr r4, [r7]", {I: 2, B: 1}, MEMORY),
    # branches, and the flash word after a branch that is fetched in vain
    Case(M4, "b 1f\n nop\n1:", {I: 1, R: 1}),
    Case(M33, "b 1f\n nop\n1:", {I: 1, R: 1}),
    Case(M7, "b 1f\n nop\n1:", {I: 1}),
    Case(M4, "b 1f\n nop\n1:", {I: 1, C: 3, R: 1, W: 1.5}, "", MemoryTiming(3)),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_each_cause(case: Case) -> None:
    assert each(case) == case.expected


def test_a_mispredicted_branch_of_the_m7_is_a_wait_for_the_branch() -> None:
    """A loop with a branch that is taken every second time, which two bits cannot predict."""
    source = """
    movs r0, #{passes}
    movs r3, #1
again:
    eors r2, r3
    beq 1f
    nop
1:  subs r0, #1
    bne again
    bkpt 0
"""
    made, steady = (AssembledCore(M7, source.format(passes=n), CACHED) for n in (100, 200))
    added = total(explained(steady)) - total(explained(made))
    assert added[Cause.BRANCH] >= 100 * 0.5 * 7
    assert added[Cause.ISSUE] + added[Cause.BRANCH] == added.sum()


CACHED_DATA = "mov.w r0, #0x24000000"


def test_a_miss_of_the_m7s_data_cache_is_a_wait_for_data() -> None:
    case = Case(M7, "ldr r1, [r0], #32\n nop", {}, CACHED_DATA)
    hits = Case(M7, "ldr r1, [r0], #4\n nop", {}, MEMORY)
    assert each(case)[Cause.DATA_MEMORY] >= 4
    assert each(hits) == {Cause.ISSUE: 1}


def test_code_in_ram_of_the_m4_waits_for_its_fetches_and_for_data_on_the_same_bus() -> None:
    """Each word of code comes over the system bus, a cycle later; data have priority there."""
    source = """
    mov.w r4, #0x20000000
    adr r0, code
    movs r6, #64
1:  ldr r1, [r0], #4
    str r1, [r4], #4
    subs r6, #4
    bne 1b
    movw r5, #1
    movt r5, #0x2000
    blx r5
    bkpt 0
    .balign 4
code:
    .rept 14
    {body}
    .endr
    bx lr
    .balign 4
    .space 64
"""
    plain = explained(AssembledCore(M4, source.format(body="add.w r1, r2, r3")))[RAM]
    assert plain[Cause.FETCH] >= 12
    assert plain[Cause.BUS] == 0
    storing = explained(AssembledCore(M4, source.format(body="str.w r1, [r4, #512]")))[RAM]
    assert storing[Cause.BUS] > 0


@pytest.mark.parametrize("name", CORES)
def test_exception_entry_belongs_to_the_code_that_would_run(name: Core) -> None:
    made = AssembledCore(name, "nop\n bkpt 0").finish()
    made.core.causes.begin()
    made.core.let_pass(12)
    read = made.core.causes.read()
    assert {at: one[Cause.EXCEPTION] for at, one in read.items()} == {ENTRY + 2: 12}
    made.core.causes.end()
    made.core.let_pass(12)
    assert [one[Cause.EXCEPTION] for one in made.core.causes.read().values()] == [12]
