"""Hardware breakpoints of an emulated core."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import unicorn

from tinylab.sim.core.it_blocks import starts_of_it_blocks
from tinylab.sim.memory import HostMemory


class Breakpoints:
    """Hooks on single instructions; `on_hit` is called before one of them executes.

    Translated code calls the earlier hooks: flush it after `set`.
    """

    def __init__(
        self, uc: unicorn.Uc, memories: Sequence[HostMemory], on_hit: Callable[[], None]
    ) -> None:
        self._uc = uc
        self._memories = memories
        self._on_hit = on_hit
        self._hooks: dict[int, int] = {}
        self._inside: dict[int, tuple[int, ...]] = {}
        self._starts: set[int] = set()
        self._executed: set[int] = set()
        self._stopped_at: int | None = None
        self._passes: int | None = None

    def set(self, addresses: Iterable[int]) -> None:
        """Replace the earlier breakpoints.

        For one inside an IT block, the core stops before the IT instruction. What looks like an
        IT instruction before it may be data: if the core comes to the breakpoint without having
        executed that, it stops there.
        """
        self._inside = {address & ~1: self._it_blocks(address & ~1) for address in addresses}
        self._starts = {start for found in self._inside.values() for start in found}
        self._executed &= self._starts
        wanted = self._inside.keys() | self._starts
        for address in self._hooks.keys() - wanted:
            self._uc.hook_del(self._hooks.pop(address))
        for address in wanted - self._hooks.keys():
            self._hooks[address] = self._uc.hook_add(
                unicorn.UC_HOOK_CODE, self._hit, begin=address, end=address
            )

    def continue_at(self, pc: int) -> None:
        """The core continues at `pc`: through the IT block before which it stopped, if it did."""
        self._passes = pc if pc == self._stopped_at else None

    def _hit(self, _uc: object, address: int, _size: int, _data: object) -> None:
        if address == self._passes:
            self._passes = self._stopped_at = None
            return
        begins_it_block = address in self._starts
        if begins_it_block:
            self._executed.add(address)
            self._stopped_at = None if address in self._inside else address
        if begins_it_block or self._executed.isdisjoint(self._inside.get(address, ())):
            self._on_hit()

    def _it_blocks(self, address: int) -> tuple[int, ...]:
        """Addresses of what may be the IT instruction of the one at `address`."""
        memory = next((memory for memory in self._memories if memory.holds(address)), None)
        if memory is None:
            return ()
        position = memory.position(address)
        starts = starts_of_it_blocks(memory.buffer, position)
        return tuple(address + start - position for start in starts)
