"""Option bytes over the debug port: what they protect, and the sequences that change them.

Reading has no side effects. Only three changes are ever written, and only on request: read-out
protection from level 1 to 0, write protection off, and the H7's CPUFREQ_BOOST on. Nothing
here can enable a protection, and level 2 is never written. The families are in
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
"""Codes of RDP; every other code is level 1."""
BUSY_S = 60.0
"""Longer than erasing the largest flash takes (data sheets: 2 MB in up to 32 s)."""
POLL_S = 0.01


class WordAccess(Protocol):
    """Word accesses over a debug connection."""

    def read_words(self, address: int, count: int) -> tuple[int, ...]: ...

    def write_words(self, address: int, words: Sequence[int]) -> None: ...


@dataclass(frozen=True)
class OptionBytes:
    """The option bytes of a part, decoded.

    `level` is the level of read-out protection, 0 to 2; `sectors` are the numbers of the
    write-protected sectors. `cpu_boost` is CPUFREQ_BOOST, None if the part has no such bit.
    `obstacle` is why tinylab cannot remove the protection; empty if it can. `secure` are the
    sectors that belong to the second core's stack. `arrange` is the setting that gives the
    flash the sectors of the board's record; empty if it has them.
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
    """The option registers of `board`'s part; there is a subclass for each family.

    Every method raises LinkError when the link fails. Methods that write also raise it when the
    flash controller rejects the change.
    """

    RDP_AT: ClassVar[tuple[int, int]]
    """Location of the RDP byte in force: offset of the register, lowest bit."""

    def __init__(self, link: WordAccess, board: Board) -> None:
        self._link = link
        self._board = board
        self._base = board.flash_layout.registers
        self._sectors = len(board.flash_layout.sizes)

    def read(self) -> OptionBytes:
        """The option bytes in force."""
        raise NotImplementedError

    def unlock(self) -> None:
        """Remove write protection, and read-out protection of level 1, which erases the flash."""
        raise NotImplementedError

    def set_cpu_boost(self) -> None:
        """Set CPUFREQ_BOOST; only if `read` returns a `cpu_boost` that is not None."""
        raise NotImplementedError

    def _get(self, offset: int) -> int:
        return self._link.read_words(self._base + offset, 1)[0]

    def _set(self, offset: int, *values: int) -> None:
        for value in values:
            self._link.write_words(self._base + offset, [value])

    def _open(self, keys: int, values: tuple[int, int], control: int, lock: int) -> None:
        """Write the key sequence if the lock bit is set, and check that this clears the bit."""
        if self._get(control) & lock:
            self._set(keys, *values)
        if self._get(control) & lock:
            raise self._refused("the option bytes stay locked")

    def _wait(self, offset: int, busy: int) -> int:
        """The register's value once its busy bit is 0."""
        give_up = time.monotonic() + BUSY_S
        while (value := self._get(offset)) & busy:
            if time.monotonic() > give_up:
                raise self._refused(f"the flash is still busy after {BUSY_S:g} s")
            time.sleep(POLL_S)
        return value

    def _refused(self, why: str) -> LinkError:
        return LinkError(
            f"The {self._board.title} rejects new option bytes: {why}.",
            remedy="Power-cycle the board and try again, "
            f"or use ST's tool: {cube_programmer('RDP=0xAA')}.",
        )


def cube_programmer(change: str) -> str:
    """The command of ST's STM32CubeProgrammer that changes an option byte."""
    return f"`STM32_Programmer_CLI -c port=SWD mode=UR -ob {change}`"


def level(code: int) -> int:
    return LEVELS.get(code & 0xFF, 1)
