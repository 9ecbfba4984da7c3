"""Decodes a fault: the stacked registers and the fault status registers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from tinylab.errors import LinkError

CFSR, HFSR, MMFAR, BFAR = 0xE000ED28, 0xE000ED2C, 0xE000ED34, 0xE000ED38
"""ARM DDI 0403E, B3.2.15 to B3.2.18; the same in Armv8-M (ARM DDI 0553)."""
EXCEPTIONS = {
    2: "NMI",
    3: "HardFault",
    4: "MemManage fault",
    5: "BusFault",
    6: "UsageFault",
    7: "SecureFault",
    11: "SVCall",
    12: "debug monitor",
    14: "PendSV",
    15: "SysTick",
}
FAULTS = range(3, 8)
FIRST_INTERRUPT = 16
IPSR = 0x1FF
STACKED = ("r0", "r1", "r2", "r3", "r12", "lr", "pc", "xpsr")
"""From the stack pointer up (B1.5.6)."""
EXC_RETURN_MARK, FROM_PSP, NO_FPU_STATE = 0xFF00_0000, 1 << 2, 1 << 4
BASIC_FRAME, EXTENDED_FRAME, ALIGNED, ALIGNMENT = 32, 104, 1 << 9, 4
"""Frame sizes in bytes, and the bit of the stacked xPSR that marks 4 bytes of padding (B1.5.7)."""
MMARVALID, BFARVALID = 1 << 7, 1 << 15

CFSR_BITS = {
    0: ("IACCVIOL", "an instruction was fetched from a region without execute permission"),
    1: ("DACCVIOL", "data was accessed in a region without permission"),
    3: ("MUNSTKERR", "the stack could not be read on exception return"),
    4: ("MSTKERR", "the stack could not be written on exception entry: stack overflow"),
    5: ("MLSPERR", "floating-point registers could not be saved"),
    8: ("IBUSERR", "an instruction was fetched from an address without memory"),
    9: ("PRECISERR", "an access to an address without memory"),
    10: ("IMPRECISERR", "a write to an address without memory; pc is a few instructions past it"),
    11: ("UNSTKERR", "the stack could not be read on exception return"),
    12: ("STKERR", "the stack could not be written on exception entry: stack overflow"),
    13: ("LSPERR", "floating-point registers could not be saved"),
    16: ("UNDEFINSTR", "an undefined instruction"),
    17: ("INVSTATE", "a jump to an even address: a bad function pointer"),
    18: ("INVPC", "an invalid exception return: the stack may be overwritten"),
    19: ("NOCP", "a floating-point instruction while the FPU is disabled (CPACR)"),
    20: ("STKOF", "a stack overflow"),
    24: ("UNALIGNED", "an unaligned access"),
    25: ("DIVBYZERO", "a division by zero"),
}
HFSR_BITS = {
    1: ("VECTTBL", "the vector table could not be read"),
    30: ("FORCED", "escalated: the fault's own handler was disabled or its priority too low"),
    31: ("DEBUGEVT", "a breakpoint without a debugger"),
}


class HaltedCore(Protocol):
    """A debug connection to a halted core."""

    def read_core_register(self, name: str) -> int: ...

    def read_words(self, address: int, count: int) -> tuple[int, ...]: ...


@dataclass(frozen=True)
class Fault:
    """A fault, as read while the core is in its handler.

    `registers` are those of the code that faulted, without the stacked ones if the stack
    cannot be read. `address` is the faulting address if the core recorded it, else None.
    """

    exception: str
    registers: dict[str, int]
    cfsr: int
    hfsr: int
    address: int | None

    @property
    def pc(self) -> int | None:
        return self.registers.get("pc")

    @property
    def causes(self) -> tuple[str, ...]:
        """The status bits by name, each with its meaning: `UNALIGNED: an unaligned access`."""
        named = [
            *(words for bit, words in CFSR_BITS.items() if self.cfsr >> bit & 1),
            *(words for bit, words in HFSR_BITS.items() if self.hfsr >> bit & 1),
        ]
        return tuple(f"{name}: {meaning}" if meaning else name for name, meaning in named)


def exception_name(number: int) -> str:
    """`SysTick` for 15, `interrupt 28` for 44."""
    if number >= FIRST_INTERRUPT:
        return f"interrupt {number - FIRST_INTERRUPT}"
    return EXCEPTIONS.get(number, f"exception {number}")


def fault_of(link: HaltedCore, *, locked_up: bool = False) -> Fault | None:
    """The fault whose handler the halted core executes; None when it is not in a fault handler.

    A core that is `locked_up` faulted again inside a fault handler. Raises LinkError.
    """
    number = link.read_core_register("xpsr") & IPSR
    if number not in FAULTS and not locked_up:
        return None
    cfsr, hfsr = link.read_words(CFSR, 2)
    mmfar, bfar = link.read_words(MMFAR, 2)
    address = bfar if cfsr & BFARVALID else mmfar if cfsr & MMARVALID else None
    registers = {name: link.read_core_register(name) for name in ("sp", "lr")}
    if registers["lr"] & EXC_RETURN_MARK == EXC_RETURN_MARK:
        registers = _stacked(link, registers["lr"]) or registers
    name = exception_name(number) if number in FAULTS else "lock-up"
    if locked_up:
        name = f"lock-up in {exception_name(number)}" if number else "lock-up"
    return Fault(name, registers, cfsr, hfsr, address)


def _stacked(link: HaltedCore, exc_return: int) -> dict[str, int] | None:
    frame = link.read_core_register("psp" if exc_return & FROM_PSP else "msp")
    try:
        words = link.read_words(frame & ~3, len(STACKED))
    except LinkError:
        return None
    registers = dict(zip(STACKED, words, strict=True))
    return {**registers, "sp": frame_end(frame, exc_return, registers["xpsr"])}


def frame_end(frame: int, exc_return: int, xpsr: int) -> int:
    """The stack pointer before the frame was pushed, and after the exception returns."""
    size = BASIC_FRAME if exc_return & NO_FPU_STATE else EXTENDED_FRAME
    return frame + size + (ALIGNMENT if xpsr & ALIGNED else 0)
