"""Branches and fetching of the Cortex-M4, by the rules of its manual (ARM DDI 0439, 3.3.1).

A branch that is taken costs 1 + P. P is "1 to 3 depending on the alignment and width of the
target instruction, and whether the processor manages to speculate the address early": DECODED for
branches to a label and to LR, EXECUTED for CBZ and for an address in another register, LOADED for
one from memory (ARM DDI 0337G, table 15-3), and one more when a wide instruction at the target
lies across two words.
"""

from __future__ import annotations

import pytest

from tests.fakes.assembled_core import cycles_each, cycles_of
from tinylab.boards.board import Core
from tinylab.sim.core.emulated_core import MemoryTiming

DECODED, EXECUTED, LOADED, ACROSS = 1, 2, 3, 1
NARROW, WIDE = "adds r4, #1", "add.w r4, r4, #1"
STACK = "mov.w r0, #0x20000000"


def cycles(body: str, setup: str = "") -> int:
    return cycles_of(Core.CORTEX_M4, body, setup=setup)


def to_target(branch: str, target: str, *, aligned: bool, before: str = "") -> int:
    """Cycles of `before`, `branch` and the instruction at the target."""
    place = ".balign 4\n nop\n" if not aligned else ".balign 4\n"
    return cycles(f"{before}\n {branch}\n nop\n {place}1: {target}")


@pytest.mark.parametrize("branch", ["b 1f", "b.w 1f", "bl 1f"])
def test_a_taken_branch_costs_a_refill(branch: str) -> None:
    assert to_target(branch, NARROW, aligned=True) == 1 + DECODED + 1


@pytest.mark.parametrize("aligned", [True, False])
@pytest.mark.parametrize("target", [NARROW, WIDE])
def test_only_a_wide_instruction_across_two_words_costs_more(target: str, aligned: bool) -> None:
    """The first word brings an aligned wide instruction, or a narrow one in either half."""
    across = ACROSS if target == WIDE and not aligned else 0
    narrow = to_target("b 1f", NARROW, aligned=aligned)
    assert to_target("b 1f", target, aligned=aligned) == narrow + across
    assert narrow == 1 + DECODED + 1


@pytest.mark.parametrize(
    ("compare", "branch", "refill"),
    [
        ("cmp r0, r0", "beq 1f", DECODED),
        ("cmp r0, r0", "beq.w 1f", DECODED),
        ("movs r1, #0", "cbz r1, 1f", EXECUTED),
    ],
)
def test_a_conditional_branch_costs_the_refill_if_it_is_taken(
    compare: str, branch: str, refill: int
) -> None:
    assert to_target(branch, NARROW, aligned=True, before=compare) == 1 + 1 + refill + 1


@pytest.mark.parametrize(
    ("compare", "branch"), [("cmp r0, r0", "bne 1f"), ("movs r1, #1", "cbz r1, 1f")]
)
def test_and_one_cycle_if_it_is_not(compare: str, branch: str) -> None:
    assert cycles(f"{compare}\n {branch}\n nop\n1:") == 1 + 1 + 1


INDIRECTLY = {
    "bx": ("adr.w r1, 1f\n orr r1, #1\n bx r1", 1 + 1 + 1 + EXECUTED),
    "blx": ("adr.w r1, 1f\n orr r1, #1\n blx r1", 1 + 1 + 1 + EXECUTED),
    "mov pc": ("adr.w r1, 1f\n mov pc, r1", 1 + 1 + EXECUTED),
    "bx lr": ("adr.w lr, 1f\n orr lr, #1\n nop\n bx lr", 1 + 1 + 1 + 1 + DECODED),
    "mov pc, lr": ("adr.w lr, 1f\n nop\n mov pc, lr", 1 + 1 + 1 + DECODED),
    "ldr pc": (
        "adr.w r1, 1f\n orr r1, #1\n str r1, [r0]\n nop\n ldr pc, [r0]",
        1 + 1 + 1 + 1 + 2 + LOADED,
    ),
    "pop pc": ("adr.w r1, 1f\n orr r1, #1\n push {r1}\n pop {pc}", 1 + 1 + 2 + 2 + LOADED),
    "pop more": (
        "adr.w r2, 1f\n orr r2, #1\n push {r0-r2}\n pop {r0, r1, pc}",
        1 + 1 + 4 + 4 + LOADED,
    ),
}


@pytest.mark.parametrize("way", INDIRECTLY)
def test_an_address_from_a_register_or_memory_refills_later(way: str) -> None:
    """LDR PC is 2 + P, POP with PC 1 + N + P."""
    branch, taken = INDIRECTLY[way]
    body = f"{branch}\n .balign 4\n1: {NARROW}"
    assert cycles(body, STACK) == taken + 1


@pytest.mark.parametrize(
    "table", ["tbb [pc, r1]\n .byte 2, 2", "tbh [pc, r1, lsl #1]\n .short 2, 2"]
)
def test_a_table_branch_is_a_load_and_a_branch(table: str) -> None:
    """2 + P."""
    assert cycles(f"{table}\n .balign 4\n {NARROW}", "movs r1, #0") == 2 + LOADED + 1


def test_a_call_and_its_return() -> None:
    body = "bl 1f\n b 2f\n .balign 4\n1: bx lr\n .balign 4\n2: nop"
    assert cycles(body) == 3 * (1 + DECODED) + 1


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_it_is_folded_and_what_is_skipped_takes_a_cycle(count: int) -> None:
    """An IT behind a 16-bit instruction takes no cycle (note d)."""
    for condition in ("eq", "ne"):
        block = f"it{'t' * (count - 1)} {condition}\n" + f" mul{condition} r1, r2, r3\n" * count
        assert cycles(f"cmp r0, r0\n {block}") == 1 + count


IN_A_CYCLE = [
    "adds r4, #1", "add.w r4, r4, #1", "add r4, r4, r5, ror #7", "mul r4, r5, r4",
    "mla r4, r5, r6, r4", "smull r4, r5, r4, r5", "smlal r4, r5, r6, r7", "umaal r4, r5, r6, r7",
    "smlad r4, r5, r6, r4", "smlald r4, r5, r6, r7", "smmla r4, r5, r6, r4", "ssat r4, #8, r4",
    "qadd r4, r4, r5", "usada8 r4, r5, r6, r4", "bfi r4, r5, #3, #4", "clz r4, r4",
]  # fmt: skip


@pytest.mark.parametrize("body", IN_A_CYCLE)
def test_a_chain_of_integer_instructions_takes_a_cycle_each(body: str) -> None:
    """Multiplies of all kinds too (tables 3-1 and 3-2), also when each needs the one before."""
    assert cycles_each(Core.CORTEX_M4, body, times=24) == 1


@pytest.mark.parametrize("wait_states", [0, 3])
def test_straight_wide_code_is_fetched_as_fast_as_it_runs(wait_states: int) -> None:
    """A word a cycle for an instruction a cycle, wherever it begins."""
    settings = MemoryTiming(wait_states, instruction_cache=True)
    for lead in ("", "nop"):
        few, many = (
            cycles_of(Core.CORTEX_M4, "\n".join([lead] + [WIDE] * count), settings)
            for count in (16, 48)
        )
        assert many - few == 32


@pytest.mark.parametrize("passes", [10, 20])
def test_a_loop_takes_its_instructions_and_a_refill_each_time(passes: int) -> None:
    """The last time the branch falls through."""
    body = f"movs r1, #{passes}\n .balign 4\n1: mul r2, r3, r4\n subs r1, #1\n bne 1b\n nop"
    each = 1 + 1 + 1 + DECODED
    assert cycles(body) == 1 + passes * each - DECODED + 1 + _padding(1)


def _padding(instructions: int) -> int:
    """Cycles of the NOP that aligns what follows an odd number of 16-bit instructions."""
    return instructions % 2
