"""Option bytes: words of the flash that are kept over a reset, with their own keys.

Values written to the registers take effect only after programming. The meaning of each word
depends on the family: `options_f4`, `options_h7` and `options_l4` decode it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tinylab.sim.peripherals.flash.flash_lock import FlashLock

OPTION_KEYS = (0x0819_2A3B, 0x4C5D_6E7F)
UNPROTECTED, PROTECTED, NO_DEBUG = 0xAA, 0xBB, 0xCC
"""The option byte RDP at levels 0, 1 (one of its many values) and 2."""
LEVELS = {UNPROTECTED: 0, NO_DEBUG: 2}
"""Every other value is level 1."""


class OptionBytes:
    """Option words by register offset; a subclass defines their meaning.

    `factory` has ST's values, `rdp` the word with RDP and its lowest bit there. `written` is in
    the registers, `cells` in the flash, `current` in force. `erase_all` is called when read-out
    protection changes from level 1 to 0. `changes` counts the programming operations, `attempts`
    the writes to a key or option register.
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
        """The byte RDP in force; the setter simulates an earlier program that set it."""
        word, shift = self._rdp
        return self.current[word] >> shift & 0xFF

    @rdp.setter
    def rdp(self, code: int) -> None:
        word, shift = self._rdp
        self._put({word: self.cells[word] & ~(0xFF << shift) | code << shift})

    def protected(self) -> frozenset[int]:
        """Numbers of the write-protected sectors."""
        raise NotImplementedError

    def protect(self, first: int, last: int) -> None:
        """Write-protect sectors `first` to `last`, as an earlier program may have done."""
        raise NotImplementedError

    def _level_in(self, words: Mapping[int, int]) -> int:
        word, shift = self._rdp
        return LEVELS.get(words[word] >> shift & 0xFF, 1)

    def _put(self, words: Mapping[int, int]) -> None:
        self.cells |= words
        self.load()

    def reset(self) -> None:
        """Values that were written but not programmed are lost."""
        self.lock.reset()
        self.written = dict(self.current)

    def offer_key(self, key: int) -> None:
        self.attempts += 1
        self.lock.offer(key)

    def write(self, offset: int, value: int) -> None:
        """Write to an option register; ignored while it is locked."""
        self.attempts += 1
        if not self.lock.locked:
            self.written[offset] = value

    def program(self) -> None:
        """Program the written values. At level 2, which is permanent, nothing changes."""
        if self.lock.locked or self.level == 2:
            return
        before = self._level_in(self.cells)
        self.cells = dict(self.written)
        self.changes += 1
        if before == 1 and self._level_in(self.cells) == 0:
            self._erase_all()

    def load(self) -> None:
        """The programmed values take effect."""
        self.current = dict(self.cells)
        self.written = dict(self.cells)
