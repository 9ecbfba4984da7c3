"""RCC of the STM32WB: oscillators, PLL, prescalers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from tinylab.sim.peripherals.clock_tree import APB_PRESCALERS, BUS_PRESCALERS, ClockTree
from tinylab.sim.peripherals.rcc import SwitchingRCC

CR, CFGR, PLLCFGR, EXTCFGR = 0x000, 0x008, 0x00C, 0x108
CCIPR, BDCR, CSR, CRRCR = 0x088, 0x090, 0x094, 0x098
USART1SEL = 0b11
LSE_HZ = 32_768.0
"""The crystal of the boards (UM2435)."""

MSION, MSIRDY, HSION, HSIRDY = 1 << 0, 1 << 1, 1 << 8, 1 << 10
HSEON, HSERDY, PLLON, PLLRDY = 1 << 16, 1 << 17, 1 << 24, 1 << 25
READY_FLAGS = MSIRDY | HSIRDY | HSERDY | PLLRDY
MSIRANGE = 4
PLLPEN, PLLQEN, PLLREN = 1 << 16, 1 << 24, 1 << 28
PRESCALERS_APPLIED = 0b111 << 16
"""CFGR.HPREF, PPRE1F and PPRE2F; EXTCFGR.SHDHPREF and C2HPREF are the lower two."""

SW_MSI, SW_HSI, SW_HSE, SW_PLL = range(4)
ON_OF = {SW_MSI: MSION, SW_HSI: HSION, SW_HSE: HSEON, SW_PLL: PLLON}
READY_OF = {SW_MSI: MSIRDY, SW_HSI: HSIRDY, SW_HSE: HSERDY, SW_PLL: PLLRDY}

AHB_PRESCALERS = BUS_PRESCALERS | {0b0001: 3, 0b0010: 5, 0b0101: 6, 0b0110: 10, 0b0111: 32}
"""The WB has more dividers than its relatives (RM0434, RCC_CFGR.HPRE)."""


class RCCofWB(SwitchingRCC):
    """RM0434, RCC registers."""

    RESET: ClassVar[Mapping[int, int]] = {
        CR: 6 << MSIRANGE | MSION,
        CFGR: 0,
        PLLCFGR: 0x2204_0100,
        EXTCFGR: 0,
    }
    CFGR, SWS, READ_ONLY = CFGR, 2, 0b11 << 2 | PRESCALERS_APPLIED
    READY_FLAGS, ON_OF, PLL_ON = READY_FLAGS, ON_OF, PLLON
    PLL_SETTINGS, CLOCK_REGISTERS = (PLLCFGR,), (CR, CFGR, PLLCFGR, CCIPR)
    PLL_OUTPUTS = PLLPEN | PLLQEN | PLLREN
    READY_AT_ONCE: ClassVar[Mapping[int, Mapping[int, int]]] = {
        CR: {1 << 26: 1 << 27},  # PLLSAI1
        BDCR: {1 << 0: 1 << 1},  # LSE
        CSR: {1 << 0: 1 << 1, 1 << 2: 1 << 3},  # LSI1, LSI2
        CRRCR: {1 << 0: 1 << 1},  # HSI48
    }

    def read(self, offset: int) -> int:
        value = super().read(offset)
        if offset == CFGR:
            return value | PRESCALERS_APPLIED
        if offset == EXTCFGR:
            return value | PRESCALERS_APPLIED >> 1 & 0b11 << 16
        return value

    @property
    def tree(self) -> ClockTree:
        cfgr = self.words[CFGR]
        core = self._sysclk_hz() / AHB_PRESCALERS.get(cfgr >> 4 & 0xF, 1)
        apb1 = APB_PRESCALERS.get(cfgr >> 8 & 7, 1)
        apb2 = APB_PRESCALERS.get(cfgr >> 11 & 7, 1)
        return ClockTree(core, 1, self._serial_hz(core / apb2), apb1, apb2)

    def _serial_hz(self, bus_hz: float) -> float:
        """USART1's kernel clock."""
        sources = {
            1: self._sysclk_hz(),
            2: float(self._clocks["hsi_hz"]),
            3: LSE_HZ,
        }
        return sources.get(self.words.get(CCIPR, 0) & USART1SEL, bus_hz)

    def _ready(self) -> int:
        control = self.words[CR]
        flags = MSIRDY if control & MSION else 0
        flags |= HSIRDY if control & HSION else 0
        flags |= HSERDY if control & HSEON else 0
        running = control & PLLON and self._pll_input_hz(flags) and self._pll_hz()
        return flags | (PLLRDY if running else 0)

    def _follow_switch(self) -> None:
        wanted = self.words[CFGR] & 0b11
        if wanted == SW_PLL and not self.words[PLLCFGR] & PLLREN:
            return
        if self._ready() & READY_OF[wanted]:
            self._switch = wanted

    def _msi_hz(self) -> float:
        ranges = self._clocks["msi_ranges_hz"]
        index = self.words[CR] >> MSIRANGE & 0xF
        return float(ranges[min(index, len(ranges) - 1)])

    def _pll_input_hz(self, ready: int) -> float:
        """Frequency of the PLL's source before /M; 0 when it has none that runs."""
        source = self.words[PLLCFGR] & 0b11
        inputs = {
            1: (MSIRDY, self._msi_hz()),
            2: (HSIRDY, float(self._clocks["hsi_hz"])),
            3: (HSERDY, float(self._clocks["hse_hz"])),
        }
        flag, hz = inputs.get(source, (0, 0.0))
        return hz if ready & flag else 0.0

    def _pll_hz(self) -> float:
        word = self.words[PLLCFGR]
        m, n, r = (word >> 4 & 7) + 1, word >> 8 & 0x7F, (word >> 29 & 7) + 1
        return self._pll_input_hz(READY_FLAGS) / m * n / r

    def _sysclk_hz(self) -> float:
        if self._switch == SW_PLL:
            return self._pll_hz()
        if self._switch == SW_MSI:
            return self._msi_hz()
        return float(self._clocks["hse_hz" if self._switch == SW_HSE else "hsi_hz"])
