"""One bank of the STM32H7's flash: keys, control, status, and the buffer of a flash word."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tinylab.sim.peripherals.flash.flash_lock import FlashLock

KEYR, CR, SR, CCR = 0x04, 0x0C, 0x10, 0x14
BANK_REGISTERS = (KEYR, CR, SR, CCR)
LOCK, PG, SER, BER = 1 << 0, 1 << 1, 1 << 2, 1 << 3
WBNE, EOP = 1 << 1, 1 << 16
WRPERR, PGSERR, STRBERR, INCERR = 1 << 17, 1 << 18, 1 << 19, 1 << 21
ERRORS = WRPERR | PGSERR | STRBERR | INCERR


@dataclass(frozen=True)
class ControlBits:
    """Positions in CR that differ between parts: FW, START and SNB."""

    force: int
    start: int
    sector: int
    """Lowest bit of SNB."""
    sectors: int
    """The highest sector number that fits into SNB."""


class BankH7:
    """A bank whose stores are collected in a write buffer of `flash_word` bytes.

    `program(offset, size, value)`, `erase_bank()` and `erase_sector(number)` change the cells, or
    report that they are write-protected.
    """

    def __init__(
        self,
        bits: ControlBits,
        flash_word: int,
        program: Callable[[int, int, int], bool],
        erase_bank: Callable[[], bool],
        erase_sector: Callable[[int], bool],
    ) -> None:
        self._bits = bits
        self._flash_word_bytes = flash_word
        self._program = program
        self._erase_bank = erase_bank
        self._erase_sector = erase_sector
        self.lock = FlashLock()
        self.reset()

    def reset(self) -> None:
        self.lock.reset()
        self._control = self._status = 0
        self._flash_word: int | None = None
        """Offset of the flash word in the write buffer."""
        self._filled = 0
        """Bytes of it that were written."""

    def read(self, register: int) -> int:
        if register == SR:
            return self._status | (WBNE if self._flash_word is not None else 0)
        if register == CR:
            return self._control | (LOCK if self.lock.locked else 0)
        return 0

    def write(self, register: int, value: int) -> None:
        if register == KEYR:
            self.lock.offer(value)
        elif register == CCR:
            self._status &= ~value
        elif register == CR and not self.lock.locked:
            self._write_control(value)

    def store(self, offset: int, size: int, value: int) -> None:
        """A store to the cells at `offset` of the whole flash."""
        flash_word = offset - offset % self._flash_word_bytes
        if not self._control & PG or self.lock.locked or self._status & ERRORS:
            self._status |= PGSERR
            return
        if self._flash_word not in (None, flash_word):
            self._status |= INCERR
            self._flash_word = None
            return
        if self._flash_word is None:
            self._flash_word, self._filled = flash_word, 0
        if not self._program(offset, size, value):
            self._status |= WRPERR
            self._flash_word = None
            return
        self._filled += size
        if self._filled >= self._flash_word_bytes:
            self._write_buffer_done()

    @property
    def is_idle(self) -> bool:
        """Whether it is unlocked, has no error, and its write buffer is empty."""
        return not (self.lock.locked or self._status & ~EOP or self._flash_word is not None)

    def flash_words_done(self) -> None:
        """Whole flash words were programmed."""
        self._write_buffer_done()

    def _write_control(self, value: int) -> None:
        bits = self._bits
        self._control = value & ~(LOCK | bits.start | bits.force)
        if value & LOCK:
            self.lock.lock()
        elif value & bits.start and self._status & ERRORS:
            self._status |= PGSERR
        elif value & bits.start and value & BER:
            self._status |= EOP if self._erase_bank() else WRPERR
        elif value & bits.start and value & SER:
            erased = self._erase_sector(value >> bits.sector & bits.sectors)
            self._status |= EOP if erased else WRPERR
        elif value & bits.force and self._flash_word is not None:
            self._write_buffer_done()

    def _write_buffer_done(self) -> None:
        self._flash_word = None
        self._status |= EOP
