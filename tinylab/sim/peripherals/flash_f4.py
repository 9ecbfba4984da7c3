"""Flash controller of the STM32F4."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from tinylab.sim.peripherals.flash_controller import FlashController

ACR, KEYR, OPTKEYR, SR, CR, OPTCR = 0x00, 0x04, 0x08, 0x0C, 0x10, 0x14
LATENCY, PRFTEN, ICEN, DCEN = 0xF, 1 << 8, 1 << 9, 1 << 10
EOP, PGAERR, PGPERR, PGSERR = 1 << 0, 1 << 5, 1 << 6, 1 << 7
PG, SER, MER, SNB, PSIZE = 1 << 0, 1 << 1, 1 << 2, 3, 8
STRT, EOPIE, LOCK = 1 << 16, 1 << 24, 1 << 31
ROW = 16
"""Bytes of a flash row, which one store must not leave."""


class FlashF4(FlashController):
    """FLASH of RM0368 and RM0390: stores of PSIZE's width, sectors of several sizes."""

    READ_PROTECTION = (OPTCR, 8)
    RESET: ClassVar[Mapping[int, int]] = {OPTCR: 0x0FFF_AAED}
    SECTOR_NUMBERS: ClassVar[int] = 0xF
    """The width of CR.SNB."""

    @property
    def wait_states(self) -> int:
        return self._access & LATENCY

    @property
    def instruction_cache(self) -> bool:
        return bool(self._access & ICEN)

    @property
    def data_cache(self) -> bool:
        return bool(self._access & DCEN)

    @property
    def prefetch(self) -> bool:
        return bool(self._access & PRFTEN)

    @property
    def _access(self) -> int:
        return self.words.get(ACR, 0)

    def read(self, offset: int) -> int:
        if offset == CR:
            return super().read(CR) | (LOCK if self.lock.locked else 0)
        return 0 if offset in (KEYR, OPTKEYR) else super().read(offset)

    def write(self, offset: int, value: int) -> None:
        if offset == KEYR:
            self.lock.offer(value)
        elif offset == SR:
            self.words[SR] = self.words.get(SR, 0) & ~value
        elif offset == CR:
            self._write_control(value)
        elif offset == ACR:
            super().write(ACR, value)
            self._on_access()

    def store(self, address: int, size: int, value: int) -> None:
        offset = self._offset(address)
        control = self.words.get(CR, 0)
        if not control & PG or self.lock.locked:
            self._set(PGSERR)
        elif size != 1 << (control >> PSIZE & 0b11):
            self._set(PGPERR)
        elif offset % ROW + size > ROW:
            self._set(PGAERR)
        else:
            self._program(offset, size, value)
            self._end_of_operation()

    def _write_control(self, value: int) -> None:
        if self.lock.locked:
            return
        self.words[CR] = value & ~(LOCK | STRT)
        if value & LOCK:
            self.lock.lock()
        elif value & STRT and value & MER:
            self._erase_all()
            self._end_of_operation()
        elif value & STRT and value & SER:
            self._erase_sector(value >> SNB & self.SECTOR_NUMBERS)
            self._end_of_operation()

    def _end_of_operation(self) -> None:
        if self.words.get(CR, 0) & EOPIE:
            self._set(EOP)

    def _set(self, bits: int) -> None:
        self.words[SR] = self.words.get(SR, 0) | bits
