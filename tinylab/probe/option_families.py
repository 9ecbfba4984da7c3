"""The option bytes' registers of each family, and the sequences that change them.

Reference manuals, chapter FLASH, option bytes programming: RM0368 and RM0390 (F4), RM0385 and
RM0410 (F7), RM0433, RM0455 and RM0468 (H7), RM0432 (L4+), RM0434 (WB), RM0456 (U5).
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from typing import ClassVar

from tinylab.boards.board import Board
from tinylab.boards.clocks import boost_limit_hz
from tinylab.errors import LinkError
from tinylab.probe.option_bytes import OptionBytes, OptionRegisters, WordAccess, level

FLASH_KEYS = (0x4567_0123, 0xCDEF_89AB)
OPTION_KEYS = (0x0819_2A3B, 0x4C5D_6E7F)
OPEN = 0xAA
"""Value of RDP for level 0."""
ONE_BANK = 8
"""Sectors of an F4 or F7 whose flash always has one bank."""


class OptionsF(OptionRegisters):
    """STM32F4 and F7: all options are in OPTCR. On the F7, bit 31 is not SPRMOD."""

    OPTKEYR, SR, OPTCR = 0x08, 0x0C, 0x14
    OPTLOCK, OPTSTRT, RDP, NWRP = 1 << 0, 1 << 1, 8, 16
    SPRMOD: ClassVar[int] = 1 << 31
    NDBANK: ClassVar[int] = 0
    BSY = 1 << 16
    RDP_AT = (OPTCR, RDP)

    def read(self) -> OptionBytes:
        word = self._get(self.OPTCR)
        by_reading = bool(word & self.SPRMOD)
        protected = [n for n in range(self._sectors) if word >> self.NWRP + n & 1 == by_reading]
        return OptionBytes(
            level(word >> self.RDP),
            tuple(protected),
            obstacle="sectors are protected against reading (SPRMOD)" if by_reading else "",
            arrange="nDBANK=1" if self._sectors > ONE_BANK and not word & self.NDBANK else "",
        )

    def unlock(self) -> None:
        self._open(self.OPTKEYR, OPTION_KEYS, self.OPTCR, self.OPTLOCK)
        self._wait(self.SR, self.BSY)
        word = self._get(self.OPTCR) & ~(0xFF << self.RDP | self.OPTLOCK | self.OPTSTRT)
        word |= OPEN << self.RDP | ((1 << self._sectors) - 1) << self.NWRP
        self._set(self.OPTCR, word, word | self.OPTSTRT)
        self._wait(self.SR, self.BSY)
        self._set(self.OPTCR, word | self.OPTLOCK)


class OptionsF7(OptionsF):
    """12 sectors only with nDBANK=1; with two banks the sectors differ (RM0410)."""

    SPRMOD, NDBANK = 0, 1 << 29


class OptionsH7(OptionRegisters):
    """STM32H7: each register in force is followed by a register to be programmed."""

    OPTKEYR, OPTCR, OPTSR, OPTCCR, WPSN, OPTSR2 = 0x08, 0x18, 0x1C, 0x24, 0x38, 0x70
    TO_PROGRAM, BANK_STRIDE = 0x04, 0x100
    OPTLOCK, OPTSTART, OPT_BUSY, RDP = 1 << 0, 1 << 1, 1 << 0, 8
    OPTCHANGEERR, SWAP_BANK, CPUFREQ_BOOST = 1 << 30, 1 << 31, 1 << 2
    SECTORS_OF_A_BIT: ClassVar[int] = 1
    RDP_AT = (OPTSR, RDP)

    def read(self) -> OptionBytes:
        per_bank = self._sectors // self._board.flash_layout.banks
        sectors: list[int] = []
        for bank, at in enumerate(self._protection()):
            word = self._get(at)
            sectors += (
                bank * per_bank + sector
                for sector in range(per_bank)
                if not word >> sector // self.SECTORS_OF_A_BIT & 1
            )
        boost = None
        if boost_limit_hz(self._board) is not None:
            boost = bool(self._get(self.OPTSR2) & self.CPUFREQ_BOOST)
        status = self._get(self.OPTSR)
        swapped = self._board.flash_layout.banks > 1 and status & self.SWAP_BANK
        return OptionBytes(
            level(status >> self.RDP),
            tuple(sectors),
            boost,
            arrange="SWAP_BANK_OPT=0" if swapped else "",
        )

    def unlock(self) -> None:
        status = self._get(self.OPTSR) & ~(0xFF << self.RDP | self.OPT_BUSY | self.OPTCHANGEERR)
        words = {self.OPTSR: status | OPEN << self.RDP}
        bits = self._sectors // self._board.flash_layout.banks // self.SECTORS_OF_A_BIT
        words |= {at: self._get(at) | (1 << bits) - 1 for at in self._protection()}
        self._program(words)

    def set_cpu_boost(self) -> None:
        self._program({self.OPTSR2: self._get(self.OPTSR2) | self.CPUFREQ_BOOST})

    def _program(self, words: dict[int, int]) -> None:
        self._open(self.OPTKEYR, OPTION_KEYS, self.OPTCR, self.OPTLOCK)
        for at, word in words.items():
            self._set(at + self.TO_PROGRAM, word)
        self._set(self.OPTCCR, self.OPTCHANGEERR)
        self._set(self.OPTCR, self.OPTSTART)
        status = self._wait(self.OPTSR, self.OPT_BUSY)
        self._set(self.OPTCR, self.OPTLOCK)
        if status & self.OPTCHANGEERR:
            raise self._refused("OPTCHANGEERR is set")

    def _protection(self) -> Iterable[int]:
        """WPSN of each bank."""
        banks = range(self._board.flash_layout.banks)
        return [self.WPSN + bank * self.BANK_STRIDE for bank in banks]


class OptionsH7A3(OptionsH7):
    """A bit of WPSGN protects four sectors (RM0455)."""

    SECTORS_OF_A_BIT = 4


class OptionsL4(OptionRegisters):
    """STM32WB, L4+ and U5: areas from one page to another; OBL_LAUNCH loads them with a reset."""

    KEYR, OPTKEYR, SR, CR, OPTR = 0x08, 0x0C, 0x10, 0x14, 0x20
    AREAS: ClassVar[tuple[tuple[int, ...], ...]] = ((0x2C, 0x30),)
    """The WRP registers of each bank."""
    PAGES: ClassVar[int] = 0xFF
    """Mask of a page number in those registers."""
    BSY, ERRORS = 1 << 16, 0xE3FA
    OPTSTRT, OBL_LAUNCH, OPTLOCK, LOCK = 1 << 17, 1 << 27, 1 << 30, 1 << 31
    END = 16
    SFR, FSD = 0x80, 1 << 8
    RDP_AT = (OPTR, 0)

    def read(self) -> OptionBytes:
        sectors = {
            bank * (self.PAGES + 1) + page
            for bank, registers in enumerate(self.AREAS)
            for word in map(self._get, registers)
            for page in range(word & self.PAGES, (word >> self.END & self.PAGES) + 1)
        }
        protection = level(self._get(self.OPTR))
        return OptionBytes(
            protection,
            tuple(sorted(sectors)),
            obstacle=self._obstacle(protection),
            secure=self._secure(),
            arrange=self._arrange(self._get(self.OPTR)),
        )

    def unlock(self) -> None:
        self._open(self.KEYR, FLASH_KEYS, self.CR, self.LOCK)
        self._open(self.OPTKEYR, OPTION_KEYS, self.CR, self.OPTLOCK)
        self._wait(self.SR, self.BSY)
        self._set(self.SR, self.ERRORS)
        self._set(self.OPTR, self._get(self.OPTR) & ~0xFF | OPEN)
        for at in (at for registers in self.AREAS for at in registers):
            self._set(at, self._get(at) & ~(self.PAGES << self.END) | self.PAGES)
        self._set(self.CR, self.OPTSTRT)
        status = self._wait(self.SR, self.BSY)
        if status & self.ERRORS:
            raise self._refused(f"FLASH_SR has the error bits {status & self.ERRORS:#06x}")
        # Loading the option bytes resets the part, which may abort this access.
        with suppress(LinkError):
            self._set(self.CR, self.OBL_LAUNCH)

    def _obstacle(self, level: int) -> str:
        return ""

    def _secure(self) -> tuple[int, ...]:
        """On the WB, the sectors from SFSA upward; none if FSD is set (RM0434)."""
        word = self._get(self.SFR) if self._board.family == "wb" else self.FSD
        return () if word & self.FSD else tuple(range(word & self.PAGES, self._sectors))

    def _arrange(self, optr: int) -> str:
        return ""


class OptionsL4Plus(OptionsL4):
    """Two banks (RM0432)."""

    AREAS = ((0x2C, 0x30), (0x4C, 0x50))
    DBANK = 1 << 22

    def _arrange(self, optr: int) -> str:
        """Without DBANK, a page is 8 KB."""
        return "" if optr & self.DBANK else "DBANK=1"


class OptionsU5(OptionsL4):
    """The non-secure registers. TrustZone, an OEM key and a locked write protection are kept."""

    OPTKEYR, SR, CR, OPTR = 0x10, 0x20, 0x28, 0x40
    AREAS = ((0x58, 0x5C), (0x68, 0x6C))
    PAGES = 0x7F
    ERRORS = 0x20FA
    RDP_AT = (OPTR, 0)
    OEM1LOCK, TZEN, UNLOCK = 1 << 18, 1 << 31, 1 << 31
    SWAP_BANK, DUALBANK = 1 << 20, 1 << 21

    def _arrange(self, optr: int) -> str:
        if not optr & self.DUALBANK:
            return "DUALBANK=1"
        return "SWAP_BANK=0" if optr & self.SWAP_BANK else ""

    def _obstacle(self, level: int) -> str:
        if self._get(self.OPTR) & self.TZEN:
            return "TrustZone is enabled (TZEN)"
        if level and self._get(self.SR) & self.OEM1LOCK:
            return "an OEM key is set (OEM1LOCK)"
        registers = (at for bank in self.AREAS for at in bank)
        if not all(self._get(at) & self.UNLOCK for at in registers):
            return "the write protection is locked (UNLOCK is 0)"
        return ""


FAMILIES: dict[str, type[OptionRegisters]] = {
    "f4": OptionsF,
    "f7": OptionsF7,
    "h7": OptionsH7,
    "h7a3": OptionsH7A3,
    "l4": OptionsL4,
    "l4+": OptionsL4Plus,
    "u5": OptionsU5,
}
"""By `FlashLayout.kind`."""


def option_registers(link: WordAccess, board: Board) -> OptionRegisters:
    """The option registers of `board`, accessed over `link`."""
    return FAMILIES[board.flash_layout.kind](link, board)
