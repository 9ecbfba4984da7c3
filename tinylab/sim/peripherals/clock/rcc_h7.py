"""RCC of the STM32H7: oscillators, PLL1, prescalers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from tinylab.boards.clock_h7 import H7Clocks
from tinylab.sim.peripherals.clock.clock_tree import APB_PRESCALERS, BUS_PRESCALERS, ClockTree
from tinylab.sim.peripherals.clock.rcc import SwitchingRCC

CR, CFGR, D1CFGR, D2CFGR = 0x00, 0x10, 0x18, 0x1C
"""The last two are called CDCFGR1 and CDCFGR2 on the H7A3."""
PLLCKSELR, PLLCFGR, PLL1DIVR, PLL1FRACR = 0x28, 0x2C, 0x30, 0x34
APB4ENR, SYSCFGEN = 0xF4, 1 << 1

HSION, HSIRDY, HSIDIV, HSIDIVF = 1 << 0, 1 << 2, 3, 1 << 5
CSION, CSIRDY, HSEON, HSERDY = 1 << 7, 1 << 8, 1 << 16, 1 << 17
PLL1ON, PLL1RDY = 1 << 24, 1 << 25
DOMAIN_CLOCKS_READY = 0b11 << 14
D2CCIP2R, BDCR, CSR = 0x54, 0x70, 0x74
USART234578SEL = 0b111
LSE_HZ = 32_768.0
"""The crystal of the boards (UM2407)."""
READY_FLAGS = HSIRDY | HSIDIVF | CSIRDY | HSERDY | PLL1RDY | DOMAIN_CLOCKS_READY
PLL1FRACEN, DIVP1EN = 1 << 0, 1 << 16

SW_HSI, SW_CSI, SW_HSE, SW_PLL1 = range(4)
ON_OF = {SW_HSI: HSION, SW_CSI: CSION, SW_HSE: HSEON, SW_PLL1: PLL1ON}
READY_OF = {SW_HSI: HSIRDY, SW_CSI: CSIRDY, SW_HSE: HSERDY, SW_PLL1: PLL1RDY}
FRACTION = 1 << 13


class RCCofH7(SwitchingRCC[H7Clocks]):
    """RM0433, RM0455 and RM0468, RCC registers."""

    RESET: ClassVar[Mapping[int, int]] = {
        CR: HSION,
        PLLCKSELR: 0x0202_0200,
        PLLCFGR: 0x01FF_0000,
        PLL1DIVR: 0x0101_0280,
    }
    CFGR, SWS, READ_ONLY = CFGR, 3, 0b111 << 3
    READY_FLAGS, ON_OF, PLL_ON = READY_FLAGS, ON_OF, PLL1ON
    BDCR, STOPPED = BDCR, HSEON | PLL1ON | 1 << 26 | 1 << 28
    SW_MASK, STOPWUCK, OTHER_HOME = 0b111, 1 << 6, SW_CSI
    PLL_SETTINGS, CLOCK_REGISTERS = (PLLCKSELR, PLL1DIVR), range(D2CCIP2R + 1)
    READY_AT_ONCE: ClassVar[Mapping[int, Mapping[int, int]]] = {
        CR: {1 << 12: 1 << 13, 1 << 26: 1 << 27, 1 << 28: 1 << 29},  # HSI48, PLL2, PLL3
        BDCR: {1 << 0: 1 << 1},  # LSE
        CSR: {1 << 0: 1 << 1},  # LSI
    }

    @property
    def tree(self) -> ClockTree:
        d1cfgr = super().read(D1CFGR)
        core = self._sysclk_hz() / BUS_PRESCALERS.get(d1cfgr >> 8 & 0xF, 1)
        axi_divider = BUS_PRESCALERS.get(d1cfgr & 0xF, 1)
        d2cfgr = super().read(D2CFGR)
        apb1 = APB_PRESCALERS.get(d2cfgr >> 4 & 7, 1)
        apb2 = APB_PRESCALERS.get(d2cfgr >> 8 & 7, 1)
        serial = self._serial_hz(core / axi_divider / apb1)
        return ClockTree(core, axi_divider, serial, apb1, apb2)

    def _serial_hz(self, bus_hz: float) -> float:
        """The kernel clock of USART2, 3 and UART4, 5, 7, 8; PLL2 and PLL3 are not decoded."""
        sources = {
            3: self._oscillator_hz(SW_HSI),
            4: self._oscillator_hz(SW_CSI),
            5: LSE_HZ,
        }
        return sources.get(super().read(D2CCIP2R) & USART234578SEL, bus_hz)

    @property
    def syscfg_clocked(self) -> bool:
        return bool(self.words.get(APB4ENR, 0) & SYSCFGEN)

    def _ready(self) -> int:
        control = self.words[CR]
        flags = DOMAIN_CLOCKS_READY | HSIDIVF
        flags |= HSIRDY if control & HSION else 0
        flags |= CSIRDY if control & CSION else 0
        flags |= HSERDY if control & HSEON else 0
        running = control & PLL1ON and self._pll_input_hz(flags)
        return flags | (PLL1RDY if running else 0)

    def _follow_switch(self) -> None:
        wanted = self.words.get(CFGR, 0) & 0b111
        if wanted == SW_PLL1 and not self.words[PLLCFGR] & DIVP1EN:
            return
        if self._ready() & READY_OF.get(wanted, 0):
            self._switch = wanted

    def _oscillator_hz(self, switch: int) -> float:
        """HSI (after HSIDIV), CSI or HSE, numbered as in SW and PLLSRC."""
        if switch == SW_HSI:
            return float(self._clocks.hsi_hz) / (1 << (self.words[CR] >> HSIDIV & 0b11))
        return float(self._clocks.csi_hz if switch == SW_CSI else self._clocks.hse_hz)

    def _pll_input_hz(self, ready: int) -> float:
        """Frequency after DIVM1; 0 if PLL1 has no running input."""
        word = self.words[PLLCKSELR]
        source, divm = word & 0b11, word >> 4 & 0x3F
        if source == SW_PLL1 or not divm or not ready & READY_OF[source]:
            return 0.0
        return self._oscillator_hz(source) / divm

    def _pll_hz(self) -> float:
        """The output P: input x (DIVN1 + FRACN1 / 2^13) / DIVP1."""
        divider = self.words[PLL1DIVR]
        multiplier = float((divider & 0x1FF) + 1)
        if self.words[PLLCFGR] & PLL1FRACEN:
            multiplier += (self.words.get(PLL1FRACR, 0) >> 3 & 0x1FFF) / FRACTION
        return self._pll_input_hz(READY_FLAGS) * multiplier / ((divider >> 9 & 0x7F) + 1)

    def _sysclk_hz(self) -> float:
        return self._pll_hz() if self._switch == SW_PLL1 else self._oscillator_hz(self._switch)
