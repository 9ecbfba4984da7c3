"""The locks of the flash controllers: a sequence of two keys."""

from __future__ import annotations

KEYS = (0x4567_0123, 0xCDEF_89AB)


class FlashLock:
    """The key sequence of a key register: a wrong key locks until the next reset."""

    _next: int | None
    """Index of the next key; None after a wrong one."""

    def __init__(self, keys: tuple[int, ...] = KEYS) -> None:
        self._keys = keys
        self.reset()

    def reset(self) -> None:
        self.locked = True
        self._next = 0

    def offer(self, key: int) -> None:
        if not self.locked or self._next is None:
            return
        if key != self._keys[self._next]:
            self._next = None
        elif self._next == len(self._keys) - 1:
            self.locked = False
            self._next = 0
        else:
            self._next += 1

    def lock(self) -> None:
        """Software set the lock bit."""
        self.locked = True
        self._next = 0
