"""The kinds of ST-Link and how they differ on the bus: product id, firmware, endpoints.

Product ids, generations and endpoints are those of pyOCD's ST-Link driver.
"""

from __future__ import annotations

from dataclasses import dataclass

from tinylab.boards.board import Board
from tinylab.sim.virtual_probe.usb_device import Descriptor, Endpoint, Interface

VENDOR_ID = 0x0483
MANUFACTURER = "tinylab virtual"
"""In place of STMicroelectronics, so that a virtual probe can be recognised."""
FULL_SPEED, HIGH_SPEED = 2, 3
OUT, IN, TRACE = 0x01, 0x81, 0x82
V2_OUT, V2_TRACE = 0x02, 0x83
SUPPLY_VOLTS = 3.3
"""The voltage that a virtual probe measures at its powered target."""
SERIAL_DIGITS = 24


@dataclass(frozen=True)
class Kind:
    """One kind of ST-Link.

    `hardware` is the first number of its firmware's version; `on_board` means that it is
    soldered to a board, whose id it reports.
    """

    product_id: int
    product: str
    hardware: int
    storage: bool = True
    ports: int = 1
    on_board: bool = True

    def descriptor(self, serial_number: str) -> Descriptor:
        return Descriptor(
            vendor_id=VENDOR_ID,
            product_id=self.product_id,
            manufacturer=MANUFACTURER,
            product=self.product,
            serial_number=serial_number,
            interfaces=self._interfaces(512 if self.is_v3 else 64),
            speed=HIGH_SPEED if self.is_v3 else FULL_SPEED,
        )

    @property
    def is_v3(self) -> bool:
        """Whether it supports the V3's commands, as the V3PWR also does."""
        return self.hardware > 2

    @property
    def second_version(self) -> int:
        """The part of its firmware's version after J: of the mass storage, in ST's numbering."""
        return 5 if self.is_v3 else 31

    def version(self, jtag_version: int) -> str:
        """Its firmware's version in ST's notation: `V2J45M31`."""
        return f"V{self.hardware}J{jtag_version}M{self.second_version}"

    def _interfaces(self, packet: int) -> tuple[Interface, ...]:
        """Debug, then mass storage and virtual COM ports, if any."""
        addresses = (OUT, IN, TRACE) if self.on_board else (V2_OUT, IN, V2_TRACE)
        made = [
            Interface((0xFF, 0xFF, 0xFF), tuple(Endpoint(address, packet) for address in addresses))
        ]
        if self.storage:
            made.append(Interface((8, 6, 0x50), (Endpoint(0x84, packet), Endpoint(0x05, packet))))
        for port in range(self.ports):
            ends = (Endpoint(0x86 + port, packet), Endpoint(0x06 + port, packet))
            made += [Interface((2, 2, 1), ()), Interface((10, 0, 0), ends)]
        return tuple(made)


V2 = Kind(0x3748, "STM32 STLink", 2, storage=False, ports=0, on_board=False)
V2_1 = Kind(0x374B, "STM32 STLink", 2)
V3E = Kind(0x374E, "STLINK-V3", 3)
KINDS = (
    V2,
    Kind(0x374A, "STM32 STLink", 2),
    V2_1,
    Kind(0x3752, "STM32 STLink", 2, storage=False),
    V3E,
    Kind(0x374F, "STLINK-V3", 3),
    Kind(0x3753, "STLINK-V3", 3, storage=False, ports=2),
    Kind(0x3754, "STLINK-V3", 3, storage=False),
    Kind(0x3755, "STLINK-V3", 3),
    Kind(0x3757, "STLINK-V3PWR", 4),
)
"""Every kind that pyOCD supports."""


def soldered_to(generation: str) -> Kind:
    """The kind on a board of generation `V2-1` or `V3`."""
    return V3E if generation == "V3" else V2_1


def serial_number(board: Board, number: int = 0) -> str:
    """Constant for a board, with the length of a real one: `SIM0WB55RG00000000000000`."""
    return f"SIM{number}{board.mcu.removeprefix('STM32')}".ljust(SERIAL_DIGITS, "0")
