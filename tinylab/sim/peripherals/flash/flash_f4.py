"""Flash controller of the STM32F4."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from tinylab.sim.peripherals.flash.flash_controller import FlashController
from tinylab.sim.peripherals.flash.options_f4 import OPTCR, OptionsF4

ACR, KEYR, OPTKEYR, SR, CR = 0x00, 0x04, 0x08, 0x0C, 0x10
LATENCY, PRFTEN, ICEN, DCEN = 0xF, 1 << 8, 1 << 9, 1 << 10
EOP, WRPERR, PGAERR, PGPERR, PGSERR = 1 << 0, 1 << 4, 1 << 5, 1 << 6, 1 << 7
PG, SER, MER, SNB, PSIZE = 1 << 0, 1 << 1, 1 << 2, 3, 8
STRT, EOPIE, LOCK = 1 << 16, 1 << 24, 1 << 31
NOT_PROTECTED = 0x0FFF_AAEC
"""OPTCR as programmed by ST."""
ROW = 16
"""Bytes of a flash row, whose boundary a store must not cross."""


class FlashF4(FlashController):
    """FLASH of RM0368 and RM0390: stores of PSIZE's width, sectors of several sizes."""

    options: OptionsF4
    HAS_SPRMOD: ClassVar[bool] = True
    SECTOR_NUMBERS: ClassVar[int] = 0xF
    """The width of CR.SNB."""

    def _option_bytes(self) -> OptionsF4:
        return OptionsF4(
            self._factory(),
            self._unprotect_by_erasing,
            len(self.sectors),
            has_sprmod=self.HAS_SPRMOD,
        )

    def _factory(self) -> Mapping[int, int]:
        return {OPTCR: NOT_PROTECTED}

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
        if offset in self.options.current:
            return self.options.read(offset)
        return 0 if offset in (KEYR, OPTKEYR) else super().read(offset)

    def write(self, offset: int, value: int) -> None:
        if offset == KEYR:
            self.lock.offer(value)
        elif offset == OPTKEYR:
            self.options.offer_key(value)
        elif offset in self.options.current:
            self.options.write(offset, value)
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
        elif self._is_protected(offset):
            self._set(WRPERR)
        else:
            self._program(offset, size, value)
            self._end_of_operation()

    def _is_idle(self, offset: int, size: int) -> bool:
        return not self.lock.locked and not self.words.get(SR, 0)

    def _write_control(self, value: int) -> None:
        if self.lock.locked:
            return
        self.words[CR] = value & ~(LOCK | STRT)
        if value & LOCK:
            self.lock.lock()
        elif value & STRT and value & MER:
            self._ended(self._erase_bank())
        elif value & STRT and value & SER:
            self._ended(self._erase_sector(value >> SNB & self.SECTOR_NUMBERS))

    def _ended(self, erased: bool) -> None:
        if erased:
            self._end_of_operation()
        else:
            self._set(WRPERR)

    def _end_of_operation(self) -> None:
        if self.words.get(CR, 0) & EOPIE:
            self._set(EOP)

    def _set(self, bits: int) -> None:
        self.words[SR] = self.words.get(SR, 0) | bits
