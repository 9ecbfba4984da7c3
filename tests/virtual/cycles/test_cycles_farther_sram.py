"""Blocks of SRAM that a Cortex-M4 loads from more slowly, as SRAM2 and SRAM3 of the STM32L4R5.

That they are slower was measured (github.com/mupq/pqm4, pull request 193); how loads in a row
share the wait is inferred from whole programs, see docs/simulation.md.
"""

from __future__ import annotations

import pytest

from tests.fakes import assembled_core
from tests.fakes.assembled_core import cycles_of
from tinylab.boards.board import Core
from tinylab.boards.catalog import by_name

SETUP = """
    mov.w r0, #0x20000000
    add r6, r0, #0x8000
    movs r3, #4
    mov r11, r11
"""


@pytest.fixture(autouse=True)
def _two_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    timing = {**by_name("nucleo_l4r5zi").timing, "farther_sram": 0x2000_8000}
    monkeypatch.setattr(assembled_core, "timing", lambda _core: timing)


@pytest.mark.parametrize(
    ("body", "first", "farther"),
    [
        ("ldr r1, [{0}]", 2, 3),
        ("ldr r1, [{0}]\n ldr r2, [{0}, #4]\n ldr r4, [{0}, #8]", 4, 5),
        ("ldr r1, [{0}]\n mov r2, r3\n ldr r4, [{0}]", 5, 7),
        ("ldr r1, [{0}]\n str r1, [{0}, #4]", 2, 3),
        ("ldm {0}, {{r1, r2}}", 3, 4),
        ("str r1, [{0}]", 1, 1),
        ("stm {0}, {{r1, r2}}", 3, 3),
    ],
)
def test_a_load_from_a_farther_block_waits_a_cycle(body: str, first: int, farther: int) -> None:
    assert cycles_of(Core.CORTEX_M4, body.format("r0"), setup=SETUP) == first
    assert cycles_of(Core.CORTEX_M4, body.format("r6"), setup=SETUP) == farther


def test_loads_from_two_blocks_do_not_overlap() -> None:
    """Measured on an STM32F407: github.com/jnk0le/random, "pipeline cycle test"."""
    assert cycles_of(Core.CORTEX_M4, "ldr r1, [r6]\n ldr r2, [r0]", setup=SETUP) == 3 + 2


def test_only_boards_whose_blocks_were_measured_have_slower_ones() -> None:
    assert by_name("nucleo_l4r5zi").timing["farther_sram"] == 0x2003_0000
    assert by_name("nucleo_wb55rg").timing["farther_sram"] == 1 << 32


ACROSS = """
    movs r5, #3
again:
    mov.w r0, #0x20000000
    add r0, #0x7f80
    movs r6, #60
kinds:
    ldr r1, [r0], #4
    ldr r2, [r0, #8]
    ldrb r3, [r0, #3]
    ldm r0, {r1, r2, r4}
    str r1, [r0, #12]
    subs r6, #1
    bne kinds
    subs r5, #1
    bne again
    bkpt 0
"""


def test_planned_blocks_that_reach_both_count_as_others() -> None:
    """The same block reads from the first, from both and from the farther one, in turn."""
    counts = []
    for no_plans in (0, 1):
        made = assembled_core.AssembledCore(Core.CORTEX_M4, ACROSS)
        made.core._accounting._state["no_plans"] = no_plans
        made.finish()
        counts.append(made.core.cycles)
    assert counts[0] == counts[1]
