"""Flash controller of the STM32F7."""

from __future__ import annotations

from tinylab.sim.peripherals import flash_f4
from tinylab.sim.peripherals.flash_f4 import FlashF4

OPTCR, OPTCR1 = flash_f4.OPTCR, 0x18
UNPROTECTED, NWRP = 0xC000_AAFD, 16
SMALL_PARTS_SECTORS = 8
NDBOOT, NDBANK = 1 << 28, 1 << 29
BOOT_FROM_ITCM = 0x0040_0080
"""BOOT_ADD1 the system memory, BOOT_ADD0 the flash at 0x0020_0000."""


class FlashF7(FlashF4):
    """FLASH of RM0385 and RM0410: the F4's but for the accelerator and the option bytes.

    The accelerator and its prefetch serve the ITCM path only: on the AXI path, which the
    cycle model counts, ACR's PRFTEN and ARTEN change nothing. One bank, as parts come.
    """

    SECTOR_NUMBERS = 0x1F

    def reset(self) -> None:
        """Option bytes as ST programs them: nothing protected; nDBANK where there is one."""
        super().reset()
        sectors = len(self.sectors)
        banks = NDBOOT | NDBANK if sectors > SMALL_PARTS_SECTORS else 0
        self.words[OPTCR] = UNPROTECTED | ((1 << sectors) - 1) << NWRP | banks
        self.words[OPTCR1] = BOOT_FROM_ITCM

    @property
    def instruction_cache(self) -> bool:
        return False

    @property
    def data_cache(self) -> bool:
        return False

    @property
    def prefetch(self) -> bool:
        return False
