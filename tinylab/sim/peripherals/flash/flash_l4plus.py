"""Flash controller of the STM32L4+: the L4's, with two banks and more wait states."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from tinylab.sim.peripherals.flash.flash_l4 import OPTR, FlashL4

DBANK_AS_PARTS_COME = 0xFFEF_F8AA
"""ST's production value of OPTR: two banks, bank 1 first."""


class FlashL4Plus(FlashL4):
    """FLASH of RM0432 with DBANK = 1: pages of bank 2 follow those of bank 1."""

    FACTORY: ClassVar[Mapping[int, int]] = {OPTR: DBANK_AS_PARTS_COME}
    AREAS = ((0x2C, 0x30), (0x4C, 0x50))
    LATENCY = 0xF
    PAGE_NUMBERS = 0x1FF
    BANK_ERASES = (1 << 2, 1 << 15)
