"""DWT: the cycle counter used by firmware for measuring."""

from __future__ import annotations

from collections.abc import Callable

from tinylab.sim.bus import Peripheral

CTRL, CYCCNT, LAR, LSR = 0x000, 0x004, 0xFB0, 0xFB4
CYCCNTENA = 1 << 0
FOUR_COMPARATORS = 4 << 28
LOCK_KEY = 0xC5AC_CE55
LOCK_IMPLEMENTED, LOCKED = 1 << 0, 1 << 1


class DWT(Peripheral):
    """DWT of Armv7-M (ARM DDI 0403, C1.8); watchpoints are registers without effect.

    CYCCNT counts only with DEMCR.TRCENA and CTRL.CYCCNTENA. With `has_lock`, as on the
    Cortex-M7, the core's writes are ignored until it has written the key to LAR; the lock does
    not apply to the debugger. A system reset has no effect.
    """

    def __init__(self, cycles: Callable[[], int], *, has_lock: bool) -> None:
        super().__init__()
        self._cycles = cycles
        self._has_lock = has_lock
        self._locked = has_lock
        self._trace_enabled = False
        self._value = 0
        self._since: int | None = None

    def reset(self) -> None:
        """Reset only at power-on."""

    def set_trace_enabled(self, enabled: bool) -> None:
        """DEMCR.TRCENA."""
        self._trace_enabled = enabled
        self._gate()

    def read(self, offset: int) -> int:
        if offset == CTRL:
            return self.words.get(CTRL, 0) & ~(0xF << 28) | FOUR_COMPARATORS
        if offset == CYCCNT:
            return self._count()
        if offset == LSR:
            return LOCK_IMPLEMENTED | LOCKED * self._locked if self._has_lock else 0
        return super().read(offset)

    def write(self, offset: int, value: int) -> None:
        if offset == LAR:
            self._locked = self._has_lock and value != LOCK_KEY
        elif not self._locked:
            self.debug_write(offset, value)

    def debug_write(self, offset: int, value: int) -> None:
        if offset == CYCCNT:
            self._value = value
            self._since = None if self._since is None else self._cycles()
        elif offset not in (LAR, LSR):
            super().write(offset, value)
            self._gate()

    def _gate(self) -> None:
        counting = self._trace_enabled and bool(self.words.get(CTRL, 0) & CYCCNTENA)
        if counting and self._since is None:
            self._since = self._cycles()
        elif not counting and self._since is not None:
            self._value = self._count()
            self._since = None

    def _count(self) -> int:
        passed = 0 if self._since is None else self._cycles() - self._since
        return self._value + passed & 0xFFFF_FFFF
