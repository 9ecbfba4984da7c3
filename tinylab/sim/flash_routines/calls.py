"""Calls of a flash algorithm's functions, performed at once if they are sure to succeed."""

from __future__ import annotations

import hashlib
from typing import Protocol

from tinylab.sim.core.emulated_core import EmulatedCore
from tinylab.sim.core.registers import LINK, PROGRAM_COUNTER, STACK_POINTER
from tinylab.sim.flash_routines.known import ALGORITHMS, Algorithm, Writes
from tinylab.sim.part_memory import PartMemory
from tinylab.sim.peripherals.core.fpb import FPB
from tinylab.sim.peripherals.flash.flash_controller import FlashController

STACK = 64
"""Bytes of stack that a function of a known algorithm uses at most."""
WORD = 4
SUCCESS = 0


class Programmable(Protocol):
    """The peripherals of a part that programming depends on."""

    flash: FlashController
    fpb: FPB


class FlashRoutines:
    """Performs calls that a debugger has prepared in the registers of a halted `core`.

    A call that succeeds returns to the algorithm's breakpoint with R0 = 0 and everything that a
    caller relies on unchanged; no simulated time passes.
    """

    def __init__(self, core: EmulatedCore, memory: PartMemory, part: Programmable) -> None:
        self._core = core
        self._memory = memory
        self._part = part
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
        possible = [one for one in ALGORITHMS if offset in (one.program, one.erase)]
        if not self.wanted or not possible or self._core.handling:
            return False
        found = next((one for one in possible if self._is_at(start, one)), None)
        if found is None or not self._runs_through(start, found):
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

    def _runs_through(self, start: int, algorithm: Algorithm) -> bool:
        """Whether no breakpoint stops it, and registers can be saved without overwriting it."""
        code = range(start, start + algorithm.size)
        stack = self._stack
        stops = any(address in code for address in self._part.fpb.breakpoints)
        return _apart(stack, code) and not stops and stack.stop % WORD == 0 and self._is_ram(stack)

    def _program(self, algorithm: Algorithm) -> bool:
        """ProgramPage(address, size, data)."""
        address, size, at = (self._core.read_register(number) for number in range(3))
        given = range(at, at + size)
        if not size or not _apart(self._stack, given) or at % WORD or not self._is_ram(given):
            return False
        flash = self._part.flash
        offset = address - flash.memory.base
        if not flash.takes(address, size) or algorithm.ends_bank(offset + size):
            return False
        self._write(algorithm.opens, algorithm.first_register(offset))
        flash.program_words(address, self._memory.read(at, size) or b"")
        self._write(algorithm.closes, algorithm.first_register(offset))
        return True

    def _erase(self, algorithm: Algorithm) -> bool:
        """EraseSector(address)."""
        address = self._core.read_register(0)
        offset = address - self._part.flash.memory.base
        if not self._part.flash.can_erase(address):
            return False
        self._write(algorithm.erases(offset), algorithm.first_register(offset))
        return True

    @property
    def _stack(self) -> range:
        """The addresses that the function may write to."""
        end = self._core.read_register(STACK_POINTER)
        return range(end - STACK, end)

    def _is_ram(self, addresses: range) -> bool:
        memory = self._memory.holding(addresses.start, len(addresses))
        return memory is not None and memory.writable

    def _write(self, writes: Writes, first: int) -> None:
        for offset, value in writes:
            self._part.flash.write(first + offset, value)


def _apart(one: range, other: range) -> bool:
    """Whether two ranges of addresses have none in common."""
    return one.stop <= other.start or other.stop <= one.start
