"""Option bytes of the STM32F4 and STM32F7: all in OPTCR, a bit for each sector."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tinylab.sim.peripherals.flash.option_bytes import OptionBytes

OPTCR = 0x14
OPTLOCK, OPTSTRT, RDP, NWRP, SPRMOD = 1 << 0, 1 << 1, 8, 16, 1 << 31


class OptionsF4(OptionBytes):
    """FLASH_OPTCR of RM0368, RM0390, RM0385 and RM0410, of a part with `sectors` sectors.

    With SPRMOD, which the F7 does not have, the bits of nWRP mean read-out protection of sectors,
    with inverted polarity.
    """

    def __init__(
        self,
        factory: Mapping[int, int],
        erase_all: Callable[[], None],
        sectors: int,
        *,
        has_sprmod: bool,
    ) -> None:
        super().__init__(factory, erase_all, (OPTCR, RDP))
        self._sectors = sectors
        self._has_sprmod = has_sprmod

    def protected(self) -> frozenset[int]:
        word = self.current[OPTCR]
        free = 0 if self._has_sprmod and word & SPRMOD else 1
        return frozenset(n for n in range(self._sectors) if word >> NWRP + n & 1 != free)

    def protect(self, first: int, last: int) -> None:
        bits = sum(1 << NWRP + number for number in range(first, last + 1))
        self._put({OPTCR: self.cells[OPTCR] & ~bits})

    def read(self, offset: int) -> int:
        lock = OPTLOCK if offset == OPTCR and self.lock.locked else 0
        return self.written[offset] | lock

    def write(self, offset: int, value: int) -> None:
        super().write(offset, value & ~(OPTLOCK | OPTSTRT) if offset == OPTCR else value)
        if offset == OPTCR and value & OPTSTRT and not self.lock.locked:
            self.program()
            self.load()
        if offset == OPTCR and value & OPTLOCK:
            self.lock.lock()
