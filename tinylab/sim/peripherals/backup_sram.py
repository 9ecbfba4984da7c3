"""Backup SRAM among the peripherals, as on the STM32F4 and F7."""

from __future__ import annotations

from typing import ClassVar

from tinylab.sim.bus import Peripheral


class BackupSRAM(Peripheral):
    """4 KiB that a system reset does not change (RM0390, backup SRAM).

    Always clocked, and never write-protected: RCC_AHB1ENR.BKPSRAMEN and PWR_CR.DBP have no effect.
    """

    SPAN: ClassVar[int] = 0x1000

    def reset(self) -> None:
        """It keeps its contents."""
