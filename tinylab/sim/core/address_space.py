"""The emulator's address space: memories, and the ranges of devices between them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import unicorn

from tinylab.sim.cycles.hooks.device_reads import DeviceRegion
from tinylab.sim.memory import HostMemory

DEVICES = ((0x4000_0000, 0x2000_0000), (0xE000_0000, 0x10_0000))
"""Addresses of peripherals and of the core's own registers: (base, size)."""

Read = Callable[[int, int], int]
"""(address, size) -> value of a peripheral register."""
Write = Callable[[int, int, int], None]
"""(address, size, value)."""


class AddressSpace:
    """Maps `memories`, and `read` and `write` at `devices`; `stands` as for `EmulatedCore`."""

    def __init__(
        self,
        uc: unicorn.Uc,
        memories: Sequence[HostMemory],
        devices: Sequence[tuple[int, int]],
        read: Read,
        write: Write,
        stands: Callable[[int], bool],
    ) -> None:
        self._uc = uc
        for memory in memories:
            uc.mem_map_ptr(memory.base, memory.size, _rights(memory), memory.host_address)
        self._devices = [
            DeviceRegion(uc, base, size, read, write, stands) for base, size in devices
        ]

    def forget_devices(self) -> None:
        """Values of registers may have changed."""
        for region in self._devices:
            region.forget()

    def enable(self, memory: HostMemory, wanted: bool) -> None:
        """Whether `memory` responds to accesses; if not, they fault."""
        rights = _rights(memory) if wanted else unicorn.UC_PROT_NONE
        self._uc.mem_protect(memory.base, memory.size, rights)


def _rights(memory: HostMemory) -> int:
    rights: int = unicorn.UC_PROT_READ | unicorn.UC_PROT_EXEC
    return rights | unicorn.UC_PROT_WRITE if memory.writable else rights
