"""RCC of the STM32WB: more prescalers, and flags that report when they are applied."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from tinylab.sim.peripherals.clock.clock_tree import BUS_PRESCALERS
from tinylab.sim.peripherals.clock.rcc_msi import (
    BDCR,
    CFGR,
    CR,
    CRRCR,
    CSR,
    MSION,
    MSIRANGE,
    PLLCFGR,
    RCCwithMSI,
)

EXTCFGR = 0x108
PRESCALERS_APPLIED = 0b111 << 16
"""CFGR.HPREF, PPRE1F and PPRE2F; EXTCFGR.SHDHPREF and C2HPREF are the lower two."""


class RCCofWB(RCCwithMSI):
    """RM0434, RCC registers; HPRE has more dividers than in other families."""

    RESET: ClassVar[Mapping[int, int]] = {
        CR: 6 << MSIRANGE | MSION,
        CFGR: 0,
        PLLCFGR: 0x2204_0100,
        EXTCFGR: 0,
    }
    READ_ONLY = RCCwithMSI.READ_ONLY | PRESCALERS_APPLIED
    READY_AT_ONCE: ClassVar[Mapping[int, Mapping[int, int]]] = {
        CR: {1 << 26: 1 << 27},  # PLLSAI1
        BDCR: {1 << 0: 1 << 1},  # LSE
        CSR: {1 << 0: 1 << 1, 1 << 2: 1 << 3},  # LSI1, LSI2
        CRRCR: {1 << 0: 1 << 1},  # HSI48
    }
    AHB_PRESCALERS = BUS_PRESCALERS | {0b0001: 3, 0b0010: 5, 0b0101: 6, 0b0110: 10, 0b0111: 32}
    SERIAL_APB, SERIAL_SELECT = 2, 0  # USART1
    PLLREN, PLLM_MASK = 1 << 28, 7
    PLL_OUTPUTS = 1 << 16 | 1 << 24 | PLLREN  # P, Q, R

    def read(self, offset: int) -> int:
        value = super().read(offset)
        if offset == CFGR:
            return value | PRESCALERS_APPLIED
        if offset == EXTCFGR:
            return value | PRESCALERS_APPLIED >> 1 & 0b11 << 16
        return value

    def _r(self) -> int:
        return (self.words[PLLCFGR] >> 29 & 7) + 1
