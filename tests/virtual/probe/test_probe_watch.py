"""Probes that come, go and get well are told; those that are well are left in peace."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from types import SimpleNamespace

import pytest
from serial.tools import list_ports

from tests.fakes.stations import station
from tinylab.boards.catalog import by_name
from tinylab.probe.connection import Connection
from tinylab.probe.discovery import list_probes
from tinylab.probe.error_mapping import Trouble
from tinylab.probe.watch import PORT_COMES_S, RETRY_S, SETTLES_S, ProbeWatch
from tinylab.sim.peripherals.flash.option_bytes import PROTECTED
from tinylab.sim.virtual_probe.stlink import VirtualStLink
from tinylab.sim.virtual_probe.usb_bus import VirtualBus
from tinylab.sim.virtual_probe.virtual_station import virtual_device

WB, H7 = by_name("nucleo_wb55rg"), by_name("nucleo_h723zg")


@dataclass
class Scene:
    """A bus with a Nucleo-WB55 on it, a watch with a clock that stands, and what was opened."""

    bus: VirtualBus
    wb: VirtualStLink
    opened: list[object]
    now: float = 0.0

    def __post_init__(self) -> None:
        self.watch = ProbeWatch(self.bus, clock=lambda: self.now)

    def names(self) -> list[str | None]:
        """The boards that the next poll tells of; it must tell."""
        probes = self.watch.poll()
        assert probes is not None
        assert probes == tuple(sorted(probes, key=lambda probe: probe.unique_id))
        return [probe.board_name for probe in probes]


@pytest.fixture
def scene(monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    with station(WB) as (bus, wb):
        opened: list[object] = []
        honest = bus.virtual.open_device

        def counted(device: VirtualStLink) -> object:
            opened.append(device)
            return honest(device)

        monkeypatch.setattr(bus.virtual, "open_device", counted)
        yield Scene(bus, wb, opened)


@pytest.fixture
def h7() -> Iterator[VirtualStLink]:
    device = virtual_device(H7)
    yield device
    device.close()


def test_an_empty_bus_is_told_once() -> None:
    watch = ProbeWatch(VirtualBus())
    assert watch.poll() == ()
    assert watch.poll() is None


def test_it_tells_what_a_listing_tells(scene: Scene, h7: VirtualStLink) -> None:
    scene.bus.plug(h7)
    assert scene.watch.poll() == list_probes(scene.bus)


def test_plug_unplug_and_replug(scene: Scene, h7: VirtualStLink) -> None:
    assert scene.names() == ["nucleo_wb55rg"]
    assert scene.watch.poll() is None
    scene.bus.plug(h7)
    assert scene.names() == ["nucleo_h723zg", "nucleo_wb55rg"]
    assert scene.watch.poll() is None
    scene.bus.unplug(scene.wb)
    assert scene.names() == ["nucleo_h723zg"]
    scene.bus.plug(scene.wb)
    assert scene.names() == ["nucleo_h723zg", "nucleo_wb55rg"]
    scene.bus.unplug(scene.wb)
    scene.bus.unplug(h7)
    assert scene.names() == []
    assert scene.watch.poll() is None


def test_another_board_in_the_same_place_between_two_polls(scene: Scene, h7: VirtualStLink) -> None:
    scene.names()
    scene.bus.unplug(scene.wb)
    scene.bus.plug(h7)
    assert scene.names() == ["nucleo_h723zg"]


def test_a_probe_that_is_well_is_opened_once(scene: Scene, h7: VirtualStLink) -> None:
    scene.names()
    scene.opened.clear()
    scene.bus.plug(h7)
    for _ in range(5):
        scene.watch.poll()
        scene.now += 10 * RETRY_S
    assert set(scene.opened) == {h7}


@pytest.mark.parametrize(
    ("fault", "word"), [("denied", "permission"), ("claimed_elsewhere", "another program")]
)
def test_what_mends_without_a_plug_is_noticed_and_asked_seldom(
    scene: Scene, fault: str, word: str
) -> None:
    setattr(scene.wb, fault, True)
    probes = scene.watch.poll()
    assert probes is not None
    assert word in str(probes[0].problem)
    setattr(scene.wb, fault, False)
    scene.opened.clear()
    scene.now += 0.9 * RETRY_S
    assert scene.watch.poll() is None
    assert scene.opened == []
    scene.now += 0.2 * RETRY_S
    assert scene.names() == ["nucleo_wb55rg"]


def test_a_problem_that_stays_is_told_once(scene: Scene) -> None:
    scene.wb.denied = True
    scene.names()
    for _ in range(3):
        scene.now += RETRY_S
        assert scene.watch.poll() is None


def test_old_firmware_mends_by_an_update(scene: Scene) -> None:
    scene.wb.jtag_version = 20
    probes = scene.watch.poll()
    assert probes is not None
    assert "too old" in str(probes[0].problem)
    scene.wb.jtag_version = 45
    scene.now += RETRY_S
    probes = scene.watch.poll()
    assert probes is not None
    assert probes[0].problem is None


def test_a_connection_to_a_known_probe_is_no_news(scene: Scene) -> None:
    scene.names()
    with Connection(scene.bus, scene.wb.descriptor.serial_number, WB) as connection:
        scene.now += 10 * RETRY_S
        assert scene.watch.poll() is None
        connection.identify()


def test_connecting_waits_until_the_probe_was_looked_at(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The connection is begun while the watch has the probe open."""
    identified: list[bool] = []

    def connect() -> None:
        with Connection(scene.bus, scene.wb.descriptor.serial_number, WB) as connection:
            connection.identify()
            identified.append(True)

    connecting = threading.Thread(target=connect)
    honest = scene.wb.bulk_out

    def while_it_is_open(endpoint: int, data: bytes) -> None:
        if connecting.ident is None:
            connecting.start()
            connecting.join(0.2)
        honest(endpoint, data)

    monkeypatch.setattr(scene.wb, "bulk_out", while_it_is_open)
    assert scene.names() == ["nucleo_wb55rg"]
    connecting.join()
    assert identified


def test_a_probe_that_is_shut_later_stays_who_it_was(scene: Scene) -> None:
    """Else it would be there twice: under its serial number, and under its place on the bus."""
    scene.wb.claimed_elsewhere = True
    [first] = scene.watch.poll() or ()
    assert first.unique_id == scene.wb.descriptor.serial_number
    scene.wb.denied = True
    scene.now += RETRY_S
    [second] = scene.watch.poll() or ()
    assert second.unique_id == first.unique_id
    assert "permission" in str(second.problem)
    scene.wb.denied = scene.wb.claimed_elsewhere = False
    scene.now += RETRY_S
    assert scene.names() == ["nucleo_wb55rg"]


def test_a_board_that_was_known_is_still_named_when_its_probe_is_shut(scene: Scene) -> None:
    scene.wb.powered = False
    assert scene.names() == ["nucleo_wb55rg"]
    scene.wb.denied = True
    scene.now += RETRY_S
    [probe] = scene.watch.poll() or ()
    assert (probe.board_name, probe.trouble) == ("nucleo_wb55rg", Trouble.NO_PERMISSION)


@pytest.mark.parametrize("fault", ["protected", "unknown"])
def test_what_no_look_mends_is_looked_at_once(scene: Scene, fault: str) -> None:
    if fault == "protected":
        scene.wb.machine.part.flash.rdp = PROTECTED
    else:
        scene.wb.board_id = "0999"
    scene.watch.poll()
    scene.opened.clear()
    for _ in range(3):
        scene.now += 2 * RETRY_S
        assert scene.watch.poll() is None
    assert scene.opened == []


def test_permission_that_comes_a_moment_after_the_plug_is_noticed_at_once(scene: Scene) -> None:
    scene.wb.denied = True
    scene.names()
    scene.now += 0.3
    scene.wb.denied = False
    assert scene.names() == ["nucleo_wb55rg"]


def test_permission_that_does_not_come_is_asked_for_seldom(scene: Scene) -> None:
    scene.wb.denied = True
    scene.names()
    scene.now += SETTLES_S
    scene.watch.poll()
    scene.opened.clear()
    scene.now += 0.3
    assert scene.watch.poll() is None
    assert scene.opened == []


def test_a_serial_port_that_comes_later_is_joined_without_opening_the_probe(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene.names()
    scene.opened.clear()
    serial = scene.wb.descriptor.serial_number
    port = SimpleNamespace(device="/dev/ttyACM0", serial_number=serial, location=None, vid=0x0483)
    monkeypatch.setattr(list_ports, "comports", lambda: [port])
    scene.now += 0.3
    [probe] = scene.watch.poll() or ()
    assert (probe.serial_port, probe.trouble) == ("/dev/ttyACM0", None)
    scene.now += 0.3
    assert scene.watch.poll() is None
    assert scene.opened == []


def test_after_a_while_no_port_is_looked_for_any_more(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene.names()
    looks: list[int] = []
    monkeypatch.setattr(list_ports, "comports", lambda: looks.append(1) or [])
    scene.now += PORT_COMES_S
    assert scene.watch.poll() is None
    assert looks == []
