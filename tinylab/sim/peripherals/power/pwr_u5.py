"""PWR of the STM32U5: voltage ranges and the EPOD booster."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import ClassVar

from tinylab.boards.clock_u5 import U5Clocks
from tinylab.sim.bus import Peripheral
from tinylab.sim.peripherals.power.deep_sleep import BY_LPMS_OF_U5, LPMS, DeepSleep

CR1, CR3, VOSR, SVMSR = 0x00, 0x08, 0x0C, 0x3C
REGSEL, REGS = 1 << 1, 1 << 1
BOOSTRDY, VOSRDY, VOS, BOOSTEN = 1 << 14, 1 << 15, 16, 1 << 18
VOS_MASK = 0b11 << VOS
ACTVOSRDY = 1 << 15


class PWRofU5(Peripheral):
    """RM0456, PWR registers, of a part with the tree `clocks`.

    Writes are ignored unless `clocked` reports that RCC clocks PWR. The regulator settles at once.
    The booster requires a clock `booster_hz` within its limits: otherwise BOOSTRDY is never set.
    """

    RESET: ClassVar[Mapping[int, int]] = {VOSR: 0}

    def __init__(
        self,
        clocks: U5Clocks,
        clocked: Callable[[], bool],
        booster_hz: Callable[[], float],
    ) -> None:
        super().__init__()
        self._limits = clocks.booster_input_hz
        self._clocked = clocked
        self._booster_hz = booster_hz

    @property
    def deep_sleep(self) -> DeepSleep:
        return BY_LPMS_OF_U5[self.words.get(CR1, 0) & LPMS]

    def read(self, offset: int) -> int:
        if offset == VOSR:
            return self.words[VOSR] | VOSRDY | (BOOSTRDY if self._boosted() else 0)
        if offset == SVMSR:
            regulator = REGS if self.words.get(CR3, 0) & REGSEL else 0
            return self.words[VOSR] & VOS_MASK | ACTVOSRDY | regulator
        return super().read(offset)

    def write(self, offset: int, value: int) -> None:
        if not self._clocked() or offset == SVMSR:
            return
        super().write(offset, value & (VOS_MASK | BOOSTEN) if offset == VOSR else value)

    def _boosted(self) -> bool:
        low, high = self._limits
        return bool(self.words[VOSR] & BOOSTEN) and low <= self._booster_hz() <= high
