"""Frequencies of the part, decoded from the RCC's registers."""

from __future__ import annotations

from dataclasses import dataclass

BUS_PRESCALERS = dict(zip(range(8, 16), (2, 4, 8, 16, 64, 128, 256, 512), strict=True))
"""HPRE, and D1CPRE of the H7: code to divider; codes below 8 divide by 1."""

APB_PRESCALERS = {0b100: 2, 0b101: 4, 0b110: 8, 0b111: 16}
"""PPRE1, PPRE2 and D2PPRE1; codes below 4 divide by 1."""

APB2 = range(0x4001_0000, 0x4002_0000)
"""Addresses of the APB2 peripherals; those below are on APB1 (memory maps of all families)."""


@dataclass(frozen=True)
class ClockTree:
    """Frequencies in Hz: the core, and the kernel clock of the board's serial port.

    `bus_ratio` is core clock / bus clock (AHB on the M4 parts, AXI on the M7 parts). An RCC
    that does not set its APB dividers divides by 1.
    """

    core_hz: float
    bus_ratio: int
    serial_hz: float
    apb1_divider: int = 1
    apb2_divider: int = 1

    def apb_hz(self, base: int) -> float:
        """The bus clock of the peripheral at `base`."""
        return self.core_hz / self.bus_ratio / self._divider(base)

    def timer_hz(self, base: int) -> float:
        """The clock of the timer at `base`: twice its bus clock if the bus clock is divided.

        RM0434, RM0368 and RM0390, RCC, clocks; RM0468 with RCC_CFGR.TIMPRE 0.
        """
        return self.apb_hz(base) * (1 if self._divider(base) == 1 else 2)

    def _divider(self, base: int) -> int:
        return self.apb2_divider if base in APB2 else self.apb1_divider
