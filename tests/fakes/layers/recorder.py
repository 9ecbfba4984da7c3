"""Records each access to data that an image makes in the bare emulator."""

from __future__ import annotations

import itertools
import struct

import numpy as np
import numpy.typing as npt
import unicorn
from unicorn import arm_const
from unicorn.unicorn_py3.unicorn import uclib

from tests.fakes.assembled_core import MARK
from tests.fakes.qemu import FLASH_SIZE, RAM_SIZE, Image
from tinylab.sim.core import registers
from tinylab.sim.core.emulated_core import MODELS
from tinylab.sim.core.registers import IT_STATE
from tinylab.sim.cycles.compiled.native_calls import (
    add_hook,
    address_of,
    call_read_register,
    engine_address,
)
from tinylab.sim.cycles.compiled.numba_setup import carray, numba, types

MOST = 6_000_000
"""Accesses of one image."""
SIZE_BIT, WRITE_BIT = 32, 40
COUNT, ENGINE, READ_REGISTER, WRITE_REGISTER, VALUE, HEADER = range(6)
"""Words before the accesses: how many there are, addresses of Unicorn, memory for a register."""
_XPSR = arm_const.UC_ARM_REG_XPSR
_SIGNATURE = types.void(
    types.voidptr, types.uint32, types.uint64, types.uint32, types.int64, types.voidptr
)


@numba.cfunc(_SIGNATURE, cache=True)
def _record(_uc: int, kind: int, address: int, size: int, _value: int, to: int) -> None:
    events = carray(to, (HEADER + MOST,), dtype=np.int64)
    count = events[COUNT]
    if count < MOST:
        is_write = np.int64(kind == unicorn.UC_MEM_WRITE)
        event = np.int64(address) | np.int64(size) << SIZE_BIT | is_write << WRITE_BIT
        events[HEADER + count] = event
        events[COUNT] = count + 1
    # As `registers.clear_it_state`.
    at = events.ctypes.data + 8 * VALUE
    call_read_register(events[READ_REGISTER], events[ENGINE], _XPSR, at)
    if events[VALUE] & IT_STATE:
        events[VALUE] &= ~IT_STATE
        call_read_register(events[WRITE_REGISTER], events[ENGINE], _XPSR, at)


class Accesses:
    """Of one image or step, in order: arrays of addresses, sizes and whether they are writes."""

    def __init__(self, events: npt.NDArray[np.int64]) -> None:
        self._events = events
        self.addresses = events & 0xFFFF_FFFF
        self.sizes = events >> SIZE_BIT & 0xFF
        self.are_writes = (events >> WRITE_BIT).astype(bool)

    def between_marks(self) -> list[Accesses]:
        """Those before each read of MARK but the first, since the one before."""
        marks = np.flatnonzero(self.addresses == MARK)
        return [Accesses(self._events[first + 1 : end]) for first, end in itertools.pairwise(marks)]


def recorded(image: Image) -> Accesses:
    """The accesses of the whole image, which must set its word `finished` to 1.

    Unmapped memory is an error. It runs twice: memory must be the same without the recorder.
    """
    events = np.zeros(HEADER + MOST, np.int64)
    memory = _run(image, events)
    assert memory == _run(image, None)
    assert image.words(memory, "finished", 1) == 1
    count = int(events[COUNT])
    assert count < MOST, "too large a network to record"
    return Accesses(events[HEADER : HEADER + count].copy())


def _run(image: Image, events: npt.NDArray[np.int64] | None) -> bytes:
    """RAM at the end."""
    machine = image.machine
    uc = unicorn.Uc(unicorn.UC_ARCH_ARM, unicorn.UC_MODE_THUMB, MODELS[machine.core])
    regions = {machine.flash: FLASH_SIZE, machine.ram: RAM_SIZE, MARK: 0x1000}
    for base, size in {**regions, 0xE000_0000: 0x10_0000}.items():
        uc.mem_map(base, size)
    uc.mem_write(machine.flash, image.code)
    if events is not None:
        events[ENGINE] = engine_address(uc)
        events[READ_REGISTER] = address_of(uclib.uc_reg_read)
        events[WRITE_REGISTER] = address_of(uclib.uc_reg_write)
        kinds = unicorn.UC_HOOK_MEM_READ | unicorn.UC_HOOK_MEM_WRITE
        add_hook(uc, kinds, _record, events.ctypes.data)
    uc.hook_add(unicorn.UC_HOOK_INTR, lambda uc, _number, _data: uc.emu_stop())
    registers.reset(uc, *struct.unpack("<II", image.code[:8]))
    uc.emu_start(registers.program_counter(uc) | 1, 0xFFFF_FFFE)
    return bytes(uc.mem_read(machine.ram, RAM_SIZE))
