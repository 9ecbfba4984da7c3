"""Flash controller of the STM32L4 and STM32WB."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from tinylab.sim.peripherals.flash.flash_controller import FlashController
from tinylab.sim.peripherals.flash.options_l4 import OBL_LAUNCH, OPTLOCK, OPTSTRT, OptionsL4

ACR, KEYR, OPTKEYR, SR, CR, OPTR, SFR = 0x00, 0x08, 0x0C, 0x10, 0x14, 0x20, 0x80
PRFTEN, ICEN, DCEN = 1 << 8, 1 << 9, 1 << 10
EOP, PROGERR, WRPERR, PGAERR, SIZERR, PGSERR = 1, 1 << 3, 1 << 4, 1 << 5, 1 << 6, 1 << 7
ERRORS = PROGERR | WRPERR | PGAERR | SIZERR | PGSERR
CFGBSY = 1 << 18
PG, PER, PNB, STRT, EOPIE = 1 << 0, 1 << 1, 3, 1 << 16, 1 << 24
LOCK = 1 << 31
WORD, DOUBLE_WORD = 4, 8
PAGES = 0xFF
"""The pages of a bank."""


class FlashL4(FlashController):
    """FLASH of RM0434: double words of 64 bits, programmed as two words."""

    RESET: ClassVar[Mapping[int, int]] = {ACR: ICEN | DCEN}
    options: OptionsL4
    FACTORY: ClassVar[Mapping[int, int]] = {OPTR: 0x3FFF_F1AA, SFR: 0x1FF}
    """Option words as programmed by ST; the second core has no sectors (FSD)."""
    AREAS: ClassVar[tuple[tuple[int, ...], ...]] = ((0x2C, 0x30),)
    """WRP1AR, WRP1BR, and those of bank 2 if there is one."""
    LATENCY: ClassVar[int] = 0b111
    """The width of ACR.LATENCY."""
    PAGE_NUMBERS: ClassVar[int] = 0xFF
    """The width of CR.PNB, and of BKER above it on parts with two banks."""
    BANK_ERASES: ClassVar[tuple[int, ...]] = (1 << 2,)
    """CR.MER1, and MER2 on parts with two banks: each erases its share of the flash."""

    PROGRAMMED_AT_ONCE = DOUBLE_WORD
    ONLY_ERASED = True

    _pending: tuple[int, int, bool] | None = None
    """A first word without its second word yet: offset, value, whether it was erased."""

    def _option_bytes(self) -> OptionsL4:
        return OptionsL4(OPTR, self.FACTORY, self._unprotect_by_erasing, self.AREAS, PAGES)

    @property
    def wait_states(self) -> int:
        return self.words[ACR] & self.LATENCY

    @property
    def instruction_cache(self) -> bool:
        return bool(self.words[ACR] & ICEN)

    @property
    def data_cache(self) -> bool:
        return bool(self.words[ACR] & DCEN)

    @property
    def prefetch(self) -> bool:
        return bool(self.words[ACR] & PRFTEN)

    def reset(self) -> None:
        super().reset()
        self._pending = None

    def read(self, offset: int) -> int:
        if offset == SR:
            return super().read(SR) | (CFGBSY if self._pending else 0)
        if offset == CR:
            locks = (LOCK if self.lock.locked else 0) | (OPTLOCK if self.options.lock.locked else 0)
            return super().read(CR) | locks
        if offset in self.options.current:
            return self.options.written[offset]
        return 0 if offset in (KEYR, OPTKEYR) else super().read(offset)

    def write(self, offset: int, value: int) -> None:
        if offset == KEYR:
            self.lock.offer(value)
        elif offset == OPTKEYR and not self.lock.locked:
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
        elif offset != OPTKEYR:
            super().write(offset, value)

    def store(self, address: int, size: int, value: int) -> None:
        offset = self._offset(address)
        if not self.words.get(CR, 0) & PG or self.lock.locked or self._errors():
            self._fail(PGSERR)
        elif size != WORD:
            self._fail(SIZERR)
        elif self._pending is None:
            self._first_word(offset, value)
        else:
            self._second_word(*self._pending, offset, value)

    def _is_idle(self, offset: int, size: int) -> bool:
        return not (self.lock.locked or self._pending or self.words.get(SR, 0))

    def _first_word(self, offset: int, value: int) -> None:
        if offset % DOUBLE_WORD or self._is_protected(offset):
            self._fail(PGAERR if offset % DOUBLE_WORD else WRPERR)
            return
        erased = self._is_erased(offset, DOUBLE_WORD)
        self._pending = (offset, value, erased)
        if erased:
            self._program(offset, WORD, value)

    def _second_word(self, first: int, low: int, erased: bool, offset: int, high: int) -> None:
        """A double word can be programmed once; after that only to zeros."""
        self._pending = None
        if offset != first + WORD:
            self._fail(PGAERR)
        elif erased or low == high == 0:
            self._program(first, WORD, low)
            self._program(offset, WORD, high)
            self._end_of_operation()
        else:
            self._fail(PROGERR)

    def _write_control(self, value: int) -> None:
        if self.lock.locked:
            return
        self.words[CR] = value & ~(LOCK | OPTLOCK | STRT | OPTSTRT | OBL_LAUNCH)
        if self.options.control(value):
            self._request_reset()
            return
        if value & LOCK:
            self.lock.lock()
        elif value & STRT and self._errors():
            self._fail(PGSERR)
        elif value & STRT:
            self._start(value)

    def _start(self, control: int) -> None:
        """Erase the selected banks, or else the selected page."""
        banks = [n for n, bit in enumerate(self.BANK_ERASES) if control & bit]
        erased = [self._erase_bank(bank, len(self.BANK_ERASES)) for bank in banks]
        if not banks and control & PER:
            erased = [self._erase_sector(control >> PNB & self.PAGE_NUMBERS)]
        if not all(erased):
            self._fail(WRPERR)
        elif erased:
            self._end_of_operation()

    def _end_of_operation(self) -> None:
        if self.words.get(CR, 0) & EOPIE:
            self.words[SR] = self.words.get(SR, 0) | EOP

    def _errors(self) -> int:
        return self.words.get(SR, 0) & ERRORS

    def _fail(self, error: int) -> None:
        self.words[SR] = self.words.get(SR, 0) | error
