"""LPUART: a USART with a finer and longer divider."""

from __future__ import annotations

from tinylab.sim.peripherals.usart import BRR, USART

BRR_MASK = 0xF_FFFF
SMALLEST_DIVIDER = 0x300
"""Smaller values of BRR are not allowed."""


class LPUART(USART):
    """RM0432, LPUART: the registers of the USART; the baud rate is 256 x clock / BRR."""

    @property
    def baud(self) -> float:
        divider = self.words.get(BRR, 0) & BRR_MASK
        return 256 * self._clock() / divider if divider >= SMALLEST_DIVIDER else 0.0
