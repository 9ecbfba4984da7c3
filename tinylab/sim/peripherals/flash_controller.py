"""What the flash controllers of all families share: keys, lock, erased bytes, NOR stores."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from tinylab.boards.board import FlashLayout
from tinylab.sim.bus import Peripheral
from tinylab.sim.memory import HostMemory

KEYS = (0x4567_0123, 0xCDEF_89AB)
ERASED = 0xFF
UNPROTECTED, PROTECTED, NO_DEBUG = 0xAA, 0xBB, 0xCC
"""The option byte RDP at levels 0, 1 (one of its many values) and 2."""


class FlashLock:
    """The key sequence of FLASH_KEYR: a wrong key locks until the next reset."""

    _next: int | None
    """Which key comes next; None after a wrong one."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self.locked = True
        self._next = 0

    def offer(self, key: int) -> None:
        if not self.locked or self._next is None:
            return
        if key != KEYS[self._next]:
            self._next = None
        elif self._next == len(KEYS) - 1:
            self.locked = False
            self._next = 0
        else:
            self._next += 1

    def lock(self) -> None:
        """Software set the lock bit."""
        self.locked = True
        self._next = 0


class FlashController(Peripheral):
    """A flash controller over `memory`, with the sectors of `layout`.

    Operations take no simulated time. `on_access` is called when wait states or caches
    change, `code_changed(address, size)` after an erase.
    """

    READ_PROTECTION: ClassVar[tuple[int, int]]
    """The option register with the byte RDP, and the byte's lowest bit."""
    rdp = UNPROTECTED
    """The option byte RDP; a reset does not change it."""

    def __init__(
        self,
        memory: HostMemory,
        layout: FlashLayout,
        on_access: Callable[[], None],
        code_changed: Callable[[int, int], None],
    ) -> None:
        super().__init__()
        self.memory = memory
        self.sectors = layout.sizes
        self.lock = FlashLock()
        self._on_access = on_access
        self._code_changed = code_changed

    def reset(self) -> None:
        super().reset()
        self.lock.reset()
        self._on_access()

    @property
    def read_protected(self) -> bool:
        """Whether the debugger gets at nothing in the flash: level 1."""
        return self.rdp != UNPROTECTED

    def read(self, offset: int) -> int:
        value = super().read(offset)
        register, lowest = self.READ_PROTECTION
        return value & ~(0xFF << lowest) | self.rdp << lowest if offset == register else value

    @property
    def wait_states(self) -> int:
        raise NotImplementedError

    @property
    def instruction_cache(self) -> bool:
        """Whether the controller caches instructions (the ART of the M4 parts)."""
        return False

    @property
    def data_cache(self) -> bool:
        return False

    @property
    def prefetch(self) -> bool:
        return False

    def store(self, address: int, size: int, value: int) -> None:
        """A store into the flash: program it, or refuse and set an error flag."""
        raise NotImplementedError

    def _offset(self, address: int) -> int:
        """Offset in the array; the array also appears at its boot alias."""
        return address % self.memory.size

    def _erase_all(self) -> None:
        self._erase(0, self.memory.size)

    def _erase_sector(self, number: int) -> None:
        """Erase one sector; a number that no sector has does nothing."""
        if number < len(self.sectors):
            self._erase(sum(self.sectors[:number]), self.sectors[number])

    def _erase(self, first: int, size: int) -> None:
        self.memory.buffer[first : first + size] = bytes([ERASED]) * size
        self._code_changed(self.memory.base + first, size)

    def _is_erased(self, offset: int, size: int) -> bool:
        return self.memory.buffer[offset : offset + size] == bytes([ERASED]) * size

    def _program(self, offset: int, size: int, value: int) -> None:
        """Clear bits only, as cells do."""
        cells = self.memory.buffer
        before = int.from_bytes(cells[offset : offset + size], "little")
        cells[offset : offset + size] = (before & value).to_bytes(size, "little")
