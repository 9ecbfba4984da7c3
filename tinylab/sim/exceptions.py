"""Fault exceptions: what the core does when an instruction cannot be carried out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from tinylab.sim.core import Core, Fault, FaultKind
from tinylab.sim.peripherals.scb import BFAR, CFSR, HFSR, SCB, SHCSR

HARD_FAULT, BUS_FAULT, USAGE_FAULT = 3, 5, 6
ENABLES = {BUS_FAULT: 1 << 17, USAGE_FAULT: 1 << 18}
"""SHCSR.BUSFAULTENA and USGFAULTENA."""
IBUSERR, PRECISERR, BFARVALID = 1 << 8, 1 << 9, 1 << 15
UNDEFINSTR, INVSTATE, INVPC, NOCP, UNALIGNED = (1 << bit for bit in (16, 17, 18, 19, 24))
FORCED = 1 << 30

CAUSES = {
    FaultKind.FETCH: (BUS_FAULT, IBUSERR),
    FaultKind.READ: (BUS_FAULT, PRECISERR | BFARVALID),
    FaultKind.WRITE: (BUS_FAULT, PRECISERR | BFARVALID),
    FaultKind.UNDEFINED: (USAGE_FAULT, UNDEFINSTR),
    FaultKind.STATE: (USAGE_FAULT, INVSTATE),
    FaultKind.EXCEPTION_RETURN: (USAGE_FAULT, INVPC),
    FaultKind.NO_COPROCESSOR: (USAGE_FAULT, NOCP),
    FaultKind.UNALIGNED: (USAGE_FAULT, UNALIGNED),
}
"""Exception and CFSR bits by kind of fault (ARM DDI 0403, B3.2.15)."""
OTHER_CAUSE = (USAGE_FAULT, UNDEFINSTR)

SP, LR, PC, XPSR, SPECIAL = 13, 14, 15, 16, 20
STACKED = (0, 1, 2, 3, 12, LR)
IPSR_MASK = 0x1FF
STACK_ALIGNED = 1 << 9
BASIC_FRAME, EXTENDED_FRAME = 32, 104
CONTROL_SPSEL, CONTROL_FPCA = 1 << 25, 1 << 26
EXC_RETURN, TO_PSP, TO_THREAD, BASIC = 0xFFFF_FFE1, 1 << 2, 1 << 3, 1 << 4


class MemoryAccess(Protocol):
    """How the exception logic reaches memory; None and False where there is none."""

    def read_memory(self, address: int, size: int) -> bytes | None: ...
    def write_memory(self, address: int, data: bytes) -> bool: ...


@dataclass(frozen=True)
class FaultEntry:
    """Takes fault exceptions for a core (ARM DDI 0403, B1.5.6 to B1.5.14).

    Bus and usage faults go to their handlers when SHCSR enables them, else to HardFault.
    Not emulated: MemManage, priorities, what is not a fault, and returning from a handler.
    """

    core: Core
    scb: SCB
    memory: MemoryAccess

    @property
    def active(self) -> int:
        """The exception being handled, 0 for none."""
        return self.core.read_register(XPSR) & IPSR_MASK

    def take(self, fault: Fault) -> bool:
        """Enter the handler; False when there is none to enter: the core locks up."""
        exception, status = CAUSES.get(fault.kind, OTHER_CAUSE)
        self.scb.set_bits(CFSR, status)
        if fault.address is not None and status & BFARVALID:
            self.scb.words[BFAR] = fault.address
        if self.active == HARD_FAULT:
            return False
        enabled = self.scb.words.get(SHCSR, 0) & ENABLES[exception]
        if not enabled or self.active:
            exception = HARD_FAULT
            self.scb.set_bits(HFSR, FORCED)
        return self._enter(exception, fault.pc)

    def _enter(self, exception: int, pc: int) -> bool:
        core = self.core
        special, thread = core.read_register(SPECIAL), not self.active
        vector = self.memory.read_memory(self.scb.vector_table + 4 * exception, 4)
        if vector is None or not self._push_frame(pc, extended=bool(special & CONTROL_FPCA)):
            return False
        back = EXC_RETURN
        back |= 0 if special & CONTROL_FPCA else BASIC
        back |= TO_THREAD if thread else 0
        back |= TO_PSP if thread and special & CONTROL_SPSEL else 0
        core.write_register(SPECIAL, special & ~CONTROL_FPCA)
        core.write_register(XPSR, exception)
        core.write_register(LR, back)
        core.write_register(PC, int.from_bytes(vector, "little"))
        return True

    def _push_frame(self, pc: int, *, extended: bool) -> bool:
        """Eight words below the stack, and room for the floating-point registers if wanted."""
        core = self.core
        stack = core.read_register(SP)
        frame = stack - (EXTENDED_FRAME if extended else BASIC_FRAME) & ~7
        xpsr = core.read_register(XPSR) & ~STACK_ALIGNED | (STACK_ALIGNED if stack & 4 else 0)
        words = [*(core.read_register(number) for number in STACKED), pc, xpsr]
        content = b"".join(word.to_bytes(4, "little") for word in words)
        if frame < 0 or not self.memory.write_memory(frame, content):
            return False
        core.write_register(SP, frame)
        return True
