"""The report on a fault: the registers at the fault, and its status in words."""

from __future__ import annotations

from dataclasses import dataclass

from tinylab.sim.core.emulated_core import EmulatedCore
from tinylab.sim.core.registers import LINK, STACK_POINTER, XPSR
from tinylab.sim.exceptions.fault_status import explain
from tinylab.sim.peripherals.core import scb
from tinylab.sim.peripherals.core.nvic import BUS_FAULT, HARD_FAULT, MEM_MANAGE, USAGE_FAULT
from tinylab.sim.peripherals.core.scb import SCB

NAMES = {
    HARD_FAULT: "HardFault",
    MEM_MANAGE: "MemManage",
    BUS_FAULT: "BusFault",
    USAGE_FAULT: "UsageFault",
}
LOCKUP = "lock-up"


@dataclass(frozen=True)
class FaultReport:
    """Registers before exception entry: `pc` is at the faulting instruction or after it."""

    taken: str
    """`HardFault`, `BusFault`, `UsageFault`; `lock-up` if no handler could be entered."""
    reason: str
    registers: tuple[int, ...]
    """R0 to R12."""
    sp: int
    lr: int
    pc: int
    xpsr: int
    cfsr: int
    hfsr: int
    bfar: int
    mmfar: int

    @property
    def status(self) -> tuple[str, ...]:
        """The bits of HFSR and CFSR, each with its meaning."""
        return explain(self.cfsr, self.hfsr)


@dataclass(frozen=True)
class Context:
    """The registers of the faulting code, read before stacking."""

    registers: tuple[int, ...]
    sp: int
    lr: int
    xpsr: int

    @classmethod
    def of(cls, core: EmulatedCore) -> Context:
        return cls(
            tuple(core.read_register(number) for number in range(13)),
            core.read_register(STACK_POINTER),
            core.read_register(LINK),
            core.read_register(XPSR),
        )


def fault_report(
    taken: int | None, reason: str, context: Context, pc: int, block: SCB
) -> FaultReport:
    """The report on a fault that led to the exception `taken`, None for lock-up."""
    return FaultReport(
        LOCKUP if taken is None else NAMES[taken],
        reason,
        context.registers,
        context.sp,
        context.lr,
        pc,
        context.xpsr,
        *(block.words.get(offset, 0) for offset in (scb.CFSR, scb.HFSR, scb.BFAR, scb.MMFAR)),
    )
