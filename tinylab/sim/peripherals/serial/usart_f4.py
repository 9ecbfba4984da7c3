"""USART of the STM32F4: the same unit with an older register layout."""

from __future__ import annotations

from collections.abc import Collection
from typing import ClassVar

from tinylab.sim.peripherals.serial import usart

SR, DR, BRR, CR1 = 0x00, 0x04, 0x08, 0x0C
NEWER = {
    SR: usart.ISR,
    BRR: usart.BRR,
    CR1: usart.CR1,
    0x10: usart.CR2,
    0x14: usart.CR3,
    0x18: 0x10,  # GTPR
}
"""Offset here -> offset in the newer unit."""
STATUS = usart.ORE | usart.IDLE | usart.RXNE | usart.TC | usart.TXE
"""These have the same bits in SR and in ISR."""
CLEARED_BY_ZERO = usart.RXNE | usart.TC
UE, CR1_UE = 13, 0


class USARTofF4(usart.USART):
    """RM0368, USART registers: one data register, and UE at bit 13 of CR1.

    ORE and IDLE are cleared by reading SR and then DR, TC by reading SR and then writing DR.
    """

    STANDING: ClassVar[Collection[int]] = (SR, BRR, CR1)

    _seen = 0
    """Flags that were set when SR was last read."""

    def read(self, offset: int) -> int:
        if offset == DR:
            self._set(0, clear=self._seen & (usart.ORE | usart.IDLE))
            self._seen = 0
            return super().read(usart.RDR)
        value = super().read(NEWER.get(offset, offset))
        if offset == SR:
            self._seen = value & STATUS
            return self._seen
        return _exchanged(value) if offset == CR1 else value

    def write(self, offset: int, value: int) -> None:
        if offset == DR:
            super().write(usart.TDR, value)
        elif offset == SR:
            self._set(0, clear=~value & CLEARED_BY_ZERO)
        else:
            made = _exchanged(value) if offset == CR1 else value
            super().write(NEWER.get(offset, offset), made)

    def write_narrow(self, offset: int, size: int, value: int) -> None:
        if offset == DR:
            self.write(offset, value)
        else:
            super().write_narrow(offset, size, value)


def _exchanged(value: int) -> int:
    """CR1 with UE moved between its two places."""
    kept = value & ~(1 << UE | 1 << CR1_UE)
    return kept | (value >> UE & 1) << CR1_UE | (value >> CR1_UE & 1) << UE
