"""Flash controller of the STM32F7."""

from __future__ import annotations

from collections.abc import Mapping

from tinylab.sim.peripherals.flash.flash_f4 import FlashF4
from tinylab.sim.peripherals.flash.options_f4 import NWRP, OPTCR

OPTCR1 = 0x18
NOT_PROTECTED = 0xC000_AAFC
SMALL_PARTS_SECTORS = 8
NDBOOT, NDBANK = 1 << 28, 1 << 29
BOOT_FROM_ITCM = 0x0040_0080
"""BOOT_ADD1 the system memory, BOOT_ADD0 the flash at 0x0020_0000."""


class FlashF7(FlashF4):
    """FLASH of RM0385 and RM0410: the F4's except for the accelerator and the option bytes.

    The accelerator and its prefetch serve only the ITCM path: on the AXI path, which the cycle
    model counts, ACR's PRFTEN and ARTEN have no effect. One bank, as delivered.
    """

    SECTOR_NUMBERS = 0x1F

    HAS_SPRMOD = False

    def _factory(self) -> Mapping[int, int]:
        """nDBANK on parts that support two banks."""
        sectors = len(self.sectors)
        banks = NDBOOT | NDBANK if sectors > SMALL_PARTS_SECTORS else 0
        free = ((1 << sectors) - 1) << NWRP
        return {OPTCR: NOT_PROTECTED | free | banks, OPTCR1: BOOT_FROM_ITCM}

    @property
    def instruction_cache(self) -> bool:
        return False

    @property
    def data_cache(self) -> bool:
        return False

    @property
    def prefetch(self) -> bool:
        return False
