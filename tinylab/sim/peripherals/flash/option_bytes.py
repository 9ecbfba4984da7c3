"""Option bytes: words of the flash that outlive a reset, behind keys of their own.

What is written to the registers counts only once it is programmed. Which word says what is
the families' matter: `options_f4`, `options_h7` and `options_l4` decode it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tinylab.sim.peripherals.flash.flash_lock import FlashLock

OPTION_KEYS = (0x0819_2A3B, 0x4C5D_6E7F)
UNPROTECTED, PROTECTED, NO_DEBUG = 0xAA, 0xBB, 0xCC
"""The option byte RDP at levels 0, 1 (one of its many values) and 2."""
LEVELS = {UNPROTECTED: 0, NO_DEBUG: 2}
"""Every other one is level 1."""


class OptionBytes:
    """Option words by register offset; a subclass knows their meaning.

    `factory` is what ST programs, `rdp` the word with RDP and its lowest bit there. `written`
    is in the registers, `cells` in the flash, `current` in force. `erase_all` is called when
    read-out protection goes from level 1 to 0. `changes` counts how often they were
    programmed, `attempts` how often somebody wrote a key or an option register at all.
    """

    def __init__(
        self, factory: Mapping[int, int], erase_all: Callable[[], None], rdp: tuple[int, int]
    ) -> None:
        self.current = dict(factory)
        self.cells = dict(factory)
        self.written = dict(factory)
        self.lock = FlashLock(OPTION_KEYS)
        self.changes = self.attempts = 0
        self._erase_all = erase_all
        self._rdp = rdp

    @property
    def level(self) -> int:
        """The level of read-out protection in force, 0 to 2."""
        return self._level_in(self.current)

    @property
    def rdp(self) -> int:
        """The byte RDP in force; written, it is as a program before us has left it."""
        word, shift = self._rdp
        return self.current[word] >> shift & 0xFF

    @rdp.setter
    def rdp(self, code: int) -> None:
        word, shift = self._rdp
        self._put({word: self.cells[word] & ~(0xFF << shift) | code << shift})

    def protected(self) -> frozenset[int]:
        """Numbers of the sectors that can be neither erased nor programmed."""
        raise NotImplementedError

    def protect(self, first: int, last: int) -> None:
        """Write protection on sectors `first` to `last`, as a program before us has put it on."""
        raise NotImplementedError

    def _level_in(self, words: Mapping[int, int]) -> int:
        word, shift = self._rdp
        return LEVELS.get(words[word] >> shift & 0xFF, 1)

    def _put(self, words: Mapping[int, int]) -> None:
        self.cells |= words
        self.load()

    def reset(self) -> None:
        """What was written and not programmed is lost."""
        self.lock.reset()
        self.written = dict(self.current)

    def offer_key(self, key: int) -> None:
        self.attempts += 1
        self.lock.offer(key)

    def write(self, offset: int, value: int) -> None:
        """To an option register; it takes nothing while it is locked."""
        self.attempts += 1
        if not self.lock.locked:
            self.written[offset] = value

    def program(self) -> None:
        """Program what was written. Level 2 stays, with all the rest: it is for good."""
        if self.lock.locked or self.level == 2:
            return
        before = self._level_in(self.cells)
        self.cells = dict(self.written)
        self.changes += 1
        if before == 1 and self._level_in(self.cells) == 0:
            self._erase_all()

    def load(self) -> None:
        """What was programmed comes into force."""
        self.current = dict(self.cells)
        self.written = dict(self.cells)
