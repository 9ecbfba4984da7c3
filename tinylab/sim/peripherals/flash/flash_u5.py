"""Flash controller of the STM32U5, its non-secure side."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from tinylab.sim.peripherals.flash.flash_controller import FlashController
from tinylab.sim.peripherals.flash.options_l4 import OBL_LAUNCH, OPTLOCK, OPTSTRT, OptionsL4

ACR, NSKEYR, OPTKEYR, NSSR, NSCR, OPTR = 0x00, 0x08, 0x10, 0x20, 0x28, 0x40
AREAS = ((0x58, 0x5C), (0x68, 0x6C))
"""WRP1AR, WRP1BR, WRP2AR, WRP2BR."""
LATENCY, PRFTEN = 0xF, 1 << 8
EOP, PROGERR, WRPERR, PGAERR, SIZERR, PGSERR = 1, 1 << 3, 1 << 4, 1 << 5, 1 << 6, 1 << 7
ERRORS = 1 << 1 | PROGERR | WRPERR | PGAERR | SIZERR | PGSERR | 1 << 13
WDW = 1 << 17
PG, PER, MER1, PNB, BKER, MER2 = 1 << 0, 1 << 1, 1 << 2, 3, 11, 1 << 15
STRT, EOPIE, LOCK = 1 << 16, 1 << 24, 1 << 31
WORD, QUAD_WORD = 4, 16
PAGES_OF_A_BANK = 128
NOT_SECURE = 0x1FEF_F8AA
"""OPTR as delivered: TZEN 0, two banks, no protection."""


class FlashU5(FlashController):
    """FLASH of RM0456: two banks, quad words of 128 bits, programmed as four words."""

    RESET: ClassVar[Mapping[int, int]] = {ACR: 0, NSSR: 0, NSCR: 0}
    options: OptionsL4
    PROGRAMMED_AT_ONCE = QUAD_WORD
    ONLY_ERASED = True

    _collected: tuple[tuple[int, int], ...] = ()
    """Words of an incomplete quad word: offset and value."""

    def _option_bytes(self) -> OptionsL4:
        factory = {OPTR: NOT_SECURE}
        return OptionsL4(OPTR, factory, self._unprotect_by_erasing, AREAS, PAGES_OF_A_BANK - 1)

    @property
    def wait_states(self) -> int:
        return self.words[ACR] & LATENCY

    @property
    def prefetch(self) -> bool:
        return bool(self.words[ACR] & PRFTEN)

    def reset(self) -> None:
        super().reset()
        self._collected = ()

    def read(self, offset: int) -> int:
        if offset == NSSR:
            return self.words[NSSR] | (WDW if self._collected else 0)
        if offset == NSCR:
            locks = (LOCK if self.lock.locked else 0) | (OPTLOCK if self.options.lock.locked else 0)
            return self.words[NSCR] | locks
        if offset in self.options.current:
            return self.options.written[offset]
        return 0 if offset in (NSKEYR, OPTKEYR) else super().read(offset)

    def write(self, offset: int, value: int) -> None:
        if offset == NSKEYR:
            self.lock.offer(value)
        elif offset == OPTKEYR and not self.lock.locked:
            self.options.offer_key(value)
        elif offset in self.options.current:
            self.options.write(offset, value)
        elif offset == NSSR:
            self.words[NSSR] &= ~value
        elif offset == NSCR:
            self._write_control(value)
        elif offset == ACR:
            super().write(ACR, value)
            self._on_access()
        elif offset != OPTKEYR:
            super().write(offset, value)

    def store(self, address: int, size: int, value: int) -> None:
        offset = self._offset(address)
        expected = self._collected[0][0] + WORD * len(self._collected) if self._collected else None
        if not self.words[NSCR] & PG or self.lock.locked or self.words[NSSR] & ERRORS:
            self._fail(PGSERR)
        elif size != WORD:
            self._fail(SIZERR)
        elif offset % QUAD_WORD if expected is None else offset != expected:
            self._fail(PGAERR)
        elif self._is_protected(offset):
            self._fail(WRPERR)
        else:
            self._collected += ((offset, value),)
            if len(self._collected) == QUAD_WORD // WORD:
                self._program_quad_word()

    def _is_idle(self, offset: int, size: int) -> bool:
        return not (self.lock.locked or self._collected or self.words[NSSR])

    def _program_quad_word(self) -> None:
        """It can be programmed once; after that only to zeros."""
        words, self._collected = self._collected, ()
        if self._is_erased(words[0][0], QUAD_WORD) or not any(value for _, value in words):
            for offset, value in words:
                self._program(offset, WORD, value)
            self._end_of_operation()
        else:
            self._fail(PROGERR)

    def _write_control(self, value: int) -> None:
        if self.lock.locked:
            return
        self.words[NSCR] = value & ~(LOCK | OPTLOCK | STRT | OPTSTRT | OBL_LAUNCH)
        if self.options.control(value):
            self._request_reset()
            return
        if value & LOCK:
            self.lock.lock()
        elif value & STRT and self.words[NSSR] & ERRORS:
            self._fail(PGSERR)
        elif value & STRT:
            self._start(value)

    def _start(self, value: int) -> None:
        """An erase: of whole banks, or of one page of one bank."""
        banks = [bank for bank, bit in enumerate((MER1, MER2)) if value & bit]
        erased = [self._erase_bank(bank, 2) for bank in banks]
        if value & PER:
            page = (value >> BKER & 1) * PAGES_OF_A_BANK + (value >> PNB & 0x7F)
            erased.append(self._erase_sector(page))
        if all(erased):
            self._end_of_operation()
        else:
            self._fail(WRPERR)

    def _end_of_operation(self) -> None:
        if self.words[NSCR] & EOPIE:
            self.words[NSSR] |= EOP

    def _fail(self, error: int) -> None:
        self._collected = ()
        self.words[NSSR] |= error
