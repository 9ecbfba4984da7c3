"""OTG: the USB device, never connected to a host."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from tinylab.sim.bus import Peripheral

GRSTCTL, GINTSTS = 0x10, 0x14
AHBIDL = 1 << 31
RESETS = 0x3F
"""Resets and FIFO flushes, which complete at once (RM0456, OTG_GRSTCTL)."""


class OTG(Peripheral):
    """USB on-the-go (RM0390, RM0432, RM0456): sufficient for a driver's initialisation.

    It is not connected: it stays in device mode and never raises an interrupt.
    """

    SPAN = 0x1000
    RESET: ClassVar[Mapping[int, int]] = {GRSTCTL: AHBIDL, GINTSTS: 0}

    def write(self, offset: int, value: int) -> None:
        if offset == GRSTCTL:
            value = value & ~RESETS | AHBIDL
        if offset != GINTSTS:
            super().write(offset, value)
