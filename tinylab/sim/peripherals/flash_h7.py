"""Flash controller of the STM32H72x and H73x."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from tinylab.sim.peripherals.flash_controller import FlashController

ACR, KEYR1, CR1, SR1, CCR1 = 0x00, 0x04, 0x0C, 0x10, 0x14
OPTCR, OPTSR_CUR, OPTSR_PRG = 0x18, 0x1C, 0x20
LATENCY = 0xF
LOCK, PG, SER, BER, FW, START, SNB = 1 << 0, 1 << 1, 1 << 2, 1 << 3, 1 << 6, 1 << 7, 8
WBNE, EOP = 1 << 1, 1 << 16
WRPERR, PGSERR, STRBERR, INCERR = 1 << 17, 1 << 18, 1 << 19, 1 << 21
ERRORS = WRPERR | PGSERR | STRBERR | INCERR
FLASH_WORD = 32
NOT_PROTECTED = 0x1026_AAF0


class FlashH7(FlashController):
    """FLASH bank 1 of RM0468: flash words of 256 bits, collected in a write buffer."""

    RESET: ClassVar[Mapping[int, int]] = {
        ACR: 0x37,
        OPTCR: 1,
        OPTSR_CUR: NOT_PROTECTED,
        OPTSR_PRG: NOT_PROTECTED,
    }

    _flash_word: int | None = None
    """Offset of the flash word in the write buffer."""
    _filled = 0
    """Bytes of it that have come."""

    @property
    def wait_states(self) -> int:
        return self.words[ACR] & LATENCY

    def reset(self) -> None:
        super().reset()
        self._flash_word = None

    def read(self, offset: int) -> int:
        if offset == SR1:
            return super().read(SR1) | (WBNE if self._flash_word is not None else 0)
        if offset == CR1:
            return super().read(CR1) | (LOCK if self.lock.locked else 0)
        return 0 if offset in (KEYR1, CCR1) else super().read(offset)

    def write(self, offset: int, value: int) -> None:
        if offset == KEYR1:
            self.lock.offer(value)
        elif offset == CCR1:
            self.words[SR1] = self.words.get(SR1, 0) & ~value
        elif offset == CR1:
            self._write_control(value)
        elif offset == ACR:
            super().write(ACR, value)
            self._on_access()
        elif offset not in (SR1, OPTSR_CUR):
            super().write(offset, value)

    def store(self, address: int, size: int, value: int) -> None:
        offset = self._offset(address)
        flash_word = offset - offset % FLASH_WORD
        if not self.words.get(CR1, 0) & PG or self.lock.locked or self._errors():
            self._set(PGSERR)
            return
        if self._flash_word not in (None, flash_word):
            self._set(INCERR)
            self._flash_word = None
            return
        if self._flash_word is None:
            self._flash_word, self._filled = flash_word, 0
        self._program(offset, size, value)
        self._filled += size
        if self._filled >= FLASH_WORD:
            self._write_buffer_done()

    def _write_control(self, value: int) -> None:
        if self.lock.locked:
            return
        self.words[CR1] = value & ~(LOCK | START | FW)
        if value & LOCK:
            self.lock.lock()
        elif value & START and self._errors():
            self._set(PGSERR)
        elif value & START and value & BER:
            self._erase_all()
            self._set(EOP)
        elif value & START and value & SER:
            self._erase_sector(value >> SNB & 7)
            self._set(EOP)
        elif value & FW and self._flash_word is not None:
            self._write_buffer_done()

    def _write_buffer_done(self) -> None:
        self._flash_word = None
        self._set(EOP)

    def _errors(self) -> int:
        return self.words.get(SR1, 0) & ERRORS

    def _set(self, bits: int) -> None:
        self.words[SR1] = self.words.get(SR1, 0) | bits
