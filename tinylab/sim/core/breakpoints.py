"""Hardware breakpoints of an emulated core."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import unicorn

from tinylab.sim.core.it_blocks import start_of_it_block
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

    def set(self, addresses: Iterable[int]) -> None:
        """Replace the earlier breakpoints.

        A breakpoint inside an IT block is set at its IT instruction.
        """
        wanted = {self._stoppable(address & ~1) for address in addresses}
        for address in self._hooks.keys() - wanted:
            self._uc.hook_del(self._hooks.pop(address))
        for address in wanted - self._hooks.keys():
            self._hooks[address] = self._uc.hook_add(
                unicorn.UC_HOOK_CODE, self._hit, begin=address, end=address
            )

    def _hit(self, _uc: object, _address: int, _size: int, _data: object) -> None:
        self._on_hit()

    def _stoppable(self, address: int) -> int:
        memory = next((memory for memory in self._memories if memory.holds(address)), None)
        if memory is None:
            return address
        position = memory.position(address)
        return address + start_of_it_block(memory.buffer, position) - position
