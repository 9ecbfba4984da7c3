"""Calls of a flash algorithm's functions, performed at once if they are sure to succeed."""

from __future__ import annotations

import hashlib

from tinylab.sim.core.emulated_core import EmulatedCore
from tinylab.sim.core.registers import LINK, PROGRAM_COUNTER, STACK_POINTER
from tinylab.sim.flash_routines.known import ALGORITHMS, Algorithm, Writes
from tinylab.sim.part_memory import PartMemory
from tinylab.sim.peripherals.flash.flash_controller import FlashController

STACK = 64
"""Bytes of stack that a function of a known algorithm uses at most."""
WORD = 4
SUCCESS = 0


class FlashRoutines:
    """Performs calls that a debugger has prepared in the registers of a halted `core`.

    A call that succeeds returns to the
    algorithm's breakpoint with R0 = 0 and everything that a caller relies on unchanged; no
    simulated time passes.
    """

    def __init__(self, core: EmulatedCore, memory: PartMemory, flash: FlashController) -> None:
        self._core = core
        self._memory = memory
        self._flash = flash
        self.wanted = True
        """Whether calls are performed; otherwise all are simulated, for comparison."""
        self.performed = 0
        """Number of calls performed since power-up."""

    def perform(self) -> bool:
        """Perform the call at the core's program counter; False if it has to be simulated.

        Nothing has changed then.
        """
        start = self._core.read_register(LINK) & ~1
        offset = self._core.read_register(PROGRAM_COUNTER) - start
        wanted = [one for one in ALGORITHMS if offset in (one.program, one.erase)]
        if not self.wanted or not wanted or self._core.handling:
            return False
        found = next((one for one in wanted if self._is_at(start, one)), None)
        if found is None or not self._has_stack():
            return False
        done = self._program(found) if offset == found.program else self._erase(found)
        if done:
            self._core.write_register(0, SUCCESS)
            self._core.write_register(PROGRAM_COUNTER, start)
            self.performed += 1
        return done

    def _is_at(self, start: int, algorithm: Algorithm) -> bool:
        code = self._memory.read(start, algorithm.size)
        return code is not None and hashlib.sha256(code).hexdigest() == algorithm.sha256

    def _has_stack(self) -> bool:
        """Whether the function can save registers."""
        end = self._core.read_register(STACK_POINTER)
        stack = self._memory.holding(end - STACK, STACK)
        return stack is not None and stack.writable and end % WORD == 0

    def _program(self, algorithm: Algorithm) -> bool:
        """ProgramPage(address, size, data)."""
        address, size, at = (self._core.read_register(number) for number in range(3))
        data = self._memory.read(at, size)
        if not size or data is None or at % WORD or not self._flash.takes(address, size):
            return False
        if algorithm.ends_bank(address - self._flash.memory.base + size):
            return False
        self._make(algorithm.opens, algorithm, address)
        self._flash.program_words(address, data)
        self._make(algorithm.closes, algorithm, address)
        return True

    def _erase(self, algorithm: Algorithm) -> bool:
        """EraseSector(address)."""
        address = self._core.read_register(0)
        if not self._flash.can_erase(address):
            return False
        self._make(algorithm.erases(address - self._flash.memory.base), algorithm, address)
        return True

    def _make(self, writes: Writes, algorithm: Algorithm, address: int) -> None:
        first = algorithm.first_register(address - self._flash.memory.base)
        for offset, value in writes:
            self._flash.write(first + offset, value)
