"""RCC of the STM32L4+: the MSI's range after standby, and the PLL's even divider."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

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

APB1ENR1 = 0x58
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
    READY_AT_ONCE: ClassVar[Mapping[int, Mapping[int, int]]] = {
        CR: {1 << 26: 1 << 27, 1 << 28: 1 << 29},  # PLLSAI1, PLLSAI2
        BDCR: {1 << 0: 1 << 1},  # LSE
        CSR: {1 << 0: 1 << 1},  # LSI
        CRRCR: {1 << 0: 1 << 1},  # HSI48
    }
    SERIAL_APB, SERIAL_SELECT = 1, 10  # LPUART1
    PLLREN, PLLM_MASK = 1 << 24, 0xF
    PLL_OUTPUTS = 1 << 16 | 1 << 20 | PLLREN  # P, Q, R

    @property
    def power_clocked(self) -> bool:
        """APB1ENR1.PWREN: whether PWR is clocked."""
        return bool(super().read(APB1ENR1) & PWREN)

    def _msi_hz(self) -> float:
        """CR's range applies if MSIRGSEL is set, otherwise CSR's."""
        if self.words[CR] & MSIRGSEL:
            return super()._msi_hz()
        return float(self._clocks.msi_ranges_hz[self.words[CSR] >> MSISRANGE & 0xF])

    def _r(self) -> int:
        return 2 * ((self.words[PLLCFGR] >> 25 & 0b11) + 1)
