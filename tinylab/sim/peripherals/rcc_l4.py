"""RCC of the STM32L4+: the MSI's range after standby, and the PLL's even divider."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from tinylab.sim.peripherals.rcc_msi import (
    CFGR,
    CR,
    MSION,
    MSIRANGE,
    PLLCFGR,
    PPRE1,
    RCCwithMSI,
)

APB1ENR1, CSR = 0x58, 0x94
MSIRGSEL = 1 << 3
MSISRANGE = 8
PWREN = 1 << 28


class RCCofL4(RCCwithMSI):
    """RM0432, RCC registers."""

    RESET: ClassVar[Mapping[int, int]] = {
        CR: 6 << MSIRANGE | MSION,
        CFGR: 0,
        PLLCFGR: 0x1000,
        CSR: 0x0C00_0000 | 6 << MSISRANGE,
    }
    SERIAL_PRESCALER, PLLREN, PLLM_MASK = PPRE1, 1 << 24, 0xF

    @property
    def power_clocked(self) -> bool:
        """APB1ENR1.PWREN: whether PWR has a clock."""
        return bool(super().read(APB1ENR1) & PWREN)

    def _msi_hz(self) -> float:
        """CR's range counts once MSIRGSEL says so, until then CSR's."""
        if self.words[CR] & MSIRGSEL:
            return super()._msi_hz()
        return float(self._clocks["msi_ranges_hz"][self.words[CSR] >> MSISRANGE & 0xF])

    def _r(self) -> int:
        return 2 * ((self.words[PLLCFGR] >> 25 & 0b11) + 1)
