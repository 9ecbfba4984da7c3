"""PWR of the STM32H72x and H73x: supply configuration and voltage scaling."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from tinylab.sim.bus import Peripheral

CSR1, CR3, D3CR = 0x04, 0x0C, 0x18
ACTVOSRDY, ACTVOS = 1 << 13, 14
VOSRDY, VOS = 1 << 13, 14
VOS_MASK = 0b11 << VOS
SCALE_3 = 0b01


class PWRofH7(Peripheral):
    """RM0468, PWR registers.

    Until the firmware has written CR3 once after power-on, the voltage scale stays at VOS3
    (Run* mode; RM0468, PWR, system supply startup): VOSRDY then never comes for another.
    """

    RESET: ClassVar[Mapping[int, int]] = {CR3: 0x46, D3CR: SCALE_3 << VOS}

    def __init__(self) -> None:
        super().__init__()
        self._supply_configured = False

    def reset(self) -> None:
        """CR3 belongs to power-on reset only."""
        supply = self.words[CR3]
        super().reset()
        self.words[CR3] = supply

    @property
    def scale_code(self) -> int:
        """The VOS code in force: 0b01 VOS3, 0b10 VOS2, 0b11 VOS1, 0b00 VOS0."""
        return (self.words[D3CR] & VOS_MASK) >> VOS if self._supply_configured else SCALE_3

    def read(self, offset: int) -> int:
        if offset == CSR1:
            return ACTVOSRDY | self.scale_code << ACTVOS
        if offset == D3CR:
            asked = self.words[D3CR] & VOS_MASK
            return asked | (VOSRDY if asked >> VOS == self.scale_code else 0)
        return super().read(offset)

    def write(self, offset: int, value: int) -> None:
        if offset == CR3:
            self._supply_configured = True
        if offset != CSR1:
            super().write(offset, value)
