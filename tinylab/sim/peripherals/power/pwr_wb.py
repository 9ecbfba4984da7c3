"""PWR of the STM32WB: voltage scaling."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from tinylab.sim.bus import Peripheral
from tinylab.sim.peripherals.power.deep_sleep import BY_LPMS, LPMS, DeepSleep

CR1, SR2 = 0x00, 0x14
VOS_RANGE_1 = 0b01 << 9


class PWRofWB(Peripheral):
    """RM0434, PWR registers; SR2.VOSF reads 0: the regulator is always settled."""

    RESET: ClassVar[Mapping[int, int]] = {CR1: VOS_RANGE_1}

    @property
    def deep_sleep(self) -> DeepSleep:
        return BY_LPMS[self.words[CR1] & LPMS]

    def write(self, offset: int, value: int) -> None:
        if offset != SR2:
            super().write(offset, value)
