"""RCC of the parts that start from the MSI: oscillators, PLL, core clock."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from tinylab.boards.clock_msi import MsiClocks
from tinylab.sim.peripherals.clock.clock_tree import APB_PRESCALERS, BUS_PRESCALERS, ClockTree
from tinylab.sim.peripherals.clock.rcc import LSE_HZ, SwitchingRCC

CR, CFGR, PLLCFGR = 0x000, 0x008, 0x00C
CCIPR, BDCR, CSR, CRRCR = 0x088, 0x090, 0x094, 0x098

MSION, MSIRDY, HSION, HSIRDY = 1 << 0, 1 << 1, 1 << 8, 1 << 10
HSEON, HSERDY, PLLON, PLLRDY = 1 << 16, 1 << 17, 1 << 24, 1 << 25
READY_FLAGS = MSIRDY | HSIRDY | HSERDY | PLLRDY
MSIRANGE = 4
PPRE1, PPRE2 = 8, 11

SW_MSI, SW_HSI, SW_HSE, SW_PLL = range(4)
ON_OF = {SW_MSI: MSION, SW_HSI: HSION, SW_HSE: HSEON, SW_PLL: PLLON}
READY_OF = {SW_MSI: MSIRDY, SW_HSI: HSIRDY, SW_HSE: HSERDY, SW_PLL: PLLRDY}


class RCCwithMSI(SwitchingRCC[MsiClocks]):
    """The common registers of RM0434 and RM0432; each family defines its other bits."""

    CFGR, SWS, READ_ONLY = CFGR, 2, 0b11 << 2
    READY_FLAGS, ON_OF, PLL_ON = READY_FLAGS, ON_OF, PLLON
    BDCR, STOPPED = BDCR, HSEON | PLLON | 1 << 26 | 1 << 28
    STOPWUCK, OTHER_HOME = 1 << 15, SW_HSI
    PLL_SETTINGS, CLOCK_REGISTERS = (PLLCFGR,), (CR, CFGR, PLLCFGR, CCIPR)

    AHB_PRESCALERS: ClassVar[Mapping[int, int]] = BUS_PRESCALERS
    SERIAL_APB: ClassVar[int]
    SERIAL_SELECT: ClassVar[int]
    """The APB of the board's serial port, and the position of its clock selection in CCIPR."""
    PLLREN: ClassVar[int]
    PLLM_MASK: ClassVar[int]

    @property
    def tree(self) -> ClockTree:
        cfgr = self.words[CFGR]
        core = self._sysclk_hz() / self.AHB_PRESCALERS.get(cfgr >> 4 & 0xF, 1)
        apb1 = APB_PRESCALERS.get(cfgr >> PPRE1 & 7, 1)
        apb2 = APB_PRESCALERS.get(cfgr >> PPRE2 & 7, 1)
        serial = self._serial_hz(core / (apb1 if self.SERIAL_APB == 1 else apb2))
        return ClockTree(core, 1, serial, apb1, apb2)

    def _serial_hz(self, bus_hz: float) -> float:
        """The serial port's kernel clock."""
        chosen = self.words.get(CCIPR, 0) >> self.SERIAL_SELECT & 0b11
        return (bus_hz, self._sysclk_hz(), float(self._clocks.hsi_hz), LSE_HZ)[chosen]

    def _r(self) -> int:
        """The PLL's output divider, from PLLCFGR."""
        raise NotImplementedError

    def _ready(self) -> int:
        control = self.words[CR]
        flags = MSIRDY if control & MSION else 0
        flags |= HSIRDY if control & HSION else 0
        flags |= HSERDY if control & HSEON else 0
        running = control & PLLON and self._pll_input_hz(flags) and self._pll_hz()
        return flags | (PLLRDY if running else 0)

    def _follow_switch(self) -> None:
        wanted = self.words[CFGR] & 0b11
        if wanted == SW_PLL and not self.words[PLLCFGR] & self.PLLREN:
            return
        if self._ready() & READY_OF[wanted]:
            self._switch = wanted

    def _msi_hz(self) -> float:
        ranges = self._clocks.msi_ranges_hz
        index = self.words[CR] >> MSIRANGE & 0xF
        return float(ranges[min(index, len(ranges) - 1)])

    def _pll_input_hz(self, ready: int) -> float:
        """Frequency of the PLL's source before /M; 0 if it has no running source."""
        source = self.words[PLLCFGR] & 0b11
        inputs = {
            1: (MSIRDY, self._msi_hz()),
            2: (HSIRDY, float(self._clocks.hsi_hz)),
            3: (HSERDY, float(self._clocks.hse_hz)),
        }
        flag, hz = inputs.get(source, (0, 0.0))
        return hz if ready & flag else 0.0

    def _pll_hz(self) -> float:
        word = self.words[PLLCFGR]
        m, n = (word >> 4 & self.PLLM_MASK) + 1, word >> 8 & 0x7F
        return self._pll_input_hz(READY_FLAGS) / m * n / self._r()

    def _sysclk_hz(self) -> float:
        if self._switch == SW_PLL:
            return self._pll_hz()
        if self._switch == SW_MSI:
            return self._msi_hz()
        return float(self._clocks.hse_hz if self._switch == SW_HSE else self._clocks.hsi_hz)
