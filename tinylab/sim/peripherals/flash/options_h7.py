"""Option bytes of the STM32H7: a register to read and one to program for each word."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tinylab.sim.peripherals.flash.option_bytes import OptionBytes

OPTCR, OPTSR, WPSN, OPTSR2 = 0x18, 0x1C, 0x38, 0x70
"""Offsets of the words in force; those to program follow them."""
TO_PROGRAM, BANK_STRIDE = 0x04, 0x100
OPTLOCK, OPTSTART, RDP = 1 << 0, 1 << 1, 8


class OptionsH7(OptionBytes):
    """FLASH option registers of RM0433, RM0455 and RM0468.

    A bit of WPSN protects `group` sectors; each of `banks` has `per_bank` sectors.
    """

    def __init__(
        self,
        factory: Mapping[int, int],
        erase_all: Callable[[], None],
        per_bank: int,
        banks: int,
        group: int,
    ) -> None:
        free = {WPSN + bank * BANK_STRIDE: (1 << per_bank // group) - 1 for bank in range(banks)}
        super().__init__({**factory, **free}, erase_all, (OPTSR, RDP))
        self._per_bank = per_bank
        self._group = group

    def has(self, offset: int) -> bool:
        """Whether it is a word in force or a word to program."""
        return offset in self.current or offset - TO_PROGRAM in self.current or offset == OPTCR

    def protected(self) -> frozenset[int]:
        return frozenset(
            number
            for bank, word in enumerate(self._protection())
            for number in range(bank * self._per_bank, (bank + 1) * self._per_bank)
            if not word >> (number % self._per_bank) // self._group & 1
        )

    def protect(self, first: int, last: int) -> None:
        for number in range(first, last + 1):
            bank, sector = divmod(number, self._per_bank)
            at = WPSN + bank * BANK_STRIDE
            self._put({at: self.cells[at] & ~(1 << sector // self._group)})

    def read(self, offset: int) -> int:
        if offset == OPTCR:
            return OPTLOCK if self.lock.locked else 0
        if offset in self.current:
            return self.current[offset]
        return self.written[offset - TO_PROGRAM]

    def write(self, offset: int, value: int) -> None:
        """The words in force are read-only."""
        if offset != OPTCR:
            if offset - TO_PROGRAM in self.written:
                super().write(offset - TO_PROGRAM, value)
            return
        self.attempts += 1
        if value & OPTSTART and not self.lock.locked:
            self.program()
            self.load()
        if value & OPTLOCK:
            self.lock.lock()

    def _protection(self) -> list[int]:
        return [self.current[at] for at in sorted(self.current) if at % BANK_STRIDE == WPSN]
