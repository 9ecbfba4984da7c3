"""Option bytes of the STM32L4, STM32WB and STM32U5: write protection of page ranges."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from tinylab.sim.peripherals.flash.option_bytes import OptionBytes

OPTSTRT, OBL_LAUNCH, OPTLOCK = 1 << 17, 1 << 27, 1 << 30
"""In the control register."""
END = 16
"""Lowest bit of the last page in a WRP word; the first page is at bit 0."""


class OptionsL4(OptionBytes):
    """FLASH option registers of RM0432, RM0434 and RM0456.

    `areas` lists the WRP registers of each bank, whose words have the first and last page of an
    area; `pages` has as many bits as a page number. Programmed values take effect with
    OBL_LAUNCH, not with a reset.
    """

    def __init__(
        self,
        optr: int,
        factory: Mapping[int, int],
        erase_all: Callable[[], None],
        areas: Sequence[Sequence[int]],
        pages: int,
    ) -> None:
        free = {at: factory_word(pages) for bank in areas for at in bank}
        super().__init__({**factory, **free}, erase_all, (optr, 0))
        self._areas = areas
        self._pages = pages

    def protected(self) -> frozenset[int]:
        return frozenset(
            bank * (self._pages + 1) + page
            for bank, registers in enumerate(self._areas)
            for at in registers
            for page in self._pages_of(self.current[at])
        )

    def protect(self, first: int, last: int) -> None:
        bank, page = divmod(first, self._pages + 1)
        registers = self._areas[bank]
        free = (at for at in registers if not self._pages_of(self.cells[at]))
        at = next(free, registers[0])
        span = self._pages << END | self._pages
        until = last - first + page
        self._put({at: self.cells[at] & ~span | until << END | page})

    def control(self, value: int) -> bool:
        """The control register was written; returns whether the part is to be reset."""
        if self.lock.locked:
            return False
        if value & (OPTSTRT | OBL_LAUNCH):
            self.attempts += 1
        if value & OPTSTRT:
            self.program()
        if value & OBL_LAUNCH:
            self.load()
        if value & OPTLOCK:
            self.lock.lock()
        return bool(value & OBL_LAUNCH)

    def _pages_of(self, word: int) -> range:
        return range(word & self._pages, (word >> END & self._pages) + 1)


def factory_word(pages: int) -> int:
    """A WRP word without an area: its start is above its end. Other bits are 1."""
    return 0xFFFF_FFFF & ~(pages << END)
