"""Which probes are plugged in, what they are soldered to, and why one cannot be used."""

from __future__ import annotations

from binascii import hexlify
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from pyocd.probe.stlink.stlink import STLink
from serial.tools import list_ports
from usb.backend import IBackend

from tinylab.boards import catalog
from tinylab.probe import lock, stlink
from tinylab.probe.holder import Holder, Note
from tinylab.probe.mapping import FOREIGN, not_opened

SIMULATED_MARK = "virtual"
"""A virtual probe says so in its USB manufacturer string."""
UNREADABLE_SERIAL_LENGTH = 12


@dataclass(frozen=True)
class ProbeInfo:
    """A probe that is plugged in.

    `firmware` is as ST writes it (`V2J45M31`), `board_id` the mbed code that the probe
    reports, `board_name` the catalogue's name for it. What could not be found out is None.
    `problem` and `remedy` say why the probe cannot be used, in a sentence each; None if it can.
    """

    unique_id: str
    product: str
    generation: str
    firmware: str | None
    board_id: str | None
    board_name: str | None
    simulated: bool
    serial_port: str | None
    problem: str | None
    remedy: str | None
    place: str | None = None
    """Where on the USB bus it is, until it is plugged in again."""
    holder: Holder | None = None
    """The tinylab process that has it, while one does; it is then not opened."""


def list_probes(backend: IBackend | None) -> tuple[ProbeInfo, ...]:
    """Every ST-Link on the bus, also those that cannot be opened; sorted by unique id.

    Opens each one for a moment; to keep watching, use `watch.ProbeWatch`.
    Raises StationError when there is no USB library at all.
    """
    return in_order(inspect(stlink.devices(backend)))


def in_order(probes: Iterable[ProbeInfo]) -> tuple[ProbeInfo, ...]:
    return tuple(sorted(probes, key=lambda probe: probe.unique_id))


def inspect(devices: Sequence[Any]) -> list[ProbeInfo]:
    """What each of these pyusb devices is; opens them one after the other."""
    ports = list(list_ports.comports()) if devices else []
    return [replace(_look(one, ports), place=stlink.location(one).key) for one in devices]


def _look(device: Any, ports: list[Any]) -> ProbeInfo:
    """Opens it for a moment, unless a tinylab has it."""
    with stlink.opening:
        note = lock.held().get(stlink.location(device).key)
        return _in_use(device, note) if note is not None else _inspect(device, ports)


def _in_use(device: Any, note: Note) -> ProbeInfo:
    """A probe that a tinylab has: as that one knows it, not opened."""
    known = {each.name: note.probe.get(each.name) for each in fields(ProbeInfo)}
    unique_id = known["unique_id"] or str(stlink.location(device))
    changes = {
        "unique_id": unique_id,
        "product": known["product"] or "ST-Link",
        "generation": stlink.GENERATIONS[device.idProduct],
        "simulated": False,
        "problem": lock.in_use(unique_id, note.holder),
        "remedy": lock.REMEDY,
        "holder": note.holder,
    }
    return ProbeInfo(**(known | changes))


def _inspect(device: Any, ports: list[Any]) -> ProbeInfo:
    where = stlink.location(device)
    generation = stlink.GENERATIONS[device.idProduct]
    try:
        with stlink.interface(device) as interface:
            return _ask(interface, generation, ports, where)
    except FOREIGN as error:
        port = _port_at(ports, where)
        unique_id = _readable(port.serial_number) if port and port.serial_number else str(where)
        trouble = not_opened(error, unique_id)
        return ProbeInfo(
            unique_id=unique_id,
            product="ST-Link",
            generation=generation,
            firmware=None,
            board_id=None,
            board_name=None,
            simulated=False,
            serial_port=port.device if port else None,
            problem=trouble.message,
            remedy=trouble.remedy,
        )


def _ask(interface: Any, generation: str, ports: list[Any], where: stlink.Location) -> ProbeInfo:
    link = STLink(interface)
    problem = remedy = board_id = None
    try:
        link.open()
        board_id = link.get_board_id()
        link.close()
    except FOREIGN as error:
        trouble = not_opened(error, interface.serial_number)
        problem, remedy = trouble.message, trouble.remedy
    board = catalog.by_board_id(board_id) if board_id else None
    port = _port_of(ports, interface.serial_number) or _port_at(ports, where)
    return ProbeInfo(
        unique_id=interface.serial_number,
        product=interface.product_name,
        generation=generation,
        firmware=link.version_str,
        board_id=board_id,
        board_name=board.name if board else None,
        simulated=SIMULATED_MARK in interface.vendor_name,
        serial_port=port.device if port else None,
        problem=problem,
        remedy=remedy,
    )


def _readable(serial_number: str) -> str:
    """pyOCD's spelling: 12 unprintable characters of an old ST-Link become 24 hex digits."""
    if len(serial_number) != UNREADABLE_SERIAL_LENGTH:
        return serial_number
    return hexlify(serial_number.encode("utf-16-le")[::2]).decode().upper()


def _port_of(ports: list[Any], unique_id: str) -> Any:
    """The virtual COM port with the probe's serial number."""
    wanted = unique_id.lower()
    named = (port for port in ports if port.serial_number)
    return next((p for p in named if _readable(p.serial_number).lower() == wanted), None)


def _port_at(ports: list[Any], where: stlink.Location) -> Any:
    """The virtual COM port at the probe's place on the bus."""
    located = (port for port in ports if port.location and port.vid == stlink.VENDOR_ID)
    return next((p for p in located if p.location.split(":")[0] == str(where)), None)
