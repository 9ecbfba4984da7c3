"""RCC of the STM32U5: oscillators, PLL1, prescalers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from tinylab.boards.clock_u5 import U5Clocks
from tinylab.sim.peripherals.clock.clock_tree import APB_PRESCALERS, BUS_PRESCALERS, ClockTree
from tinylab.sim.peripherals.clock.rcc import SwitchingRCC

CR, ICSCR1, CFGR1, CFGR2 = 0x00, 0x08, 0x1C, 0x20
PLL1CFGR, PLL1DIVR, PLL1FRACR, AHB3ENR, BDCR, CSR = 0x28, 0x34, 0x38, 0x94, 0xF0, 0xF4

MSISON, MSISRDY, MSIKON, MSIKRDY = 1 << 0, 1 << 2, 1 << 4, 1 << 5
HSION, HSIRDY, HSEON, HSERDY = 1 << 8, 1 << 10, 1 << 16, 1 << 17
PLL1ON, PLL1RDY = 1 << 24, 1 << 25
READY_FLAGS = MSISRDY | MSIKRDY | HSIRDY | HSERDY | PLL1RDY
MSIRGSEL, MSISRANGE = 1 << 23, 28
MSISSRANGE = 12
PLL1FRACEN, PLL1REN = 1 << 4, 1 << 18
PWREN, SRAM4EN = 1 << 2, 1 << 31
FRACTION = 1 << 13

SW_MSIS, SW_HSI16, SW_HSE, SW_PLL1 = range(4)
ON_OF = {SW_MSIS: MSISON, SW_HSI16: HSION, SW_HSE: HSEON, SW_PLL1: PLL1ON}
READY_OF = {SW_MSIS: MSISRDY, SW_HSI16: HSIRDY, SW_HSE: HSERDY, SW_PLL1: PLL1RDY}
SOURCES = {1: SW_MSIS, 2: SW_HSI16, 3: SW_HSE}
"""PLL1CFGR.PLL1SRC, numbered as in SW; 0 is no clock."""
BOOSTER_DIVIDERS = (1, 2, 4, 6, 8, 10, 12, 14, 16)
"""PLL1CFGR.PLL1MBOOST."""


class RCCofU5(SwitchingRCC[U5Clocks]):
    """RM0456, RCC registers."""

    RESET: ClassVar[Mapping[int, int]] = {
        CR: MSISON | MSIKON,
        ICSCR1: 0x4400_0000,
        CFGR1: 0,
        PLL1CFGR: 0,
        PLL1DIVR: 0x0101_0280,
        AHB3ENR: SRAM4EN,
        CSR: 0x0C00_4400,
    }
    CFGR, SWS, READ_ONLY = CFGR1, 2, 0b11 << 2
    READY_FLAGS, ON_OF, PLL_ON = READY_FLAGS, ON_OF, PLL1ON
    BDCR, STOPPED = BDCR, HSEON | PLL1ON | 1 << 26 | 1 << 28
    STOPWUCK, OTHER_HOME = 1 << 4, SW_HSI16
    PLL_SETTINGS, CLOCK_REGISTERS = (PLL1CFGR, PLL1DIVR), range(PLL1FRACR + 1)
    READY_AT_ONCE: ClassVar[Mapping[int, Mapping[int, int]]] = {
        # HSI48, SHSI, PLL2, PLL3; then LSE, LSE for the system, LSI
        CR: {1 << 12: 1 << 13, 1 << 14: 1 << 15, 1 << 26: 1 << 27, 1 << 28: 1 << 29},
        BDCR: {1 << 0: 1 << 1, 1 << 7: 1 << 11, 1 << 26: 1 << 27},
    }

    @property
    def tree(self) -> ClockTree:
        cfgr2 = self.words.get(CFGR2, 0)
        core = self._sysclk_hz() / BUS_PRESCALERS.get(cfgr2 & 0xF, 1)
        apb1 = APB_PRESCALERS.get(cfgr2 >> 4 & 7, 1)
        apb2 = APB_PRESCALERS.get(cfgr2 >> 8 & 7, 1)
        return ClockTree(core, 1, core / apb2, apb1, apb2)

    @property
    def power_clocked(self) -> bool:
        """Whether PWR is clocked."""
        return bool(self.words.get(AHB3ENR, 0) & PWREN)

    @property
    def booster_hz(self) -> float:
        """Frequency of the EPOD booster's clock from the PLL's source; 0 if it does not run."""
        code = self.words[PLL1CFGR] >> 12 & 0xF
        divider = BOOSTER_DIVIDERS[min(code, len(BOOSTER_DIVIDERS) - 1)]
        return self._pll_source_hz(self._oscillators_ready()) / divider

    def _oscillators_ready(self) -> int:
        control = self.words[CR]
        flags = MSISRDY if control & MSISON else 0
        flags |= MSIKRDY if control & MSIKON else 0
        flags |= HSIRDY if control & HSION else 0
        return flags | (HSERDY if control & HSEON else 0)

    def _ready(self) -> int:
        flags = self._oscillators_ready()
        running = self.words[CR] & PLL1ON and self._pll_source_hz(flags)
        return flags | (PLL1RDY if running else 0)

    def _follow_switch(self) -> None:
        wanted = self.words[CFGR1] & 0b11
        if wanted == SW_PLL1 and not self.words[PLL1CFGR] & PLL1REN:
            return
        if self._ready() & READY_OF[wanted]:
            self._switch = wanted

    def _oscillator_hz(self, switch: int) -> float:
        if switch == SW_MSIS:
            own = self.words[ICSCR1] >> MSISRANGE
            after_standby = self.words[CSR] >> MSISSRANGE & 0xF
            chosen = own if self.words[ICSCR1] & MSIRGSEL else after_standby
            return float(self._clocks.msi_ranges_hz[chosen])
        return float(self._clocks.hsi_hz if switch == SW_HSI16 else self._clocks.hse_hz)

    def _pll_source_hz(self, ready: int) -> float:
        """Frequency before /PLL1M; 0 if PLL1 has no running source."""
        source = SOURCES.get(self.words[PLL1CFGR] & 0b11)
        if source is None or not ready & READY_OF[source]:
            return 0.0
        return self._oscillator_hz(source)

    def _pll_hz(self) -> float:
        """The output R: source / PLL1M x (PLL1N + PLL1FRACN / 2^13) / PLL1R."""
        config, divider = self.words[PLL1CFGR], self.words[PLL1DIVR]
        multiplier = float((divider & 0x1FF) + 1)
        if config & PLL1FRACEN:
            multiplier += (self.words.get(PLL1FRACR, 0) >> 3 & 0x1FFF) / FRACTION
        vco = self._pll_source_hz(READY_FLAGS) / ((config >> 8 & 0xF) + 1) * multiplier
        return vco / ((divider >> 24 & 0x7F) + 1)

    def _sysclk_hz(self) -> float:
        return self._pll_hz() if self._switch == SW_PLL1 else self._oscillator_hz(self._switch)
