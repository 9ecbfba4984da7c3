"""What the RCC gives to the rest of the part: frequencies decoded from its registers."""

from __future__ import annotations

from dataclasses import dataclass

BUS_PRESCALERS = dict(zip(range(8, 16), (2, 4, 8, 16, 64, 128, 256, 512), strict=True))
"""HPRE, and D1CPRE of the H7: code to divider; codes below 8 divide by 1."""

APB_PRESCALERS = {0b100: 2, 0b101: 4, 0b110: 8, 0b111: 16}
"""PPRE1, PPRE2 and D2PPRE1; codes below 4 divide by 1."""


@dataclass(frozen=True)
class ClockTree:
    """Frequencies in Hz: the core, and the kernel clock of the board's serial port.

    `bus_ratio` is core clock / bus clock (AHB on the M4 parts, AXI on the M7 parts).
    """

    core_hz: float
    bus_ratio: int
    serial_hz: float
