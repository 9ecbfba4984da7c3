"""PWR of the STM32H7: supply configuration and voltage scaling; the over-drive of SYSCFG."""

from __future__ import annotations

from collections.abc import Callable

from tinylab.boards.clock_h7 import H7Clocks
from tinylab.sim.bus import Peripheral
from tinylab.sim.peripherals.power.deep_sleep import DeepSleep
from tinylab.sim.peripherals.syscfg import SYSCFGwithCell

CSR1, CR3, CPUCR, D3CR = 0x04, 0x0C, 0x10, 0x18
"""D3CR is called SRDCR on the H7A3."""
PDDS = 0b101
"""CPUCR.PDDS_D1 and PDDS_D3: the core's domain and the last domain go to standby. On the H7A3
RETDS_CD and PDDS_SRD."""
ACTVOSRDY, ACTVOS = 1 << 13, 14
VOSRDY, VOS = 1 << 13, 14
VOS_MASK = 0b11 << VOS
SUPPLY_MASK = 0xFF
"""The byte of CR3 that can be written once after power-on."""
UNCONFIGURED = 0b110
"""CR3 after power-on: bit 2 (SCUEN, on the H7A3 SMPSEN) and LDOEN."""
PWRCR, ODEN = 0x2C, 1 << 0


class PWRofH7(Peripheral):
    """RM0433, RM0455 and RM0468, PWR registers, of a part with the tree `clocks`.

    The firmware sets the supply configuration once after power-on, in CR3. Until it matches the
    board's supply, the voltage scale stays at VOS3 (Run* mode; RM0433, PWR, system supply
    startup): VOSRDY is then never set for another scale. If `syscfg` has an over-drive, it
    requires VOS1. `syscfg_clocked` reports whether RCC clocks SYSCFG.
    """

    def __init__(self, clocks: H7Clocks, syscfg_clocked: Callable[[], bool]) -> None:
        self._lowest = clocks.voltage_codes[0]
        self._highest = clocks.voltage_codes[-1]
        self._wired = clocks.supply_cr3
        self._has_over_drive = any(clocks.voltage_over_drive)
        self.syscfg = SYSCFGofH7(syscfg_clocked)
        self._supply_said = False
        super().__init__()
        self.words = {CR3: UNCONFIGURED, D3CR: self._lowest << VOS}

    def reset(self) -> None:
        """CR3 is reset only at power-on."""
        supply = self.words[CR3]
        super().reset()
        self.words |= {CR3: supply, D3CR: self._lowest << VOS}

    @property
    def deep_sleep(self) -> DeepSleep:
        standby = self.words.get(CPUCR, 0) & PDDS == PDDS
        return DeepSleep.STANDBY if standby else DeepSleep.STOP

    @property
    def scale_code(self) -> int:
        """The VOS code in force."""
        return (self.words[D3CR] & VOS_MASK) >> VOS if self._supplied else self._lowest

    @property
    def _supplied(self) -> bool:
        return self._supply_said and self.words[CR3] & SUPPLY_MASK == self._wired

    def read(self, offset: int) -> int:
        if offset == CSR1:
            return (ACTVOSRDY if self._supplied else 0) | self.scale_code << ACTVOS
        if offset == D3CR:
            return self.words[D3CR] & VOS_MASK | (VOSRDY if self._voltage_ready() else 0)
        return super().read(offset)

    def write(self, offset: int, value: int) -> None:
        if offset == CR3 and self._supply_said:
            value = value & ~SUPPLY_MASK | self.words[CR3] & SUPPLY_MASK
        if offset == CR3:
            self._supply_said = True
        if offset != CSR1:
            super().write(offset, value)

    def _voltage_ready(self) -> bool:
        """The regulator settles at once if it can."""
        asked = (self.words[D3CR] & VOS_MASK) >> VOS
        over_drive = self._has_over_drive and self.syscfg.over_drive
        return asked == self.scale_code and (asked == self._highest or not over_drive)


class SYSCFGofH7(SYSCFGwithCell):
    """SYSCFG; writes are ignored unless `clocked` reports that RCC clocks it."""

    def __init__(self, clocked: Callable[[], bool]) -> None:
        super().__init__()
        self._clocked = clocked

    @property
    def over_drive(self) -> bool:
        """PWRCR.ODEN (RM0433): raises the voltage from VOS1 to VOS0."""
        return bool(self.words.get(PWRCR, 0) & ODEN)

    def write(self, offset: int, value: int) -> None:
        if self._clocked():
            super().write(offset, value)
