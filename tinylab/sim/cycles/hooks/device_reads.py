# mypy: warn-return-any=False
# (its table and the intrinsics are Any to mypy)
"""Device registers, read by compiled code while their values are known not to change.

Firmware spends much of its time polling status registers. A register that changes only by writes
and events is read by Python once and then from a table, until such a change is possible.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Any

import numpy as np
import unicorn
from unicorn.unicorn_py3.unicorn import (
    MMIO_READ_CFUNC,
    MMIO_WRITE_CFUNC,
    uccallback,
    uclib,
)

from tinylab.sim.cycles.compiled.native_calls import address_of, call_device_read
from tinylab.sim.cycles.compiled.numba_setup import carray, device_read

SLOTS = 64
NOWHERE = -1
TABLE = np.dtype(
    [("python", "i8"), ("offsets", "i8", (SLOTS,)), ("values", "i8", (SLOTS,))], align=True
)
WORD = 4


@device_read
def read_register(engine: int, offset: int, size: int, user: int) -> int:
    """Called for each read of the core in the region of devices."""
    table = carray(user, (1,), dtype=TABLE)[0]
    slot = (np.int64(offset) >> 2) & (SLOTS - 1)
    if size == WORD and table.offsets[slot] == np.int64(offset):
        return table.values[slot]
    return call_device_read(table.python, engine, offset, size)


class DeviceRegion:
    """A range of addresses served by `read(address, size)` and `write(address, size, value)`.

    `stands(address)` returns whether a word just read keeps its value until `forget`, which each
    write and each read of other registers imply. Exceptions of the callbacks propagate from the
    emulator's `emu_start`.
    """

    def __init__(
        self,
        uc: unicorn.Uc,
        base: int,
        size: int,
        read: Callable[[int, int], int],
        write: Callable[[int, int, int], None],
        stands: Callable[[int], bool],
    ) -> None:
        self._array = np.zeros(1, TABLE)
        self._table = self._array[0]
        self._offsets: Any = self._table["offsets"]

        @uccallback(uc, MMIO_READ_CFUNC)  # type: ignore[untyped-decorator]
        def read_in_python(_uc: object, offset: int, size: int, _key: int) -> int:
            value = read(base + offset, size)
            if size != WORD or not stands(base + offset):
                self.forget()  # such a read may change other registers
            else:
                self._keep(offset, value)
            return value

        @uccallback(uc, MMIO_WRITE_CFUNC)  # type: ignore[untyped-decorator]
        def write_in_python(_uc: object, offset: int, size: int, value: int, _key: int) -> None:
            self.forget()
            write(base + offset, size, value)

        self._callbacks = (read_in_python, write_in_python)
        self._table["python"] = address_of(read_in_python)
        self.forget()
        status = uclib.uc_mmio_map(
            uc._uch,
            base,
            size,
            ctypes.c_void_p(read_register.address),
            ctypes.c_void_p(self._array.ctypes.data),
            write_in_python,
            0,
        )
        if status != unicorn.UC_ERR_OK:
            raise unicorn.UcError(status)

    def _keep(self, offset: int, value: int) -> None:
        slot = offset >> 2 & SLOTS - 1
        self._table["values"][slot] = value
        self._offsets[slot] = offset

    def forget(self) -> None:
        """Invalidate the table: read through Python again."""
        self._offsets.fill(NOWHERE)
