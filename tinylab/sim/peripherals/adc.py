"""ADC: becomes ready and calibrates at once; every conversion returns 0."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from tinylab.sim.bus import Peripheral

ISR, CR, DR = 0x00, 0x08, 0x40
ADRDY, EOSMP, EOC, EOS, LDORDY = 1 << 0, 1 << 1, 1 << 2, 1 << 3, 1 << 12
ADEN, ADDIS, ADSTART, ADVREGEN, DEEPPWD, ADCAL = 1, 1 << 1, 1 << 2, 1 << 28, 1 << 29, 1 << 31
COMMANDS = 0x3F
"""Bits of CR that firmware can only set (RM0456, ADC_CR): ADEN to JADSTP."""


class ADC(Peripheral):
    """ADC with its common registers (RM0432, RM0434, RM0456): every conversion completes at once.

    Its pins are not connected. Interrupts, DMA and injected channels are not emulated.
    """

    RESET: ClassVar[Mapping[int, int]] = {CR: DEEPPWD}

    def read(self, offset: int) -> int:
        if offset == DR:
            self.words[ISR] = self.words.get(ISR, 0) & ~EOC
            return 0
        return super().read(offset)

    def write(self, offset: int, value: int) -> None:
        if offset == ISR:
            self.words[ISR] = self.words.get(ISR, 0) & ~value | self.words.get(ISR, 0) & LDORDY
        elif offset == CR:
            self._write_control(value)
        elif offset != DR:
            super().write(offset, value)

    def _write_control(self, value: int) -> None:
        flags = self.words.get(ISR, 0) & ~LDORDY
        enabled = (self.words[CR] | value) & ADEN
        if value & ADDIS or value & DEEPPWD:
            enabled, flags = 0, flags & ~ADRDY
        if enabled and not self.words[CR] & ADEN:
            flags |= ADRDY
        if enabled and value & ADSTART:
            flags |= EOSMP | EOC | EOS
        self.words[ISR] = flags | (LDORDY if value & ADVREGEN else 0)
        self.words[CR] = value & ~COMMANDS & ~ADCAL | enabled
