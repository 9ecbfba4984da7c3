"""PWR of the STM32F4 and STM32F7: voltage scaling and over-drive."""

from __future__ import annotations

from collections.abc import Callable

from tinylab.boards.clock_f4 import F4Clocks
from tinylab.sim.bus import Peripheral
from tinylab.sim.peripherals.power.deep_sleep import DeepSleep

CR, CSR = 0x00, 0x04
PDDS = 1 << 1
VOS, VOS_MASK = 14, 0b11 << 14
ODEN, ODSWEN = 1 << 16, 1 << 17
VOSRDY, ODRDY, ODSWRDY = 1 << 14, 1 << 16, 1 << 17


class PWRofF4(Peripheral):
    """RM0368, RM0390, RM0385 and RM0410, PWR registers, of a part with the tree `clocks`.

    CR and CSR are CR1 and CSR1 of the F7.

    Writes are ignored unless `clocked` reports that RCC clocks PWR, and writes to VOS also while
    the PLL is on; VOSRDY is set with the PLL, as reported by `pll_ready`. Parts without
    over-drive keep its bits at 0.
    """

    def __init__(
        self,
        clocks: F4Clocks,
        clocked: Callable[[], bool],
        pll_ready: Callable[[], bool],
    ) -> None:
        super().__init__()
        self._clocked = clocked
        self._pll_ready = pll_ready
        self._reset_scale = clocks.voltage_codes[-1] << VOS
        self._over_drive = ODEN | ODSWEN if clocks.over_drive else 0
        self.reset()

    def reset(self) -> None:
        """After a reset the highest voltage is selected."""
        super().reset()
        self.words[CR] = self._reset_scale

    @property
    def deep_sleep(self) -> DeepSleep:
        return DeepSleep.STANDBY if self.words[CR] & PDDS else DeepSleep.STOP

    def read(self, offset: int) -> int:
        return self._status() if offset == CSR else super().read(offset)

    def write(self, offset: int, value: int) -> None:
        if not self._clocked():
            return
        if offset == CR:
            value &= ~(ODEN | ODSWEN) | self._over_drive
            if self._pll_ready():
                value = value & ~VOS_MASK | self.words[CR] & VOS_MASK
        if offset != CSR:
            super().write(offset, value)

    def _status(self) -> int:
        """The regulator settles at once."""
        control = self.words[CR]
        status = VOSRDY if self._pll_ready() else 0
        if control & ODEN:
            status |= ODRDY | (ODSWRDY if control & ODSWEN else 0)
        return status
