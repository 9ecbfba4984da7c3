"""Halting debug: DHCSR, DCRSR, DCRDR and DEMCR."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum, auto
from typing import Protocol

from tinylab.sim.bus import Peripheral

BASE, SIZE = 0xE000_EDF0, 0x10
DHCSR, DCRSR, DCRDR, DEMCR = 0x0, 0x4, 0x8, 0xC
DEBUG_KEY = 0xA05F
C_DEBUGEN, C_HALT, C_STEP, C_MASKINTS, C_SNAPSTALL = 1 << 0, 1 << 1, 1 << 2, 1 << 3, 1 << 5
S_REGRDY, S_HALT, S_SLEEP, S_LOCKUP = 1 << 16, 1 << 17, 1 << 18, 1 << 19
S_RETIRE_ST, S_RESET_ST = 1 << 24, 1 << 25
DEMCR_TRCENA, VC_CORERESET, VC_HARDERR = 1 << 24, 1 << 0, 1 << 10
WRITE_REGISTER = 1 << 16


class CoreState(Enum):
    """The core's state as seen by a debugger."""

    RUNNING = auto()
    HALTED = auto()
    SLEEPING = auto()
    LOCKUP = auto()
    RESET = auto()
    """Held in reset by NRST."""


class DebugControl(Protocol):
    """The functions of the machine that the debug registers use."""

    @property
    def state(self) -> CoreState: ...
    def halt(self) -> None: ...
    def resume(self) -> None: ...
    def step(self) -> None: ...
    def read_register(self, number: int) -> int: ...
    def write_register(self, number: int, value: int) -> None: ...


class CoreDebug(Peripheral):
    """Debug registers of the system control space (ARM DDI 0403, C1.6).

    `on_trace` is called with DEMCR.TRCENA. The core itself can change only DEMCR.
    """

    def __init__(self, control: DebugControl, on_trace: Callable[[bool], None]) -> None:
        super().__init__()
        self._control = control
        self._on_trace = on_trace
        self._dhcsr = 0
        self._dcrdr = 0
        self._demcr = 0
        self._was_reset = True
        self.stuck = False
        """Simulated fault: an access of the core never completes, so it cannot be halted."""

    def reset(self) -> None:
        """A system reset does not change debugging; it sets S_RESET_ST."""
        self._was_reset = True

    @property
    def enabled(self) -> bool:
        return bool(self._dhcsr & C_DEBUGEN)

    @property
    def catches_reset(self) -> bool:
        return self.enabled and bool(self._demcr & VC_CORERESET) and not self.stuck

    @property
    def catches_hard_fault(self) -> bool:
        return self.enabled and bool(self._demcr & VC_HARDERR)

    def read(self, offset: int) -> int:
        if offset == DHCSR:
            return self._read_dhcsr()
        return {DCRDR: self._dcrdr, DEMCR: self._demcr}.get(offset, 0)

    def write(self, offset: int, value: int) -> None:
        if offset == DEMCR:
            self._demcr = value
            self._on_trace(bool(value & DEMCR_TRCENA))

    def debug_write(self, offset: int, value: int) -> None:
        if offset == DHCSR:
            self._write_dhcsr(value)
        elif offset == DCRSR:
            self._transfer(value)
        elif offset == DCRDR:
            self._dcrdr = value
        else:
            self.write(offset, value)

    def _read_dhcsr(self) -> int:
        state = self._control.state
        value = self._dhcsr | S_REGRDY
        value |= S_HALT | C_HALT if state is CoreState.HALTED else 0
        value |= S_SLEEP if state is CoreState.SLEEPING else 0
        value |= S_LOCKUP if state is CoreState.LOCKUP else 0
        value |= S_RETIRE_ST if state is CoreState.RUNNING else 0
        value |= S_RESET_ST if self._was_reset else 0
        self._was_reset = state is CoreState.RESET
        return value

    def _write_dhcsr(self, value: int) -> None:
        if value >> 16 != DEBUG_KEY:
            return
        self._dhcsr = value & (C_DEBUGEN | C_MASKINTS | C_SNAPSTALL)
        if self.stuck:
            return
        halted = self._control.state is CoreState.HALTED
        if value & C_DEBUGEN and value & C_HALT:
            if not halted:
                self._control.halt()
        elif halted and value & C_DEBUGEN and value & C_STEP:
            self._control.step()
        elif halted:
            self._control.resume()

    def _transfer(self, request: int) -> None:
        """DCRSR: copy a register to or from DCRDR; requires a halted core."""
        if self._control.state is not CoreState.HALTED:
            return
        number = request & 0x7F
        if request & WRITE_REGISTER:
            self._control.write_register(number, self._dcrdr)
        else:
            self._dcrdr = self._control.read_register(number)
