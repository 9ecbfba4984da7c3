"""The CoreSight ROM table and the identification registers of its components."""

from __future__ import annotations

from collections.abc import Mapping

from tinylab.boards.board import Core
from tinylab.sim.bus import Bus, Peripheral

ROM_TABLE = 0xE00F_F000
ITM, DWT, FPB, SCS, TPIU = 0xE000_0000, 0xE000_1000, 0xE000_2000, 0xE000_E000, 0xE004_0000
IDENTIFICATION = 0xFC0
"""Offset in each component's 4 KiB where identification starts."""
DAUTHSTATUS, DEVARCH, DEVTYPE, PIDR4, PIDR0, CIDR0 = 0xFB8, 0xFBC, 0xFCC, 0xFD0, 0xFE0, 0xFF0
ROM_CLASS, CORESIGHT_CLASS, GENERIC_CLASS = 0x1, 0x9, 0xE
ARM, ST = 0x43B, 0x020
"""JEP106 designers: continuation count in bits 11:8, identity code below."""
ENTRY_FORMAT_AND_PRESENT = 0b11
TPIU_DEVTYPE = 0x11
DEBUG_ALLOWED = 0xAA
"""DAUTHSTATUS of a part without a secure state: authentication is not implemented."""
DEVARCHES: Mapping[int, int] = {
    SCS: 0x4770_2A04,
    DWT: 0x4770_1A02,
    FPB: 0x4770_1A03,
    ITM: 0x4770_1A01,
}
DEVTYPES: Mapping[int, int] = {ITM: 0x43, TPIU: TPIU_DEVTYPE}
"""Identification of Armv8-M's components (ARM DDI 0553, D1.2)."""

PARTS: Mapping[Core, Mapping[int, int]] = {
    Core.CORTEX_M4: {SCS: 0x00C, DWT: 0x002, FPB: 0x003, ITM: 0x001, TPIU: 0x9A1},
    Core.CORTEX_M7: {SCS: 0x00C, DWT: 0x002, FPB: 0x00E, ITM: 0x001, TPIU: 0x9A9},
    Core.CORTEX_M33: dict.fromkeys((SCS, DWT, FPB, ITM, TPIU), 0xD21),
}
"""Part numbers by component address (the cores' TRMs, peripheral IDs)."""
ARMV8M = (Core.CORTEX_M33,)
ARMV8M_IDENTIFICATION = 0xFB0
"""On Armv8-M it starts with DAUTHSTATUS and DEVARCH, in place of Armv7-M's lock registers."""


class Constants(Peripheral):
    """Read-only registers."""

    def __init__(self, words: Mapping[int, int]) -> None:
        super().__init__()
        self.words = dict(words)

    def reset(self) -> None:
        """They never change."""

    def write(self, offset: int, value: int) -> None:
        """They never change."""


def attach_rom_table(bus: Bus, core: Core, device_id: int) -> None:
    """Put the ROM table and the identification of each component on the bus."""
    entries = {
        4 * index: (component - ROM_TABLE) & 0xFFFF_F000 | ENTRY_FORMAT_AND_PRESENT
        for index, component in enumerate(PARTS[core])
    }
    identity = _identification(device_id, ROM_CLASS, ST, 0)
    bus.attach(ROM_TABLE, 0x1000, Constants({**entries, **identity}))
    start = ARMV8M_IDENTIFICATION if core in ARMV8M else IDENTIFICATION
    for component, part in PARTS[core].items():
        words = _component(core, component, part)
        shifted = {offset - start: word for offset, word in words.items()}
        bus.attach(component + start, 0x1000 - start, Constants(shifted))


def _component(core: Core, component: int, part: int) -> Mapping[int, int]:
    if core in ARMV8M:
        kind, devtype = CORESIGHT_CLASS, DEVTYPES.get(component, 0)
        architecture = {DEVARCH: DEVARCHES.get(component, 0), DAUTHSTATUS: DEBUG_ALLOWED}
        return {**architecture, **_identification(part, kind, ARM, devtype)}
    kind, devtype = (CORESIGHT_CLASS, TPIU_DEVTYPE) if component == TPIU else (GENERIC_CLASS, 0)
    return _identification(part, kind, ARM, devtype)


def _identification(part: int, kind: int, designer: int, devtype: int) -> Mapping[int, int]:
    """DEVTYPE, PIDR and CIDR registers (ARM IHI 0031, component and peripheral ID registers)."""
    code, continuation = designer & 0x7F, designer >> 8
    peripheral = (part & 0xFF, part >> 8 & 0xF | (code & 0xF) << 4, 1 << 3 | code >> 4, 0)
    component = (0x0D, kind << 4, 0x05, 0xB1)
    words = {DEVTYPE: devtype, PIDR4: continuation}
    words.update({PIDR0 + 4 * index: byte for index, byte in enumerate(peripheral)})
    words.update({CIDR0 + 4 * index: byte for index, byte in enumerate(component)})
    return words
