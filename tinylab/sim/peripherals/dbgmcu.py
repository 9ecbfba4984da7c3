"""DBGMCU: identification of the chip."""

from __future__ import annotations

from tinylab.boards.board import Identity
from tinylab.sim.bus import Peripheral

IDCODE = 0x00


class DBGMCU(Peripheral):
    """DEV_ID in the low half of IDCODE, REV_ID in the high half; the rest is storage."""

    def __init__(self, identity: Identity) -> None:
        super().__init__()
        self._idcode = identity.revision_id << 16 | identity.device_id

    def reset(self) -> None:
        """A system reset does not change DBGMCU (RM0434, DBGMCU_CR: power-on reset only)."""

    def read(self, offset: int) -> int:
        return self._idcode if offset == IDCODE else super().read(offset)

    def write(self, offset: int, value: int) -> None:
        if offset != IDCODE:
            super().write(offset, value)
