"""The reasons for which an emulated core stops, in the architecture's terms."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import unicorn


class StopReason(StrEnum):
    """Why `Core.run` returned."""

    REQUESTED = "requested"
    BREAKPOINT = "breakpoint"
    """A comparator of `set_breakpoints` or a BKPT instruction; the PC is at it."""
    SLEEP = "sleep"
    """WFI; `run` continues after it."""
    WAIT_FOR_EVENT = "wait for event"
    """WFE; `run` continues after it."""
    INTERRUPT = "interrupt"
    """`service` requests an exception; the PC is at the point of interruption."""
    SUPERVISOR_CALL = "SVC"
    """The PC is after it."""
    EXCEPTION_RETURN = "exception return"
    """The PC is the EXC_RETURN value without its lowest bit."""
    FAULT = "fault"


class EmulatorFaultKind(StrEnum):
    UNDEFINED = "undefined instruction"
    FETCH = "fetch from an address with no memory"
    READ = "read from an address with no memory"
    WRITE = "write to an address with no memory"
    UNALIGNED = "unaligned access"
    NO_COPROCESSOR = "coprocessor that does not exist"
    STACKING = "no memory at the stack pointer while entering an exception"
    UNSTACKING = "no memory at the stack pointer while leaving an exception"
    INVALID_RETURN = "invalid exception return"
    STATE = "jump to an even address"
    OTHER = "fault"


@dataclass(frozen=True)
class EmulatorFault:
    """The fault that stopped the core: its PC, and the accessed address."""

    kind: EmulatorFaultKind
    pc: int
    address: int | None = None

    def __str__(self) -> str:
        where = "" if self.address is None else f", address {self.address:#010x}"
        return f"{self.kind} at pc {self.pc:#010x}{where}"


SVC_EXCEPTION, FETCH_EXCEPTION, BKPT_EXCEPTION, RETURN_EXCEPTION = 2, 3, 7, 8
"""The emulator's numbers (EXCP_* of QEMU's Arm target) of exceptions that are not faults."""

FIRST_RETURN = 0xF000_0000
"""At and above this address, addresses are EXC_RETURN values in handler mode."""

_EXCEPTIONS = {
    1: EmulatorFaultKind.UNDEFINED,
    FETCH_EXCEPTION: EmulatorFaultKind.FETCH,
    4: EmulatorFaultKind.READ,
    RETURN_EXCEPTION: EmulatorFaultKind.INVALID_RETURN,
    17: EmulatorFaultKind.NO_COPROCESSOR,
    18: EmulatorFaultKind.STATE,
    22: EmulatorFaultKind.UNALIGNED,
}
"""The emulator's other exceptions."""

_ERRORS = {
    unicorn.UC_ERR_INSN_INVALID: EmulatorFaultKind.UNDEFINED,
    unicorn.UC_ERR_FETCH_UNMAPPED: EmulatorFaultKind.FETCH,
    unicorn.UC_ERR_FETCH_PROT: EmulatorFaultKind.FETCH,
    unicorn.UC_ERR_READ_UNMAPPED: EmulatorFaultKind.READ,
    unicorn.UC_ERR_READ_PROT: EmulatorFaultKind.READ,
    unicorn.UC_ERR_WRITE_UNMAPPED: EmulatorFaultKind.WRITE,
    unicorn.UC_ERR_WRITE_PROT: EmulatorFaultKind.WRITE,
    unicorn.UC_ERR_READ_UNALIGNED: EmulatorFaultKind.UNALIGNED,
    unicorn.UC_ERR_WRITE_UNALIGNED: EmulatorFaultKind.UNALIGNED,
    unicorn.UC_ERR_FETCH_UNALIGNED: EmulatorFaultKind.STATE,
}


def reason_of_exception(number: int, pc: int, *, handling: int) -> StopReason:
    """The stop reason for an emulator exception at `pc`; `handling` is the exception in progress.

    A branch to an EXC_RETURN value is an exception return only in handler mode (ARM DDI 0403,
    B1.5.8).
    """
    if number == BKPT_EXCEPTION:
        return StopReason.BREAKPOINT
    if number == SVC_EXCEPTION:
        return StopReason.SUPERVISOR_CALL
    if number in (FETCH_EXCEPTION, RETURN_EXCEPTION) and handling and pc >= FIRST_RETURN:
        return StopReason.EXCEPTION_RETURN
    return StopReason.FAULT


def kind_of_exception(number: int) -> EmulatorFaultKind:
    """The fault for an exception of the emulator."""
    return _EXCEPTIONS.get(number, EmulatorFaultKind.OTHER)


def kind_of_error(error: unicorn.UcError) -> EmulatorFaultKind:
    """The fault for an error of the emulator."""
    return _ERRORS.get(error.errno, EmulatorFaultKind.OTHER)
