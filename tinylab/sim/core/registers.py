"""Registers of an emulated core by their number in DCRSR.REGSEL (ARM DDI 0403, C1.6.3)."""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Sequence
from functools import cache

import unicorn
from unicorn import arm_const
from unicorn.unicorn_py3.unicorn import uclib

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
_SPECIAL_REGISTERS = tuple(register for register, _ in _SPECIAL_FIELDS)
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


_registers_of = ctypes.PyDLL(uclib._name, handle=uclib._handle)
"""Unicorn's library, called without releasing the GIL: such calls are short, and several boards
would otherwise wait for it at each of the many stores into flash."""


def _get(uc: unicorn.Uc, register: int) -> int:
    """`uc.reg_read` without its overhead for determining types."""
    value = ctypes.c_uint64()
    _registers_of.uc_reg_read(uc._uch, register, ctypes.byref(value))
    return value.value & 0xFFFF_FFFF


def _put(uc: unicorn.Uc, register: int, value: int) -> None:
    _registers_of.uc_reg_write(uc._uch, register, ctypes.byref(ctypes.c_uint64(value)))


class _Batch:
    """Several registers in one call; exceptions save and restore many."""

    def __init__(self, registers: tuple[int, ...]) -> None:
        count = len(registers)
        self.registers = (ctypes.c_int * count)(*registers)
        self.values = (ctypes.c_uint64 * count)()
        first, size = ctypes.addressof(self.values), ctypes.sizeof(ctypes.c_uint64)
        self.pointers = (ctypes.c_void_p * count)(*(first + size * i for i in range(count)))

    def read(self, uc: unicorn.Uc) -> list[int]:
        _registers_of.uc_reg_read_batch(uc._uch, self.registers, self.pointers, len(self.registers))
        return [value & 0xFFFF_FFFF for value in self.values]

    def write(self, uc: unicorn.Uc, values: Sequence[int]) -> None:
        self.values[:] = list(values)
        count = len(self.registers)
        _registers_of.uc_reg_write_batch(uc._uch, self.registers, self.pointers, count)


@cache
def _batch(_thread: int, registers: tuple[int, ...]) -> _Batch:
    """One per thread, as its values are in use during a call."""
    return _Batch(registers)


@cache
def _registers(numbers: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(_NUMBERED[number] for number in numbers)


def read_many(uc: unicorn.Uc, numbers: tuple[int, ...]) -> list[int]:
    """Registers by number; SPECIAL is not among them."""
    return _batch(threading.get_ident(), _registers(numbers)).read(uc)


def write_many(uc: unicorn.Uc, numbers: tuple[int, ...], values: Sequence[int]) -> None:
    """Set general-purpose and floating-point registers by number."""
    _batch(threading.get_ident(), _registers(numbers)).write(uc, values)


def clear_it_state(uc: unicorn.Uc) -> None:
    """Undo a change that Unicorn 2.1.4 makes before memory hooks inside an IT block.

    It stores the IT bits of the instruction, and never clears them: later instructions
    would be skipped. Translated code needs them only between blocks.
    """
    xpsr = _get(uc, arm_const.UC_ARM_REG_XPSR)
    if xpsr & IT_STATE:
        _put(uc, arm_const.UC_ARM_REG_XPSR, xpsr & ~IT_STATE)


def program_counter(uc: unicorn.Uc) -> int:
    """The address of the next instruction."""
    return _get(uc, arm_const.UC_ARM_REG_PC) & ~1


def masks(uc: unicorn.Uc) -> tuple[int, int, int]:
    """PRIMASK, BASEPRI, FAULTMASK."""
    return (
        _get(uc, arm_const.UC_ARM_REG_PRIMASK),
        _get(uc, arm_const.UC_ARM_REG_BASEPRI),
        _get(uc, arm_const.UC_ARM_REG_FAULTMASK),
    )


def read(uc: unicorn.Uc, number: int) -> int:
    """The register with that number; 0 if there is none."""
    if number == SPECIAL:
        control, faultmask, basepri, primask = _batch(
            threading.get_ident(), _SPECIAL_REGISTERS
        ).read(uc)
        return (control & 0xFF) << 24 | (faultmask & 0xFF) << 16 | basepri << 8 | primask
    register = _NUMBERED.get(number)
    return 0 if register is None else _get(uc, register)


def write(uc: unicorn.Uc, number: int, value: int) -> None:
    """Set the register with that number; ignored if there is none."""
    if number == SPECIAL:
        # CONTROL last: without privilege the others cannot be written.
        for register, shift in reversed(_SPECIAL_FIELDS):
            _put(uc, register, value >> shift & 0xFF)
    elif number == PROGRAM_COUNTER:
        _put(uc, arm_const.UC_ARM_REG_PC, value | 1)
    elif number == XPSR:
        _put(uc, arm_const.UC_ARM_REG_XPSR, value | _THUMB)
    elif number in _NUMBERED:
        _put(uc, _NUMBERED[number], value)


def reset(uc: unicorn.Uc, stack_pointer: int, entry: int) -> None:
    """All registers as after a reset."""
    for number in _NUMBERED:
        write(uc, number, 0)
    write(uc, SPECIAL, 0)
    write(uc, STACK_POINTER, stack_pointer & ~3)
    write(uc, LINK, 0xFFFF_FFFF)
    write(uc, PROGRAM_COUNTER, entry)
