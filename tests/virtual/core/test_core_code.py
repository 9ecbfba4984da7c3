"""Code that changes, and stores into flash."""

from __future__ import annotations

import pytest

from tests.fakes.assembled_core import ENTRY, FLASH, RAM, AssembledCore, assemble
from tinylab.boards.board import Core
from tinylab.sim.core.emulated_core import StopReason

LOAD_ONE, LOAD_TWO = bytes.fromhex("0121"), bytes.fromhex("0221")
"""movs r1, #1 and movs r1, #2."""
PC = 15


def test_code_that_was_reprogrammed_runs_and_is_timed_as_it_is_now() -> None:
    made = AssembledCore(Core.CORTEX_M4, "movs r1, #1\n bkpt 0").finish()
    first = made.core.cycles
    body = assemble("sdiv r1, r2, r3\n movs r1, #2\n bkpt 0", Core.CORTEX_M4)
    made.flash.buffer[ENTRY - FLASH : ENTRY - FLASH + len(body)] = body
    made.core.code_changed(ENTRY, len(body))
    made.reset()
    made.finish()
    assert made.core.read_register(1) == 2
    assert made.core.cycles - first > first


def test_code_of_flash_can_change_itself_while_it_runs() -> None:
    """As a flash algorithm that erases what it came from: what it runs next is new."""
    source = """
    mov.w r0, #0x40000000
    movs r2, #2
1:  movs r1, #1
    str r1, [r0]
    subs r2, #1
    bne 1b
    bkpt 0
"""
    made = AssembledCore(Core.CORTEX_M4, source)
    position = bytes(made.flash.buffer).index(LOAD_ONE)
    seen: list[int] = []

    def reprogram(_address: int, value: int) -> None:
        seen.append(value)
        made.flash.buffer[position : position + 2] = LOAD_TWO
        made.core.code_changed(FLASH + position, 2)

    made.on_write = reprogram
    made.finish()
    assert seen == [1, 2]


def test_code_in_ram_that_the_core_itself_wrote_is_timed_as_it_is_now() -> None:
    """Copies code to RAM, runs it, overwrites it with slower code, runs that."""
    source = """
    mov.w r4, #0x20000000
    movs r2, #1
    movs r3, #1
    adr r0, fast
    bl copy
    mov.w r10, #0x40000000
    add r5, r4, #1
    .balign 8
    ldr r11, [r10]
    blx r5
    ldr r11, [r10]
    adr r0, slow
    bl copy
    nop
    .balign 8
    ldr r11, [r10]
    blx r5
    ldr r11, [r10]
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
    marks = AssembledCore(Core.CORTEX_M4, source).finish().marks
    assert (marks[3] - marks[2]) - (marks[1] - marks[0]) == 5 - 2


def test_code_in_ram_takes_longer_than_in_flash_without_wait_states() -> None:
    """Its words, three of them here, come over the system bus, a cycle later each."""
    source = """
    mov.w r4, #0x20000000
    adr r0, code
    ldr r1, [r0]
    str r1, [r4]
    ldr r1, [r0, #4]
    str r1, [r4, #4]
    ldr r1, [r0, #8]
    str r1, [r4, #8]
    mov.w r10, #0x40000000
    add r5, r4, #1
    add r6, r0, #1
    .balign 8
    ldr r11, [r10]
    blx r5
    ldr r11, [r10]
    .balign 8
    ldr r11, [r10]
    blx r6
    ldr r11, [r10]
    bkpt 0
    .balign 4
code:
    .rept 2
    add.w r1, r2, r3
    .endr
    bx lr
    nop
"""
    marks = AssembledCore(Core.CORTEX_M4, source).finish().marks
    assert marks[1] - marks[0] == marks[3] - marks[2] + 3


PROGRAM = f"""
    mov.w r0, #{FLASH:#x}
    add r0, #0x4000
    mvn r1, #0xF0
    str r1, [r0]
    ldr r2, [r0, #4]
    b 1f
1:  ldr r3, [r0]
    bkpt 0
"""


def test_stores_into_flash_go_to_the_flash_controller() -> None:
    made = AssembledCore(Core.CORTEX_M4, PROGRAM)
    stores: list[tuple[int, int, int]] = []

    def program(address: int, size: int, value: int) -> None:
        stores.append((address, size, value))
        offset = address - FLASH
        made.flash.buffer[offset : offset + size] = value.to_bytes(size, "little")

    made.on_flash_write = program
    made.finish()
    assert stores == [(FLASH + 0x4000, 4, 0xFFFF_FF0F)]
    assert made.core.read_register(3) == 0xFFFF_FF0F


@pytest.mark.parametrize("name", [Core.CORTEX_M4, Core.CORTEX_M7, Core.CORTEX_M33])
def test_a_store_that_the_flash_controller_refuses_leaves_flash_as_it_was(name: Core) -> None:
    made = AssembledCore(name, PROGRAM)
    made.finish()
    assert made.flash.buffer[0x4000:0x4004] == b"\xff" * 4
    assert made.core.read_register(3) == 0xFFFF_FFFF


def test_a_conditional_store_into_flash_leaves_the_code_behind_it_alone() -> None:
    source = f"""
    mov.w r0, #{FLASH:#x}
    add r0, #0x4000
    cmp r3, r3
    itett eq
    addeq r2, #1
    strne r1, [r0, #4]
    streq r1, [r0]
    addeq r2, #2
    .rept 12
    adds r4, #1
    .endr
    b 1f
1:  adds r4, #1
    bkpt 0
"""
    made = AssembledCore(Core.CORTEX_M4, source)
    stores: list[int] = []
    made.on_flash_write = lambda address, _size, _value: stores.append(address)
    made.finish()
    assert stores == [FLASH + 0x4000]
    assert (made.core.read_register(2), made.core.read_register(4)) == (3, 13)


def test_code_that_never_ran_may_change_without_a_word() -> None:
    made = AssembledCore(Core.CORTEX_M4, "b 1f\n nop\n nop\n1: bkpt 0")
    made.flash.buffer[ENTRY - FLASH + 6 : ENTRY - FLASH + 8] = LOAD_TWO
    made.flash.buffer[ENTRY - FLASH + 8 : ENTRY - FLASH + 10] = bytes.fromhex("00be")
    made.core.code_changed(ENTRY + 6, 4)
    assert made.run() is StopReason.BREAKPOINT
    assert made.core.read_register(PC) == ENTRY + 8
    assert made.core.read_register(1) == 2


def test_the_debugger_can_put_code_into_ram_and_run_it_again_and_again() -> None:
    made = AssembledCore(Core.CORTEX_M7, "bkpt 0")
    for value in range(1, 6):
        made.ram.buffer[:4] = bytes([value, 0x21, 0x00, 0xBE])
        made.core.code_changed(RAM, 4)
        made.core.write_register(PC, RAM)
        made.finish()
        assert made.core.read_register(1) == value
