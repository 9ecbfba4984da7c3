"""The exception and status bits of each fault, and the meaning of the bits."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntFlag

from tinylab.sim.core.faults import EmulatorFaultKind
from tinylab.sim.peripherals.core.nvic import BUS_FAULT, USAGE_FAULT


class CFSR(IntFlag):
    """Configurable fault status (ARM DDI 0403, B3.2.15)."""

    IACCVIOL = 1 << 0
    DACCVIOL = 1 << 1
    MUNSTKERR = 1 << 3
    MSTKERR = 1 << 4
    MLSPERR = 1 << 5
    MMARVALID = 1 << 7
    IBUSERR = 1 << 8
    PRECISERR = 1 << 9
    IMPRECISERR = 1 << 10
    UNSTKERR = 1 << 11
    STKERR = 1 << 12
    LSPERR = 1 << 13
    BFARVALID = 1 << 15
    UNDEFINSTR = 1 << 16
    INVSTATE = 1 << 17
    INVPC = 1 << 18
    NOCP = 1 << 19
    STKOF = 1 << 20
    UNALIGNED = 1 << 24
    DIVBYZERO = 1 << 25


class HFSR(IntFlag):
    """HardFault status (ARM DDI 0403, B3.2.16)."""

    VECTTBL = 1 << 1
    FORCED = 1 << 30
    DEBUGEVT = 1 << 31


WORDS: Mapping[CFSR | HFSR, str] = {
    CFSR.IACCVIOL: "instruction fetch that the MPU forbids",
    CFSR.DACCVIOL: "data access that the MPU forbids",
    CFSR.MUNSTKERR: "MPU violation while leaving an exception",
    CFSR.MSTKERR: "MPU violation while entering an exception",
    CFSR.MLSPERR: "MPU violation while saving floating-point registers",
    CFSR.MMARVALID: "MMFAR holds the address",
    CFSR.IBUSERR: "instruction fetch from an address with no memory",
    CFSR.PRECISERR: "data access to an address with no memory",
    CFSR.IMPRECISERR: "data access to an address with no memory, some instructions ago",
    CFSR.UNSTKERR: "no memory at the stack pointer while leaving an exception",
    CFSR.STKERR: "no memory at the stack pointer while entering an exception",
    CFSR.LSPERR: "no memory while saving floating-point registers",
    CFSR.BFARVALID: "BFAR holds the address",
    CFSR.UNDEFINSTR: "undefined instruction",
    CFSR.INVSTATE: "jump to an even address, which is not Thumb code",
    CFSR.INVPC: "return from an exception with an invalid EXC_RETURN",
    CFSR.NOCP: "coprocessor instruction while the coprocessor is disabled or missing",
    CFSR.STKOF: "stack below its limit",
    CFSR.UNALIGNED: "unaligned access",
    CFSR.DIVBYZERO: "division by zero",
    HFSR.VECTTBL: "the vector table cannot be read",
    HFSR.FORCED: "escalated: the fault's own handler is disabled or cannot preempt",
    HFSR.DEBUGEVT: "breakpoint with no debugger attached",
}

CAUSES: Mapping[EmulatorFaultKind, tuple[int, CFSR]] = {
    EmulatorFaultKind.FETCH: (BUS_FAULT, CFSR.IBUSERR),
    EmulatorFaultKind.READ: (BUS_FAULT, CFSR.PRECISERR | CFSR.BFARVALID),
    EmulatorFaultKind.WRITE: (BUS_FAULT, CFSR.PRECISERR | CFSR.BFARVALID),
    EmulatorFaultKind.STACKING: (BUS_FAULT, CFSR.STKERR),
    EmulatorFaultKind.UNSTACKING: (BUS_FAULT, CFSR.UNSTKERR),
    EmulatorFaultKind.UNDEFINED: (USAGE_FAULT, CFSR.UNDEFINSTR),
    EmulatorFaultKind.STATE: (USAGE_FAULT, CFSR.INVSTATE),
    EmulatorFaultKind.INVALID_RETURN: (USAGE_FAULT, CFSR.INVPC),
    EmulatorFaultKind.NO_COPROCESSOR: (USAGE_FAULT, CFSR.NOCP),
    EmulatorFaultKind.UNALIGNED: (USAGE_FAULT, CFSR.UNALIGNED),
    EmulatorFaultKind.OTHER: (USAGE_FAULT, CFSR.UNDEFINSTR),
}
"""Exception and CFSR bits by kind of fault."""


def explain(cfsr: int, hfsr: int) -> tuple[str, ...]:
    """Each set bit as `NAME: words`."""
    return tuple(
        f"{flag.name}: {words}"
        for flag, words in WORDS.items()
        if flag & (hfsr if isinstance(flag, HFSR) else cfsr)
    )
