"""NVIC: pending, active and enabled exceptions, and the next exception to take."""

from __future__ import annotations

from collections.abc import Callable

from tinylab.sim.bus import Peripheral

BASE, SIZE = 0xE000_E100, 0xB00
ISER, ICER, ISPR, ICPR, IABR, IPR, IPR_END = 0x000, 0x080, 0x100, 0x180, 0x200, 0x300, 0x4F0
BANK = 0x80
"""Bytes from one group of set and clear registers to the next."""
RESET, NMI, HARD_FAULT, MEM_MANAGE, BUS_FAULT, USAGE_FAULT = range(1, 7)
SV_CALL, DEBUG_MONITOR, PEND_SV, SYS_TICK, FIRST_INTERRUPT = 11, 12, 14, 15, 16
EXCEPTIONS = 16 + 240
FIXED_PRIORITIES = {RESET: -3, NMI: -2, HARD_FAULT: -1}
PRIORITY_BITS = 0xF0
"""STM32 parts have four bits of priority (PM0214, PM0253, PM0264: NVIC_IPRx)."""
THREAD = 256
"""The priority of code outside exception handlers: lower than all others."""


class NVIC(Peripheral):
    """The exception model's state (ARM DDI 0403, B1.5 and B3.4), system exceptions included.

    `on_change` is called when the next exception to take may have changed, `on_pending` when one
    that was not pending becomes so.
    """

    def __init__(self, on_change: Callable[[], None]) -> None:
        self._on_change = on_change
        self.on_pending: Callable[[], None] = lambda: None
        self._pending = 0
        self._sources: dict[int, set[object]] = {}
        super().__init__()
        self.reset()

    def reset(self) -> None:
        super().reset()
        self.pending = self.active = self.asserted = 0
        for sources in self._sources.values():
            sources.clear()
        self.enabled = (1 << FIRST_INTERRUPT) - 1
        self.priorities = [FIXED_PRIORITIES.get(number, 0) for number in range(EXCEPTIONS)]
        self.group_shift = 1
        """Priorities that differ only below this bit do not preempt each other."""

    @property
    def pending(self) -> int:
        """A bit for each exception."""
        return self._pending

    @pending.setter
    def pending(self, exceptions: int) -> None:
        new = exceptions & ~self._pending
        self._pending = exceptions
        if new:
            self.on_pending()

    # Exceptions by number

    def pend(self, number: int) -> None:
        self.pending |= 1 << number
        self._on_change()

    def unpend(self, number: int) -> None:
        """Software clears the pending state; a line that is still asserted sets it again."""
        self.pending &= ~(1 << number) | self.asserted

    def activate(self, number: int) -> None:
        """The exception is taken."""
        self.pending &= ~(1 << number)
        self.active |= 1 << number

    def deactivate(self, number: int) -> None:
        """Its handler has returned; an interrupt whose line is still asserted pends again."""
        self.active &= ~(1 << number)
        self.pending |= 1 << number & self.asserted
        self._on_change()

    def is_active(self, number: int) -> bool:
        return bool(self.active >> number & 1)

    def group(self, priority: int) -> int:
        """The part of a priority that determines preemption."""
        return priority if priority < 0 else priority >> self.group_shift << self.group_shift

    @property
    def active_priority(self) -> int:
        """The priority of the handler in progress, without masks."""
        found = (self.group(self.priorities[number]) for number in _bits(self.active))
        return min(found, default=THREAD)

    def next_pending(self) -> int | None:
        """The enabled pending exception of highest priority, then of lowest number."""
        waiting = self.pending & self.enabled
        if not waiting:
            return None
        return min(_bits(waiting), key=lambda number: (self.priorities[number], number))

    # Interrupt lines

    def line(self, interrupt: int) -> Callable[[bool], None]:
        """An input of that interrupt: call it with the level. Several may share a number."""
        bit = 1 << FIRST_INTERRUPT + interrupt
        source = object()
        sources = self._sources.setdefault(bit, set())

        def drive(level: bool) -> None:
            (sources.add if level else sources.discard)(source)
            self._drive(bit, bool(sources))

        return drive

    def _drive(self, bit: int, level: bool) -> None:
        if not level:
            self.asserted &= ~bit
        elif not self.asserted & bit:
            self.asserted |= bit
            self.pending |= bit
            self._on_change()

    # Registers

    def read(self, offset: int) -> int:
        if offset < IABR + BANK:
            words = {0: self.enabled, 1: self.pending, 2: self.active}
            word = words.get(offset // BANK // 2, 0)
            return word >> FIRST_INTERRUPT + 8 * (offset % BANK) & 0xFFFF_FFFF
        if IPR <= offset < IPR_END:
            first = FIRST_INTERRUPT + offset - IPR
            return int.from_bytes(bytes(self.priorities[first : first + 4]), "little")
        return 0

    def write(self, offset: int, value: int) -> None:
        bits = value << FIRST_INTERRUPT + 8 * (offset % BANK) & (1 << EXCEPTIONS) - 1
        if offset < ICER:
            self.enabled |= bits
        elif offset < ISPR:
            self.enabled &= ~bits
        elif offset < ICPR:
            self.pending |= bits
        elif offset < IABR:
            self.pending &= ~bits | self.asserted
        elif IPR <= offset < IPR_END:
            self.set_priorities(FIRST_INTERRUPT + offset - IPR, value)
        self._on_change()

    def set_priorities(self, first: int, value: int) -> None:
        """Priorities of four exceptions in one register."""
        for number, priority in enumerate(value.to_bytes(4, "little"), first):
            if number < EXCEPTIONS and number not in FIXED_PRIORITIES:
                self.priorities[number] = priority & PRIORITY_BITS
        self._on_change()


def _bits(word: int) -> list[int]:
    """The positions of the set bits."""
    found = []
    while word:
        lowest = word & -word
        found.append(lowest.bit_length() - 1)
        word ^= lowest
    return found
