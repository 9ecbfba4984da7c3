"""Times calls of a function in a running firmware, with breakpoints and a cycle counter.

The core halts before the function's first instruction and again at its return address. The cycles
between them are counted by a `CycleCounter`. The image is not changed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from tinylab.errors import InputError
from tinylab.probe.core_fault import EXC_RETURN_MARK, FROM_PSP, frame_end

THUMB = 1
LR_AT_RESET = 0xFFFF_FFFF
FRAME_PC = 6
"""Word of an exception's stack frame that holds the address to return to (B1.5.6)."""


class BreakpointAccess(Protocol):
    """A debug connection to the board."""

    def read_core_register(self, name: str) -> int: ...

    def read_words(self, address: int, count: int) -> tuple[int, ...]: ...

    def set_breakpoint(self, address: int) -> None: ...

    def remove_breakpoint(self, address: int) -> None: ...

    def step(self) -> None: ...


class CycleCounter(Protocol):
    """Counts the core's cycles, except while it is halted. Raises MeasurementError."""

    def begin(self) -> None:
        """Count from 0; the core is halted."""

    def poll(self) -> None:
        """Must be called every few seconds while the core runs."""

    def end(self) -> int:
        """The cycles since `begin`."""
        ...


@dataclass(frozen=True)
class Return:
    """The return address of a call, and the stack pointer after the return."""

    address: int
    stack: int


class CallTimer:
    """Times the outermost calls of the function at `address`, one after the other.

    Call `arm` while the core is halted, then resume. Each time the core halts, call `halted`.
    Recursive calls, direct or indirect, are part of the outermost call: until that returns,
    there is no breakpoint at the function's entry.
    """

    def __init__(self, link: BreakpointAccess, address: int, counter: CycleCounter) -> None:
        self._link = link
        self._entry = address & ~THUMB
        self._counter = counter
        self._return: Return | None = None

    @property
    def inside(self) -> bool:
        """Whether a call is in progress."""
        return self._return is not None

    def expects(self, pc: int) -> bool:
        """Whether a halt at `pc` is for this timer."""
        return pc == (self._return.address if self._return else self._entry)

    def arm(self) -> None:
        """Wait for the next call. A core halted at the function's entry begins one now."""
        if self._link.read_core_register("pc") == self._entry:
            self._begin()
        else:
            self._link.set_breakpoint(self._entry)

    def disarm(self) -> None:
        """Remove the breakpoint."""
        self._link.remove_breakpoint(self._return.address if self._return else self._entry)
        self._return = None

    def poll(self) -> None:
        """Must be called every few seconds while the core runs."""
        if self.inside:
            self._counter.poll()

    def halted(self) -> int | None:
        """Handle a halt at a breakpoint; the cycles of the call that ended there, else None.

        Sets the next breakpoint. The caller resumes the core.
        """
        pc = self._link.read_core_register("pc")
        if self._return is None:
            if pc == self._entry:
                self._link.remove_breakpoint(self._entry)
                self._begin()
            return None
        if pc != self._return.address:
            return None
        if self._link.read_core_register("sp") != self._return.stack:
            self._step_over(pc)
            return None
        return self._end()

    def _begin(self) -> None:
        self._return = self._returns_to()
        self._link.set_breakpoint(self._return.address)
        self._counter.begin()

    def _end(self) -> int:
        assert self._return is not None
        cycles = self._counter.end()
        self._link.remove_breakpoint(self._return.address)
        self._return = None
        self.arm()
        return cycles

    def _returns_to(self) -> Return:
        """From LR at the entry, or from the exception's frame when the function is a handler."""
        link = self._link
        address, stack = link.read_core_register("lr"), link.read_core_register("sp")
        if address == LR_AT_RESET:
            raise InputError(
                f"The function at {self._entry | THUMB:#010x} is the reset handler; it never "
                "returns.",
                remedy="Name a function that it calls.",
            )
        if address & EXC_RETURN_MARK != EXC_RETURN_MARK:
            return Return(address & ~THUMB, stack)
        frame = link.read_core_register("psp" if address & FROM_PSP else "msp")
        words = link.read_words(frame, FRAME_PC + 2)
        stack = frame_end(frame, address, words[FRAME_PC + 1])
        return Return(words[FRAME_PC] & ~THUMB, stack)

    def _step_over(self, pc: int) -> None:
        """An inner call returned to the same address: step over it and keep the breakpoint."""
        self._link.remove_breakpoint(pc)
        self._link.step()
        self._link.set_breakpoint(pc)
