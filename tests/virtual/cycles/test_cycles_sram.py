"""Code that a Cortex-M4 runs from SRAM: instructions and data take turns on the system bus.

The cycles are those of a CC2652 (CMEmu, github.com/mimuw-distributed-systems-group/cmemu, which
publishes them), where its SRAM holds both.
"""

from __future__ import annotations

import pytest

from tests.fakes.assembled_core import MARK, RAM, STACK, AssembledCore, assemble
from tinylab.boards.board import Core

SOURCE = """
    mov.w r10, #{mark:#x}
    mov.w r0, #{ram:#x}
    .balign 16
    ldr r11, [r10]
    .balignw 16, 0xbf00
    {body}
    ldr r11, [r10]
    bkpt 0
"""
ENTRY = RAM + 0x100


def cycles_from_sram(body: str) -> int:
    """Cycles between two marks around `body`."""
    code = assemble(SOURCE.format(mark=MARK, ram=RAM, body=body), Core.CORTEX_M4)
    core = AssembledCore(Core.CORTEX_M4, "nop")
    core.ram.buffer[ENTRY - RAM : ENTRY - RAM + len(code)] = code
    core.core.reset(STACK, ENTRY)
    first, last = core.finish().marks
    return last - first


ON_SILICON = {
    "nop\n nop": 2,
    "add.w r1, r2, r3": 2,
    # a narrow branch to the word behind it
    "b 1f\n nop\n1:": 4,
    "ldr.w r1, [r0]": 2,
    "str.w r1, [r0]\n ldr.w r1, [r0]": 5,
}


@pytest.mark.parametrize("body", ON_SILICON)
def test_each_repetition_takes_as_long_as_on_silicon(body: str) -> None:
    few, many = (cycles_from_sram("\n".join([body] * times)) for times in (16, 48))
    assert (many - few) / 32 == pytest.approx(ON_SILICON[body], abs=0.1)
