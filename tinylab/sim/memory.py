"""Memory of the emulated part, shared between the core, the debug port and Python."""

from __future__ import annotations

import ctypes
import mmap
from dataclasses import dataclass, replace
from typing import Self

from tinylab.boards.board import Bus

PAGE = 0x1000
"""Bases and sizes are multiples of it (a limit of the emulator)."""


@dataclass(frozen=True, eq=False)
class HostMemory:
    """A block of memory whose bytes are in `buffer`, readable while the core runs.

    A store of the core into memory that is not `writable` is passed to `Core`'s `flash_write`.
    `bus` is the core's path to the memory, which determines the cost of an access. `start` is the
    position of its first byte in `buffer`, which an alias shares.
    """

    name: str
    base: int
    size: int
    writable: bool
    bus: Bus
    buffer: mmap.mmap
    start: int = 0

    @classmethod
    def allocate(
        cls, name: str, base: int, size: int, *, writable: bool, bus: Bus, fill: int = 0
    ) -> Self:
        """A new block at `base`, every byte `fill`; `size` is rounded up to whole pages."""
        size = -(-size // PAGE) * PAGE
        buffer = mmap.mmap(-1, size)
        if fill:
            buffer[:] = bytes([fill]) * size
        return cls(name, base, size, writable, bus, buffer)

    def alias(self, base: int, of: int | None = None, size: int | None = None) -> Self:
        """`size` bytes from the address `of` (default: all of it) at `base` too, as the boot alias
        of flash at 0."""
        start = self.start if of is None else self.position(of)
        return replace(self, base=base, start=start, size=self.size if size is None else size)

    def position(self, address: int) -> int:
        """The index of `address` in `buffer`."""
        return self.start + address - self.base

    def holds(self, address: int, size: int = 1) -> bool:
        """Whether all of `address .. address + size` lies in this block."""
        return self.base <= address and address + size <= self.base + self.size

    @property
    def host_address(self) -> int:
        """Address of the bytes in this process."""
        return ctypes.addressof(ctypes.c_char.from_buffer(self.buffer)) + self.start
