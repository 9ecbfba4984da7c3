"""Encodings are decoded once for all addresses, and accesses are grouped into spans."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.assembled_core import ENTRY, AssembledCore
from tinylab.boards.board import Core
from tinylab.sim.cycles.decoding.address_plan import Plan, Span, plan_of
from tinylab.sim.cycles.decoding.backward_slice import Observed, foreseen
from tinylab.sim.cycles.decoding.decode import decode_block
from tinylab.sim.cycles.decoding.instruction import Instruction

WIDE = 0xE800
"""The first halfword from which an instruction has 32 bits (ARM DDI 0403, A5.1)."""


@given(
    st.integers(0, 0xFFFF),
    st.integers(0, 0xFFFF),
    st.integers(0, 1 << 20).map(lambda halfwords: 0x800_0000 + 2 * halfwords),
)
def test_an_instruction_means_the_same_at_another_address_unless_relative_to_it(
    first: int, second: int, address: int
) -> None:
    encoding = first.to_bytes(2, "little")
    if first >= WIDE:
        encoding += second.to_bytes(2, "little")
    (elsewhere,) = decode_block(encoding, 0x800_0000).instructions
    (again,) = decode_block(encoding, address).instructions
    decode_block.__globals__["_form"].cache_clear()
    (alone,) = decode_block(encoding, address).instructions
    assert again == alone
    assert again.name == elsewhere.name


def instructions(source: str) -> tuple[Instruction, ...]:
    made = AssembledCore(Core.CORTEX_M4, source + "\n bkpt 0\n")
    offset = ENTRY - made.flash.base
    code = bytes(made.flash.buffer[offset : offset + 4 * len(source.splitlines()) + 2])
    return decode_block(code, ENTRY, shortest=2).instructions


def plan(source: str) -> Plan | None:
    block = instructions(source)
    steps = foreseen(tuple(Observed(instruction, False) for instruction in block))
    return None if steps is None else plan_of(steps, block)


def test_adjacent_accesses_at_one_register_are_one_span() -> None:
    made = plan("ldr r0, [r7], #4\nldrh r1, [r7, #2]\nldrb r2, [r7, #100]\nstr r2, [r7]\nb .")
    assert made is not None
    assert made.spans == (
        Span(7, store=False, aligned=0, places=7, size=8, first=0),
        Span(7, store=False, aligned=0, places=4, size=1, first=104),
        Span(7, store=True, aligned=0, places=7, size=4, first=4),
    )
    assert [note.shift for note in made.notes] == [0, 0, 1, 2]
    assert made.last_load == 2


def test_what_is_computed_has_a_span_of_its_own() -> None:
    made = plan("add r3, r7, r1, lsl #2\nldr r0, [r3, #4]\nldr r1, [r7, r1, lsl #2]\nb .")
    assert made is not None
    (span,) = made.spans
    assert (span.first, span.size) == (0, 8)
    assert len(made.computing) == 3  # two registers, and their sum once


@pytest.mark.parametrize(
    "source",
    [
        "str r1, [r7]\nstrb r2, [r7, #1]\nldr r0, [r7]\nldr r1, [r0]\nb .",
        "it eq\nldreq r0, [r7]\nb .",
        "\n".join(f"ldr r0, [r7, #{64 * number}]" for number in range(21)) + "\nb .",
    ],
    ids=["partly stored before", "conditional", "too many spans"],
)
def test_other_blocks_have_no_plan(source: str) -> None:
    assert plan(source) is None
