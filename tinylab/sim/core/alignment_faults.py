"""Unaligned accesses that fault on silicon, but not in the emulator."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import unicorn

from tinylab.sim.core import registers
from tinylab.sim.core.it_blocks import it_state, starts_of_it_blocks
from tinylab.sim.cycles.decoding.decode import PAGE
from tinylab.sim.memory import HostMemory

ABSENT = 0xF000_0000
"""An aligned address at which no part has memory."""
MASK = 0xFFFF_FFFF
CHANGED = (*range(15), *range(registers.FIRST_SINGLE, registers.FIRST_SINGLE + 32))
"""Registers that instructions of an IT block may change."""


class AlignmentFaults:
    """Stops the emulator before an instruction whose access faults.

    Inside an IT block the emulator loses a request to stop, and goes on to the end of the block.
    What it does there is undone: accesses are moved to an address without memory, registers are
    restored. `request_stop` makes the emulator stop as soon as it can.
    """

    def __init__(
        self,
        uc: unicorn.Uc,
        memories: Sequence[HostMemory],
        request_stop: Callable[[], None],
    ) -> None:
        self._uc = uc
        self._memories = memories
        self._request_stop = request_stop
        self._fault: tuple[int, int, list[int], int] | None = None
        self._entered = (0, 0)

    @property
    def pending(self) -> bool:
        """Whether an instruction has faulted since the last `settle`."""
        return self._fault is not None

    def enter(self, pc: int) -> None:
        """The core is about to continue at `pc`, perhaps inside an IT block."""
        self._entered = pc, registers.read(self._uc, registers.XPSR) & registers.IT_STATE

    def provoke(self, block: int, pc: int, address: int, base: int) -> None:
        """The instruction at `pc`, which faults or follows one that does, would access `address`.

        Code from `block` to it is sequential. `base` is the emulator's number of its base
        register, negative if there is none.
        """
        uc = self._uc
        if self._fault is None:
            saved = registers.read_many(uc, CHANGED)
            others = registers.read(uc, registers.XPSR) & ~registers.IT_STATE
            self._fault = pc, address, saved, others | self._it_state(block, pc)
        if base >= 0:
            uc.reg_write(base, uc.reg_read(base) + ABSENT - address & MASK)
        self._request_stop()

    def settle(self) -> int | None:
        """Return to the faulting instruction; the address that it accesses, None if none faults."""
        if self._fault is None:
            return None
        pc, address, saved, xpsr = self._fault
        self._fault = None
        registers.write_many(self._uc, CHANGED, saved)
        registers.write(self._uc, registers.XPSR, xpsr)
        registers.write(self._uc, registers.PROGRAM_COUNTER, pc)
        return address

    def _it_state(self, block: int, pc: int) -> int:
        """The bits of xPSR for an instruction that may be inside an IT block.

        A block begins inside one only where the core continued, or at the end of a page.
        """
        memory = next(memory for memory in self._memories if memory.holds(pc))
        first, entered = memory.position(block), 0
        if block == self._entered[0]:
            entered = self._entered[1]
        elif block % PAGE == 0:
            first = min(starts_of_it_blocks(memory.buffer, first), default=first)
        return it_state(memory.buffer, first, memory.position(pc), entered)
