"""RCC of the STM32F4, and most of the STM32F7's: oscillators, PLL, prescalers."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import ClassVar

from tinylab.boards.clock_f4 import F4Clocks
from tinylab.sim.peripherals.clock.clock_tree import APB_PRESCALERS, BUS_PRESCALERS, ClockTree
from tinylab.sim.peripherals.clock.rcc import SwitchingRCC

CR, PLLCFGR, CFGR, APB1ENR, BDCR, CSR = 0x00, 0x04, 0x08, 0x40, 0x70, 0x74

HSION, HSIRDY, HSEON, HSERDY = 1 << 0, 1 << 1, 1 << 16, 1 << 17
PLLON, PLLRDY = 1 << 24, 1 << 25
READY_FLAGS = HSIRDY | HSERDY | PLLRDY
PLLSRC_HSE = 1 << 22
PWREN = 1 << 28

SW_HSI, SW_HSE, SW_PLL = range(3)
ON_OF = {SW_HSI: HSION, SW_HSE: HSEON, SW_PLL: PLLON}
PPRE_OF = {1: 10, 2: 13}
"""APB to the lowest bit of its prescaler in CFGR."""
READY_OF = {SW_HSI: HSIRDY, SW_HSE: HSERDY, SW_PLL: PLLRDY}


class RCCofF4(SwitchingRCC[F4Clocks]):
    """RM0368, RM0390, RM0385 and RM0410, RCC registers."""

    RESET: ClassVar[Mapping[int, int]] = {CR: 0x80 | HSION, PLLCFGR: 0x2400_3010, CFGR: 0}
    CFGR, SWS, READ_ONLY = CFGR, 2, 0b11 << 2
    READY_FLAGS, ON_OF, PLL_ON = READY_FLAGS, ON_OF, PLLON
    BDCR, STOPPED = BDCR, HSEON | PLLON | 1 << 26 | 1 << 28
    PLL_SETTINGS = (PLLCFGR,)
    CLOCK_REGISTERS: ClassVar[Collection[int]] = (CR, CFGR, PLLCFGR)
    READY_AT_ONCE: ClassVar[Mapping[int, Mapping[int, int]]] = {
        CR: {1 << 26: 1 << 27, 1 << 28: 1 << 29},  # PLLI2S, PLLSAI
        BDCR: {1 << 0: 1 << 1},  # LSE
        CSR: {1 << 0: 1 << 1},  # LSI
    }

    @property
    def tree(self) -> ClockTree:
        cfgr = self.words[CFGR]
        core = self._sysclk_hz() / BUS_PRESCALERS.get(cfgr >> 4 & 0xF, 1)
        apb = {n: APB_PRESCALERS.get(cfgr >> bit & 7, 1) for n, bit in PPRE_OF.items()}
        serial = self._serial_hz(core / apb[self._clocks.serial_apb])
        return ClockTree(core, 1, serial, apb[1], apb[2])

    def _serial_hz(self, bus_hz: float) -> float:
        """The serial port's kernel clock: its bus clock."""
        return bus_hz

    @property
    def pll_ready(self) -> bool:
        return bool(self._ready() & PLLRDY)

    @property
    def power_clocked(self) -> bool:
        """APB1ENR.PWREN: whether PWR is clocked."""
        return bool(super().read(APB1ENR) & PWREN)

    def _ready(self) -> int:
        control = self.words[CR]
        flags = HSIRDY if control & HSION else 0
        flags |= HSERDY if control & HSEON else 0
        running = control & PLLON and self._pll_input_hz(flags) and self._pll_hz()
        return flags | (PLLRDY if running else 0)

    def _follow_switch(self) -> None:
        wanted = self.words[CFGR] & 0b11
        if self._ready() & READY_OF.get(wanted, 0):
            self._switch = wanted

    def _oscillator_hz(self, switch: int) -> float:
        return float(self._clocks.hse_hz if switch == SW_HSE else self._clocks.hsi_hz)

    def _pll_input_hz(self, ready: int) -> float:
        """Frequency after /M; 0 if the PLL has no running input."""
        word = self.words[PLLCFGR]
        source = SW_HSE if word & PLLSRC_HSE else SW_HSI
        m = word & 0x3F
        return self._oscillator_hz(source) / m if m and ready & READY_OF[source] else 0.0

    def _pll_hz(self) -> float:
        """The output P: input x N / P; PLLP encodes 2, 4, 6 and 8."""
        word = self.words[PLLCFGR]
        p = 2 * ((word >> 16 & 0b11) + 1)
        return self._pll_input_hz(READY_FLAGS) * (word >> 6 & 0x1FF) / p

    def _sysclk_hz(self) -> float:
        return self._pll_hz() if self._switch == SW_PLL else self._oscillator_hz(self._switch)
