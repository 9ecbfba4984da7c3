"""Registers of an emulated core by their number in DCRSR.REGSEL (ARM DDI 0403, C1.6.3)."""

from __future__ import annotations

import unicorn
from unicorn import arm_const

PROGRAM_COUNTER = 15
XPSR = 16
STACK_POINTER, LINK = 13, 14
FPSCR, FIRST_SINGLE = 33, 64
SPECIAL = 20
"""CONTROL, FAULTMASK, BASEPRI and PRIMASK in one word, a byte each."""

_SPECIAL_FIELDS = (
    (arm_const.UC_ARM_REG_CONTROL, 24),
    (arm_const.UC_ARM_REG_FAULTMASK, 16),
    (arm_const.UC_ARM_REG_BASEPRI, 8),
    (arm_const.UC_ARM_REG_PRIMASK, 0),
)
_NUMBERED = {
    **{n: arm_const.UC_ARM_REG_R0 + n for n in range(13)},
    STACK_POINTER: arm_const.UC_ARM_REG_SP,
    LINK: arm_const.UC_ARM_REG_LR,
    PROGRAM_COUNTER: arm_const.UC_ARM_REG_PC,
    XPSR: arm_const.UC_ARM_REG_XPSR,
    17: arm_const.UC_ARM_REG_MSP,
    18: arm_const.UC_ARM_REG_PSP,
    FPSCR: arm_const.UC_ARM_REG_FPSCR,
    **{FIRST_SINGLE + n: arm_const.UC_ARM_REG_S0 + n for n in range(32)},
}
_THUMB = 1 << 24
"""EPSR.T, always set on an M-profile core."""

IT_STATE = 0x0600_FC00
"""EPSR.IT."""
IPSR_MASK = 0x1FF


def clear_it_state(uc: unicorn.Uc) -> None:
    """Undo what Unicorn 2.1.4 does before hooks of memory accesses inside an IT block.

    It stores the IT bits of the instruction, and never clears them: later instructions
    would be skipped. Translated code needs them nowhere but between blocks.
    """
    xpsr = int(uc.reg_read(arm_const.UC_ARM_REG_XPSR))
    if xpsr & IT_STATE:
        uc.reg_write(arm_const.UC_ARM_REG_XPSR, xpsr & ~IT_STATE)


def program_counter(uc: unicorn.Uc) -> int:
    """The address of the next instruction."""
    return int(uc.reg_read(arm_const.UC_ARM_REG_PC)) & ~1


def masks(uc: unicorn.Uc) -> tuple[int, int, int]:
    """PRIMASK, BASEPRI, FAULTMASK."""
    return (
        int(uc.reg_read(arm_const.UC_ARM_REG_PRIMASK)),
        int(uc.reg_read(arm_const.UC_ARM_REG_BASEPRI)),
        int(uc.reg_read(arm_const.UC_ARM_REG_FAULTMASK)),
    )


def read(uc: unicorn.Uc, number: int) -> int:
    """The register of that number; 0 if there is none."""
    if number == SPECIAL:
        return sum((uc.reg_read(register) & 0xFF) << shift for register, shift in _SPECIAL_FIELDS)
    register = _NUMBERED.get(number)
    return 0 if register is None else int(uc.reg_read(register)) & 0xFFFF_FFFF


def write(uc: unicorn.Uc, number: int, value: int) -> None:
    """Set the register of that number; nothing happens if there is none."""
    if number == SPECIAL:
        # CONTROL last: without privilege the others cannot be written.
        for register, shift in reversed(_SPECIAL_FIELDS):
            uc.reg_write(register, value >> shift & 0xFF)
    elif number == PROGRAM_COUNTER:
        uc.reg_write(arm_const.UC_ARM_REG_PC, value | 1)
    elif number == XPSR:
        uc.reg_write(arm_const.UC_ARM_REG_XPSR, value | _THUMB)
    elif number in _NUMBERED:
        uc.reg_write(_NUMBERED[number], value)


def reset(uc: unicorn.Uc, stack_pointer: int, entry: int) -> None:
    """All registers as after a reset."""
    for number in _NUMBERED:
        write(uc, number, 0)
    write(uc, SPECIAL, 0)
    write(uc, STACK_POINTER, stack_pointer & ~3)
    write(uc, LINK, 0xFFFF_FFFF)
    write(uc, PROGRAM_COUNTER, entry)
