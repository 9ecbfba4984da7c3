"""The common part of all flash controllers: keys, lock, erased bytes, NOR stores."""

from __future__ import annotations

from collections.abc import Callable
from itertools import accumulate
from typing import ClassVar

from tinylab.boards.board import FlashLayout
from tinylab.sim.bus import Peripheral
from tinylab.sim.memory import HostMemory
from tinylab.sim.peripherals.flash.flash_lock import FlashLock
from tinylab.sim.peripherals.flash.option_bytes import UNPROTECTED, OptionBytes

ERASED = 0xFF


class FlashController(Peripheral):
    """A flash controller over `memory`, with the sectors of `layout`.

    Operations take no simulated time. `on_access` is called when wait states or caches change,
    `code_changed(address, size)` after an erase, `request_reset` when software reloads its option
    bytes. `sector_erases` and `mass_erases` count since power-up.
    """

    options: OptionBytes
    PROGRAMMED_AT_ONCE: ClassVar[int] = 4
    """Bytes of a flash word."""
    ONLY_ERASED: ClassVar[bool] = False
    """Whether a flash word can be programmed only after it was erased."""

    def __init__(
        self,
        memory: HostMemory,
        layout: FlashLayout,
        on_access: Callable[[], None],
        code_changed: Callable[[int, int], None],
        request_reset: Callable[[], None],
    ) -> None:
        super().__init__()
        self.memory = memory
        self.sectors = layout.sizes
        self.lock = FlashLock()
        self._on_access = on_access
        self._code_changed = code_changed
        self._request_reset = request_reset
        self.sector_erases = self.mass_erases = 0
        self.options = self._option_bytes()

    def _option_bytes(self) -> OptionBytes:
        """The family's option bytes, as programmed by ST."""
        raise NotImplementedError

    def reset(self) -> None:
        super().reset()
        self.lock.reset()
        self.options.reset()
        self._on_access()

    @property
    def rdp(self) -> int:
        """The option byte RDP; a reset does not change it."""
        return self.options.rdp

    @rdp.setter
    def rdp(self, code: int) -> None:
        self.options.rdp = code

    @property
    def read_protected(self) -> bool:
        """Whether the debugger cannot access the flash: level 1."""
        return self.rdp != UNPROTECTED

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
        """A store into the flash: program it, or reject it and set an error flag."""
        raise NotImplementedError

    def takes(self, address: int, size: int) -> bool:
        """Whether words stored one after the other at `address` will be programmed without an
        error, once programming of words is enabled."""
        if not self._is_ready(address, size) or size % self.PROGRAMMED_AT_ONCE:
            return False
        offset = self._offset(address)
        aligned = offset % self.PROGRAMMED_AT_ONCE == 0
        return aligned and (not self.ONLY_ERASED or self._is_erased(offset, size))

    def program_words(self, address: int, data: bytes) -> None:
        """What storing `data` word by word does, if it `takes` it and programming is enabled."""
        offset = self._offset(address)
        self._program(offset, len(data), int.from_bytes(data, "little"))
        self._code_changed(address, len(data))

    def can_erase(self, address: int) -> bool:
        """Whether the sector at `address` can be erased without an error."""
        return self._is_ready(address, 1)

    def _is_ready(self, address: int, size: int) -> bool:
        """Whether those bytes can be changed: in one bank, unlocked, not protected, no error."""
        if not self.memory.holds(address, size) or self.options.protected():
            return False
        return self._is_idle(self._offset(address), size)

    def _is_idle(self, offset: int, size: int) -> bool:
        """Whether what controls those bytes is unlocked, has no error, and is in no flash word."""
        raise NotImplementedError

    def _offset(self, address: int) -> int:
        """Offset in the array; the array also appears at its boot alias."""
        return address % self.memory.size

    def _unprotect_by_erasing(self) -> None:
        """Read-out protection changes from level 1 to 0: the whole flash is erased."""
        self.mass_erases += 1
        self._erase(0, self.memory.size)

    def _erase_bank(self, bank: int = 0, banks: int = 1) -> bool:
        """Erase one of equal banks; False if a sector of it is write-protected."""
        per_bank = len(self.sectors) // banks
        if self.options.protected() & {*range(bank * per_bank, (bank + 1) * per_bank)}:
            return False
        self.mass_erases += 1
        size = self.memory.size // banks
        self._erase(bank * size, size)
        return True

    def _erase_sector(self, number: int) -> bool:
        """Erase one sector; an invalid number is ignored. False: the sector is protected."""
        if number in self.options.protected():
            return False
        if number < len(self.sectors):
            self.sector_erases += 1
            self._erase(sum(self.sectors[:number]), self.sectors[number])
        return True

    def _is_protected(self, offset: int) -> bool:
        """Whether the sector at `offset` is write-protected."""
        protected = self.options.protected()
        if not protected:
            return False
        ends = accumulate(self.sectors)
        return next(n for n, end in enumerate(ends) if offset < end) in protected

    def _erase(self, first: int, size: int) -> None:
        self.memory.buffer[first : first + size] = bytes([ERASED]) * size
        self._code_changed(self.memory.base + first, size)

    def _is_erased(self, offset: int, size: int) -> bool:
        return self.memory.buffer[offset : offset + size] == bytes([ERASED]) * size

    def _program(self, offset: int, size: int, value: int) -> None:
        """Clear bits only, as flash cells do."""
        cells = self.memory.buffer
        before = int.from_bytes(cells[offset : offset + size], "little")
        cells[offset : offset + size] = (before & value).to_bytes(size, "little")
