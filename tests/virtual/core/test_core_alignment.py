"""Accesses that must be aligned, in assembly on a bare core (see also test_qemu_alignment.py)."""

from __future__ import annotations

import pytest

from tests.fakes.assembled_core import MARK, RAM, AssembledCore
from tinylab.boards.board import Core
from tinylab.sim.core.emulated_core import EmulatorFaultKind, StopReason

CORES = pytest.mark.parametrize("core", list(Core))
START = f"""
    mov.w r0, #{RAM:#x}
    mov.w r5, #{MARK:#x}
    movs r1, #1
    movs r2, #2
"""


def after(core: Core, code: str) -> tuple[StopReason, AssembledCore]:
    made = AssembledCore(core, START + code + "\nbkpt 0")
    return made.run(), made


@CORES
@pytest.mark.parametrize(("name", "offset"), [("strex", 1), ("strex", 2), ("strexh", 1)])
def test_an_exclusive_store_faults_without_an_exclusive_load(
    core: Core, name: str, offset: int
) -> None:
    """ARM DDI 0403, A2.3.2: the address is checked before the monitor."""
    reason, made = after(core, f"adds r0, #{offset}\n movs r3, #9\n {name} r3, r2, [r0]")
    assert reason is StopReason.FAULT
    assert made.core.fault is not None
    assert made.core.fault.kind is EmulatorFaultKind.UNALIGNED
    assert made.core.fault.address == RAM + offset
    assert made.registers[3] == 9


@CORES
def test_what_follows_in_the_it_block_has_not_run(core: Core) -> None:
    """The emulator goes on to the end of the block; registers and memory do not show it."""
    code = """
    adds r3, r0, #2
    movs r4, #0
    cmp r4, #0
    itttt eq
    addeq r4, #1
    strdeq r1, r2, [r3, #4]
    addeq r4, #1
    streq r2, [r0, #16]
    """
    reason, made = after(core, code)
    assert reason is StopReason.FAULT
    assert made.core.fault is not None
    assert made.core.fault.kind is EmulatorFaultKind.UNALIGNED
    assert made.registers[4] == 1
    assert made.registers[3] == RAM + 2
    assert not any(made.ram.buffer[:64])
    it_bits = made.registers[16] & 0x0600_FC00
    assert it_bits == 0x0400_0000  # ITSTATE 0b00000010: EQ, three to go
    assert made.registers[15] == made.core.fault.pc


@CORES
def test_a_literal_that_looks_like_an_it_instruction_is_none(core: Core) -> None:
    """Behind it, an instruction that faults is in no IT block."""
    reason, made = after(core, "adds r0, #1\n b 1f\n .hword 0xbf04\n1: nop\n ldrd r3, r4, [r0]")
    assert reason is StopReason.FAULT
    assert made.registers[16] & 0x0600_FC00 == 0


@CORES
def test_an_access_whose_condition_is_false_does_not_fault(core: Core) -> None:
    reason, _made = after(core, "adds r0, #1\n cmp r1, #0\n it eq\n ldrdeq r3, r4, [r0]")
    assert reason is StopReason.BREAKPOINT


@CORES
@pytest.mark.parametrize("code", ["ldr r3, [r5, #2]", "strh r2, [r5, #1]"])
def test_unaligned_accesses_of_devices(core: Core, code: str) -> None:
    """The M4 divides them (ARM DDI 0439, unaligned accesses); the other cores fault."""
    reason, made = after(core, code)
    if core is Core.CORTEX_M4:
        assert reason is StopReason.BREAKPOINT
    else:
        assert reason is StopReason.FAULT
        assert made.core.fault is not None
        assert made.core.fault.kind is EmulatorFaultKind.UNALIGNED


@CORES
def test_trapping_applies_to_code_that_has_already_run(core: Core) -> None:
    made = AssembledCore(core, START + "adds r0, #1\nagain: ldr r3, [r0]\n bkpt 0\n b again")
    assert made.run() is StopReason.BREAKPOINT
    made.core.trap_unaligned(True)
    made.reset()
    assert made.run() is StopReason.FAULT
    made.core.trap_unaligned(False)
    made.reset()
    assert made.run() is StopReason.BREAKPOINT
