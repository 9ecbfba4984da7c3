"""Which serial port belongs to which probe."""

from __future__ import annotations

from binascii import hexlify
from typing import Any

VENDOR_ID = 0x0483
UNREADABLE_SERIAL_LENGTH = 12


def readable(serial_number: str) -> str:
    """pyOCD's notation: 12 unprintable characters of an old ST-Link become 24 hex digits."""
    if len(serial_number) != UNREADABLE_SERIAL_LENGTH:
        return serial_number
    return hexlify(serial_number.encode("utf-16-le")[::2]).decode().upper()


def port_of(ports: list[Any], unique_id: str) -> Any:
    """The virtual COM port with the probe's serial number; of two, the first, the target's."""
    wanted = unique_id.lower()
    named = (port for port in _in_order(ports) if port.serial_number)
    return next((p for p in named if readable(p.serial_number).lower() == wanted), None)


def port_at(ports: list[Any], where: str) -> Any:
    """The virtual COM port at the probe's place on the bus, such as `1-2.4`."""
    located = (port for port in _in_order(ports) if port.location and port.vid == VENDOR_ID)
    return next((p for p in located if p.location.split(":")[0] == where), None)


def _in_order(ports: list[Any]) -> list[Any]:
    """By interface number, which ends the location: `1-2.4:1.2`."""
    return sorted(ports, key=lambda port: (port.location or "", port.device or ""))
