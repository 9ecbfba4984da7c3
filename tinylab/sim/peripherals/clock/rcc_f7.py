"""RCC of the STM32F7: the F4's, with a clock selection for the serial port."""

from __future__ import annotations

from collections.abc import Callable

from tinylab.boards.clock_f4 import F7Clocks
from tinylab.sim.peripherals.clock.rcc import LSE_HZ
from tinylab.sim.peripherals.clock.rcc_f4 import RCCofF4

DCKCFGR2 = 0x90


class RCCofF7(RCCofF4):
    """RM0385 and RM0410, RCC registers."""

    CLOCK_REGISTERS = (*RCCofF4.CLOCK_REGISTERS, DCKCFGR2)

    def __init__(self, clocks: F7Clocks, on_change: Callable[[], None]) -> None:
        super().__init__(clocks, on_change)
        self._serial_select = clocks.serial_select

    def _serial_hz(self, bus_hz: float) -> float:
        """By the board's UARTxSEL or USARTxSEL."""
        chosen = self.words.get(DCKCFGR2, 0) >> self._serial_select & 0b11
        return (bus_hz, self._sysclk_hz(), float(self._clocks.hsi_hz), LSE_HZ)[chosen]
