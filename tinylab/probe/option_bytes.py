"""Option bytes over the debug port: what they protect, and the sequences that change them.

Reading changes nothing. Only three things are ever written, and only when asked: read-out
protection from level 1 to 0, write protection off, and the H7's CPUFREQ_BOOST on. Nothing
here can put a protection on, and level 2 is never touched. The families are in
`option_families`.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol

from tinylab.boards.board import Board
from tinylab.errors import LinkError

LEVELS = {0xAA: 0, 0xCC: 2}
"""Codes of RDP; every other one is level 1."""
BUSY_S = 60.0
"""Longer than the largest flash takes to be erased (data sheets: 2 MB in up to 32 s)."""
POLL_S = 0.01


class WordAccess(Protocol):
    """Word accesses over a debug connection."""

    def read_words(self, address: int, count: int) -> tuple[int, ...]: ...

    def write_words(self, address: int, words: Sequence[int]) -> None: ...


@dataclass(frozen=True)
class OptionBytes:
    """What the option bytes of a part say.

    `level` is that of read-out protection, 0 to 2; `sectors` are the numbers of those that
    are write-protected. `cpu_boost` is CPUFREQ_BOOST, None where a part has no such bit.
    `obstacle` says why tinylab does not take the protection off; empty if it can. `secure` are
    sectors that belong to the second core's stack. `arrange` is the setting that gives the
    flash the sectors of the board's record, empty when it has them.
    """

    level: int
    sectors: tuple[int, ...]
    cpu_boost: bool | None = None
    obstacle: str = ""
    secure: tuple[int, ...] = ()
    arrange: str = ""

    @property
    def protected(self) -> bool:
        return bool(self.level or self.sectors)


class OptionRegisters:
    """The option registers of `board`'s part; a subclass knows the family.

    Every method raises LinkError when the link fails, the ones that write also when the
    controller refuses.
    """

    RDP_AT: ClassVar[tuple[int, int]]
    """Where the byte RDP in force is: offset of the register, lowest bit."""

    def __init__(self, link: WordAccess, board: Board) -> None:
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


def cube_programmer(change: str) -> str:
    """The command of ST's STM32CubeProgrammer that changes an option byte."""
    return f"`STM32_Programmer_CLI -c port=SWD mode=UR -ob {change}`"


def level(code: int) -> int:
    return LEVELS.get(code & 0xFF, 1)
