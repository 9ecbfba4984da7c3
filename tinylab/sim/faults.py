"""Why an emulated core stopped, in words of the architecture."""

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
    """WFI: nothing can wake the core; `run` goes on behind it."""
    FAULT = "fault"


class FaultKind(StrEnum):
    UNDEFINED = "undefined instruction"
    FETCH = "fetch from an address with no memory"
    READ = "read from an address with no memory"
    WRITE = "write to an address with no memory"
    UNALIGNED = "unaligned access"
    NO_COPROCESSOR = "coprocessor that is not there"
    SUPERVISOR_CALL = "SVC, and exceptions are not emulated"
    EXCEPTION_RETURN = "exception return, and exceptions are not emulated"
    STATE = "jump to an even address"
    OTHER = "fault"


@dataclass(frozen=True)
class Fault:
    """What stopped the core: where it stood, and the address it wanted."""

    kind: FaultKind
    pc: int
    address: int | None = None

    def __str__(self) -> str:
        where = "" if self.address is None else f", address {self.address:#010x}"
        return f"{self.kind} at pc {self.pc:#010x}{where}"


BKPT_EXCEPTION = 7
"""The emulator's number for BKPT."""

_EXCEPTIONS = {
    1: FaultKind.UNDEFINED,
    2: FaultKind.SUPERVISOR_CALL,
    3: FaultKind.FETCH,
    4: FaultKind.READ,
    8: FaultKind.EXCEPTION_RETURN,
    17: FaultKind.NO_COPROCESSOR,
    18: FaultKind.STATE,
    22: FaultKind.UNALIGNED,
}
"""The emulator's other exceptions (EXCP_* of QEMU's Arm target)."""

_ERRORS = {
    unicorn.UC_ERR_INSN_INVALID: FaultKind.UNDEFINED,
    unicorn.UC_ERR_FETCH_UNMAPPED: FaultKind.FETCH,
    unicorn.UC_ERR_FETCH_PROT: FaultKind.FETCH,
    unicorn.UC_ERR_READ_UNMAPPED: FaultKind.READ,
    unicorn.UC_ERR_READ_PROT: FaultKind.READ,
    unicorn.UC_ERR_WRITE_UNMAPPED: FaultKind.WRITE,
    unicorn.UC_ERR_WRITE_PROT: FaultKind.WRITE,
    unicorn.UC_ERR_READ_UNALIGNED: FaultKind.UNALIGNED,
    unicorn.UC_ERR_WRITE_UNALIGNED: FaultKind.UNALIGNED,
    unicorn.UC_ERR_FETCH_UNALIGNED: FaultKind.STATE,
}


def kind_of_exception(number: int) -> FaultKind:
    """What an exception of the emulator is."""
    return _EXCEPTIONS.get(number, FaultKind.OTHER)


def kind_of_error(error: unicorn.UcError) -> FaultKind:
    """What an error of the emulator is."""
    return _ERRORS.get(error.errno, FaultKind.OTHER)
