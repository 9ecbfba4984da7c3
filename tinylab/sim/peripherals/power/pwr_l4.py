"""PWR of the STM32L4+: ranges of the core voltage."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import ClassVar

from tinylab.sim.bus import Peripheral
from tinylab.sim.peripherals.power.deep_sleep import BY_LPMS, LPMS, DeepSleep

CR1, CR3, SR1, SR2, CR5 = 0x00, 0x08, 0x10, 0x14, 0x80
VOS, VOS_MASK = 9, 0b11 << 9
RANGE_1, RANGE_2 = 0b01 << VOS, 0b10 << VOS
R1MODE = 1 << 8


class PWRofL4(Peripheral):
    """RM0432, PWR registers; SR2.VOSF reads 0: the regulator is always settled.

    Writes are ignored unless `clocked` reports that RCC clocks PWR; VOS accepts only the two
    ranges.
    """

    RESET: ClassVar[Mapping[int, int]] = {CR1: RANGE_1, CR3: 0x8000, CR5: R1MODE}

    def __init__(self, clocked: Callable[[], bool]) -> None:
        super().__init__()
        self._clocked = clocked

    @property
    def deep_sleep(self) -> DeepSleep:
        return BY_LPMS[self.words[CR1] & LPMS]

    def write(self, offset: int, value: int) -> None:
        if not self._clocked() or offset in (SR1, SR2):
            return
        if offset == CR1 and value & VOS_MASK not in (RANGE_1, RANGE_2):
            value = value & ~VOS_MASK | self.words[CR1] & VOS_MASK
        super().write(offset, value)
