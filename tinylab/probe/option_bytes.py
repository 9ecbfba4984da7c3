"""Option bytes over the debug port: what they protect, and the sequences that change them.

Reading changes nothing. Only three things are ever written, and only when asked: read-out
protection from level 1 to 0, write protection off, and the H7's CPUFREQ_BOOST on. Nothing
here can put a protection on, and level 2 is never touched.

Registers and sequences: RM0368 and RM0390 (F4), RM0385 and RM0410 (F7), RM0433, RM0455 and
RM0468 (H7), RM0432 (L4+), RM0434 (WB), RM0456 (U5), chapter FLASH, option bytes programming.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import ClassVar, Protocol

from tinylab.boards.board import Board
from tinylab.errors import LinkError

FLASH_KEYS = (0x4567_0123, 0xCDEF_89AB)
OPTION_KEYS = (0x0819_2A3B, 0x4C5D_6E7F)
LEVELS = {0xAA: 0, 0xCC: 2}
"""Codes of RDP; every other one is level 1."""
OPEN = 0xAA
BUSY_S = 60.0
"""Longer than the largest flash takes to be erased (data sheets: 2 MB in up to 32 s)."""
POLL_S = 0.01


class Link(Protocol):
    """Word accesses over a debug connection."""

    def read_words(self, address: int, count: int) -> tuple[int, ...]: ...

    def write_words(self, address: int, words: Sequence[int]) -> None: ...


@dataclass(frozen=True)
class OptionBytes:
    """What the option bytes of a part say.

    `level` is that of read-out protection, 0 to 2; `sectors` are the numbers of those that
    are write-protected. `cpu_boost` is CPUFREQ_BOOST, None where a part has no such bit.
    `obstacle` says why tinylab does not take the protection off; empty if it can.
    """

    level: int
    sectors: tuple[int, ...]
    cpu_boost: bool | None = None
    obstacle: str = ""

    @property
    def protected(self) -> bool:
        return bool(self.level or self.sectors)


class OptionRegisters:
    """The option registers of `board`'s part; a subclass knows the family.

    Every method raises LinkError when the link fails, the ones that write also when the
    controller refuses.
    """

    def __init__(self, link: Link, board: Board) -> None:
        self._link = link
        self._board = board
        self._base = board.flash_layout.registers
        self._sectors = len(board.flash_layout.sizes)

    def read(self) -> OptionBytes:
        """What is in force."""
        raise NotImplementedError

    def unlock(self) -> None:
        """Take write protection off, and read-out protection of level 1, which erases all."""
        raise NotImplementedError

    def set_cpu_boost(self) -> None:
        """Set CPUFREQ_BOOST; only where `read` says that there is one."""
        raise NotImplementedError

    def _get(self, offset: int) -> int:
        return self._link.read_words(self._base + offset, 1)[0]

    def _set(self, offset: int, *values: int) -> None:
        for value in values:
            self._link.write_words(self._base + offset, [value])

    def _open(self, keys: int, values: tuple[int, int], control: int, lock: int) -> None:
        """Write the key sequence if the lock bit is set, and see it go."""
        if self._get(control) & lock:
            self._set(keys, *values)
        if self._get(control) & lock:
            raise self._refused("its option bytes stay locked")

    def _wait(self, offset: int, busy: int) -> int:
        """The register once its busy bit is 0."""
        give_up = time.monotonic() + BUSY_S
        while (value := self._get(offset)) & busy:
            if time.monotonic() > give_up:
                raise self._refused("its flash stays busy")
            time.sleep(POLL_S)
        return value

    def _refused(self, why: str) -> LinkError:
        return LinkError(
            f"The {self._board.title} does not take new option bytes: {why}.",
            remedy="Unplug the board and plug it in again, then try once more; "
            f"or use ST's tool: {cube_programmer('RDP=0xAA')}.",
        )


class OptionsF(OptionRegisters):
    """STM32F4 and F7: everything in OPTCR. The F7's bit 31 is no SPRMOD."""

    OPTKEYR, SR, OPTCR = 0x08, 0x0C, 0x14
    OPTLOCK, OPTSTRT, RDP, NWRP = 1 << 0, 1 << 1, 8, 16
    SPRMOD: ClassVar[int] = 1 << 31
    BSY = 1 << 16

    def read(self) -> OptionBytes:
        word = self._get(self.OPTCR)
        by_reading = bool(word & self.SPRMOD)
        protected = [n for n in range(self._sectors) if word >> self.NWRP + n & 1 == by_reading]
        return OptionBytes(
            _level(word >> self.RDP),
            tuple(protected),
            obstacle="sectors are protected against being read (SPRMOD)" if by_reading else "",
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
    SPRMOD = 0


class OptionsH7(OptionRegisters):
    """STM32H7: each word in force has another behind it, to be programmed."""

    OPTKEYR, OPTCR, OPTSR, OPTCCR, WPSN, OPTSR2 = 0x08, 0x18, 0x1C, 0x24, 0x38, 0x70
    TO_PROGRAM, BANK_STRIDE = 0x04, 0x100
    OPTLOCK, OPTSTART, OPT_BUSY, RDP = 1 << 0, 1 << 1, 1 << 0, 8
    OPTCHANGEERR, CPUFREQ_BOOST = 1 << 30, 1 << 2
    SECTORS_OF_A_BIT: ClassVar[int] = 1

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
        if "boost_above_hz" in self._board.clocks:
            boost = bool(self._get(self.OPTSR2) & self.CPUFREQ_BOOST)
        return OptionBytes(_level(self._get(self.OPTSR) >> self.RDP), tuple(sectors), boost)

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
            raise self._refused("OPTCHANGEERR")

    def _protection(self) -> Iterable[int]:
        """WPSN of each bank."""
        banks = range(self._board.flash_layout.banks)
        return [self.WPSN + bank * self.BANK_STRIDE for bank in banks]


class OptionsH7A3(OptionsH7):
    SECTORS_OF_A_BIT = 4


class OptionsL4(OptionRegisters):
    """STM32WB, L4+ and U5: areas from page to page; loaded by a reset of their own."""

    KEYR, OPTKEYR, SR, CR, OPTR = 0x08, 0x0C, 0x10, 0x14, 0x20
    AREAS: ClassVar[tuple[tuple[int, ...], ...]] = ((0x2C, 0x30),)
    """The WRP registers of each bank."""
    PAGES: ClassVar[int] = 0xFF
    """As many bits as a page number in them has."""
    BSY, ERRORS = 1 << 16, 0xE3FA
    OPTSTRT, OBL_LAUNCH, OPTLOCK, LOCK = 1 << 17, 1 << 27, 1 << 30, 1 << 31
    END = 16

    def read(self) -> OptionBytes:
        sectors = {
            bank * (self.PAGES + 1) + page
            for bank, registers in enumerate(self.AREAS)
            for word in map(self._get, registers)
            for page in range(word & self.PAGES, (word >> self.END & self.PAGES) + 1)
        }
        level = _level(self._get(self.OPTR))
        return OptionBytes(level, tuple(sorted(sectors)), obstacle=self._obstacle(level))

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
            raise self._refused(f"its status says {status & self.ERRORS:#06x}")
        # Loading them resets the part, which may end this very access.
        with suppress(LinkError):
            self._set(self.CR, self.OBL_LAUNCH)

    def _obstacle(self, level: int) -> str:
        return ""


class OptionsL4Plus(OptionsL4):
    AREAS = ((0x2C, 0x30), (0x4C, 0x50))


class OptionsU5(OptionsL4):
    """The non-secure registers. TrustZone, a key or a lock of the owner's stay his."""

    OPTKEYR, SR, CR, OPTR = 0x10, 0x20, 0x28, 0x40
    AREAS = ((0x58, 0x5C), (0x68, 0x6C))
    PAGES = 0x7F
    ERRORS = 0x20FA
    OEM1LOCK, TZEN, UNLOCK = 1 << 18, 1 << 31, 1 << 31

    def _obstacle(self, level: int) -> str:
        if self._get(self.OPTR) & self.TZEN:
            return "TrustZone is on (TZEN)"
        if level and self._get(self.SR) & self.OEM1LOCK:
            return "its owner has put a key on it (OEM1LOCK)"
        registers = (at for bank in self.AREAS for at in bank)
        if not all(self._get(at) & self.UNLOCK for at in registers):
            return "its write protection is locked (UNLOCK is 0)"
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


def option_registers(link: Link, board: Board) -> OptionRegisters:
    """The option registers of `board`, reached over `link`."""
    return FAMILIES[board.flash_layout.kind](link, board)


def cube_programmer(change: str) -> str:
    """The command of ST's STM32CubeProgrammer that changes an option byte."""
    return f"`STM32_Programmer_CLI -c port=SWD mode=UR -ob {change}`"


def _level(code: int) -> int:
    return LEVELS.get(code & 0xFF, 1)
