"""Lists the probes that are plugged in, their boards, and why a probe cannot be used."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from pyocd.probe.stlink.stlink import STLink
from serial.tools import list_ports
from usb.backend import IBackend

from tinylab.boards import catalog
from tinylab.errors import NoPermission, ProbeBusy, StationError
from tinylab.probe import chip, diagnosis, lock, probe_firmware, stlink, usb_sysfs
from tinylab.probe.chip import Chip
from tinylab.probe.error_mapping import FOREIGN, Trouble, slips_mapped, trouble_of
from tinylab.probe.lock_holder import Holder, Note
from tinylab.probe.probe_firmware import FirmwareAge
from tinylab.probe.probe_ports import port_at, port_of, readable

SIMULATED_MARK = "virtual"
"""Part of a virtual probe's USB manufacturer string."""


@dataclass(frozen=True)
class ProbeInfo:
    """A probe that is plugged in.

    `firmware` is in ST's notation (`V2J45M31`), `board_id` the mbed code that the probe
    reports, `board_name` the catalogue's name for it, `location` its position on the USB bus
    (`1-2.4`), `place` the same in the form that processes compare, valid until the probe is
    replugged, `variant` the difference from other products of its generation, `holder` the
    tinylab process that uses the probe; such a probe is not opened. Unknown values are None.

    `trouble` names the problem in a word or two; `problem` and `remedy` are one sentence each. A
    probe with a `problem` cannot be used. One with only a `remark` can, if the user names its
    board.
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
    remark: str | None = None
    trouble: Trouble | None = None
    location: str = ""
    place: str | None = None
    variant: str | None = None
    firmware_age: FirmwareAge | None = None
    target_volts: float | None = None
    chip: Chip | None = None
    holder: Holder | None = None

    @property
    def state(self) -> str:
        """`ready`, or the problem in a word or two."""
        return self.trouble or "ready"

    @property
    def has_no_serial(self) -> bool:
        """Whether the serial number is unknown; `unique_id` is then the `location`."""
        return self.unique_id == self.location

    @property
    def lock(self) -> str:
        """`open`, `locked` or `unknown`: whether read-out protection locks the flash."""
        level = self.chip.read_protection if self.chip else None
        if level is None:
            return "unknown"
        return "locked" if level.locks else "open"


def list_probes(backend: IBackend | None) -> tuple[ProbeInfo, ...]:
    """Every ST-Link on the bus, including those that cannot be opened; sorted by unique id.

    Opens each one briefly and reads the chip's identity without halting the core. To watch for
    changes, use `watch.ProbeWatch`. Raises StationError when no USB library is installed.
    """
    return in_order(inspect(stlink.every_device(backend)))


def in_order(probes: Iterable[ProbeInfo]) -> tuple[ProbeInfo, ...]:
    return tuple(sorted(probes, key=lambda probe: probe.unique_id))


def inspect(devices: Sequence[Any]) -> list[ProbeInfo]:
    """Inspects each of these pyusb devices; opens them one after the other."""
    ports = list(list_ports.comports()) if devices else []
    return [replace(_inspect(one, ports), place=stlink.location(one).key) for one in devices]


def _inspect(device: Any, ports: list[Any]) -> ProbeInfo:
    """Opens the device briefly, unless a tinylab process uses it."""
    with stlink.opening:
        note = lock.held().get(stlink.location(device).key)
        return _in_use(device, note) if note is not None else _open(device, ports)


def _in_use(device: Any, note: Note) -> ProbeInfo:
    """A probe that a tinylab process uses: as described in that process's note, not opened."""
    known = {each.name: note.probe.get(each.name) for each in fields(ProbeInfo)}
    unique_id = known["unique_id"] or str(stlink.location(device))
    changes = {
        "unique_id": unique_id,
        "product": known["product"] or "ST-Link",
        "generation": stlink.GENERATIONS[device.idProduct],
        "simulated": False,
        "trouble": Trouble.IN_USE,
        "remark": None,
        "location": str(stlink.location(device)),
        "problem": lock.in_use(unique_id, note.holder),
        "remedy": lock.REMEDY,
        "holder": note.holder,
    }
    return ProbeInfo(**(known | changes))


def unusable(probe: ProbeInfo, said: str) -> StationError:
    """The error for a probe that has a problem; `said` is its sentence."""
    remedy, serial = probe.remedy or "", probe.unique_id
    if probe.trouble is Trouble.IN_USE:
        pid = probe.holder.pid if probe.holder is not None else None
        return ProbeBusy(said, remedy=remedy, probe=serial, pid=pid)
    kind = NoPermission if probe.trouble is Trouble.NO_PERMISSION else StationError
    return kind(said, remedy=remedy, probe=serial)


def with_port(probe: ProbeInfo) -> ProbeInfo:
    """The same probe with its serial port, if that has appeared; the probe is not opened."""
    ports = list(list_ports.comports())
    port = port_of(ports, probe.unique_id) or port_at(ports, probe.location)
    return replace(probe, serial_port=port.device) if port else probe


def _open(device: Any, ports: list[Any]) -> ProbeInfo:
    where = stlink.location(device)
    if device.idProduct not in stlink.GENERATIONS:
        found = diagnosis.unsupported(device.idProduct)
        return _unopened(where, ports, found, stlink.UNSUPPORTED[device.idProduct])
    try:
        with stlink.interface(device) as interface:
            return _opened(interface, where, ports)
    except FOREIGN as error:
        generation = stlink.GENERATIONS[device.idProduct]
        found = diagnosis.open_failure(error, _identity(where, ports), _users(error, where))
        return _unopened(where, ports, found, generation)


def _unopened(
    where: stlink.Location, ports: list[Any], found: diagnosis.Diagnosis, generation: str
) -> ProbeInfo:
    """What is known about a probe that is not opened."""
    port = port_at(ports, str(where))
    return ProbeInfo(
        unique_id=_identity(where, ports),
        product=usb_sysfs.text_of(str(where), "product") or "ST-Link",
        generation=generation,
        firmware=None,
        board_id=None,
        board_name=None,
        simulated=False,
        serial_port=port.device if port else None,
        problem=found.problem,
        remedy=found.remedy,
        trouble=found.trouble,
        location=str(where),
        variant=stlink.VARIANTS.get(where.product_id),
    )


def _identity(where: stlink.Location, ports: list[Any]) -> str:
    """The serial number as the operating system reports it, or else the location on the bus."""
    port = port_at(ports, str(where))
    serial = usb_sysfs.text_of(str(where), "serial") or (port.serial_number if port else None)
    return readable(serial) if serial else str(where)


def _users(error: BaseException, where: stlink.Location) -> tuple[usb_sysfs.User, ...]:
    busy = trouble_of(error) is Trouble.IN_USE
    return usb_sysfs.users(where.bus, where.address) if busy else ()


def _opened(interface: stlink.UsbLink, where: stlink.Location, ports: list[Any]) -> ProbeInfo:
    link = STLink(interface)
    serial = interface.serial_number
    board = board_id = seen = found = None
    try:
        with interface.watched():
            with slips_mapped():
                link.open()
                board_id = link.get_board_id()
            board = catalog.by_board_id(board_id) if board_id else None
            seen = chip.identify(link, board)
            link.close()
    except FOREIGN as error:
        found = diagnosis.open_failure(error, serial, _users(error, where), link.version_str)
    volts = round(link.target_voltage, 1) if link.target_voltage is not None else None
    if found is None:
        found = diagnosis.board_problem(
            diagnosis.Facts(serial, link.version_str, board_id, board, volts, seen)
        )
    port = port_of(ports, serial) or port_at(ports, str(where))
    return ProbeInfo(
        unique_id=serial,
        product=interface.product_name or "ST-Link",
        generation=stlink.GENERATIONS[where.product_id],
        firmware=link.version_str,
        board_id=board_id,
        board_name=board.name if board else None,
        simulated=SIMULATED_MARK in (interface.vendor_name or ""),
        serial_port=port.device if port else None,
        problem=found.problem,
        remedy=found.remedy,
        remark=found.remark,
        trouble=found.trouble,
        location=str(where),
        variant=stlink.VARIANTS.get(where.product_id),
        firmware_age=probe_firmware.age(link.version_str),
        target_volts=volts if link.version_str else None,
        chip=seen,
    )
