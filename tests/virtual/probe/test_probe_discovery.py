"""What a listing tells of probes, their boards and serial ports, on the virtual bus."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from serial.tools import list_ports

from tests.fakes.bare_metal import compile_firmware
from tests.fakes.stations import burn
from tests.virtual.probe.plugging import only, plug
from tinylab.bench.plan.plan import parse_station
from tinylab.bench.station.station import open_station
from tinylab.bench.station.virtual_probes import listed
from tinylab.boards.catalog import all_boards, by_name
from tinylab.probe.discovery import in_order, list_probes
from tinylab.probe.error_mapping import Trouble
from tinylab.sim.peripherals.core.core_debug import CoreState
from tinylab.sim.virtual_probe.stlink_kinds import KINDS, V2, Kind
from tinylab.sim.virtual_probe.usb_bus import VirtualBus
from tinylab.sim.virtual_probe.usb_device import VIRTUAL_BUS_NUMBER, VirtualUsbDevice

WB, F4 = by_name("nucleo_wb55rg"), by_name("nucleo_f446re")

RAW_SERIAL = "\x50\xff\x6c\x06\x49\x82\x53\x57\x53\x10\x16\x87"
SPELLED_SERIAL = "50FF6C064982535753101687"


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: f"{kind.product_id:04x}")
def test_every_kind_of_st_link_is_told_with_its_board(
    kind: Kind, bus: VirtualBus, desk: ExitStack
) -> None:
    plug(bus, desk, F4, kind).jtag_version = 45 if kind.hardware == 2 else 16
    probe = only(bus)
    assert probe.generation.startswith(f"V{min(kind.hardware, 3)}")
    assert probe.firmware is not None
    assert probe.firmware.startswith(f"V{kind.hardware}J")
    assert probe.firmware_age is not None
    assert probe.target_volts == 3.3
    assert probe.lock == "open"
    assert probe.chip is not None
    assert (probe.chip.device_id, probe.chip.cpuid) == (0x421, F4.identity.cpuid)
    assert probe.board_name == (F4.name if kind.on_board else None)
    assert probe.problem is None


def test_all_kinds_at_once(bus: VirtualBus, desk: ExitStack) -> None:
    for number, kind in enumerate(KINDS):
        plug(bus, desk, WB, kind, number).jtag_version = 45
    probes = list_probes(bus)
    assert len({probe.unique_id for probe in probes}) == len({p.location for p in probes})
    assert len(probes) == len(KINDS)
    assert sum(probe.board_name == WB.name for probe in probes) == len(KINDS) - 1


def test_virtual_boards_are_listed_as_their_probes_would_be_found(
    bus: VirtualBus, desk: ExitStack
) -> None:
    for board in all_boards():
        plug(bus, desk, board)
    built = tuple(listed(board, port) for port, board in enumerate(all_boards(), start=1))
    assert in_order(built) == list_probes(bus)


def test_a_listing_halts_nothing(bus: VirtualBus, desk: ExitStack, tmp_path: Path) -> None:
    count = "unsigned n; void reset(void) { for (;;) *(volatile unsigned *)0x20000100 = ++n; }"
    device = plug(bus, desk, WB)
    burn(device.machine, compile_firmware(WB, tmp_path, count))
    before = device.machine.read_memory(0x2000_0100, 4)
    assert only(bus).lock == "open"
    assert device.machine.state is CoreState.RUNNING
    assert not device.machine.part.core_debug.enabled
    assert device.machine.read_memory(0x2000_0100, 4) != before


def test_an_unknown_board_tells_what_was_read_and_how_to_add_it(
    bus: VirtualBus, desk: ExitStack
) -> None:
    plug(bus, desk, F4).board_id = "0999"
    probe = only(bus)
    assert (probe.trouble, probe.board_id, probe.board_name) == (
        Trouble.UNKNOWN_BOARD,
        "0999",
        None,
    )
    for words in ("0999", "DEV_ID 0x421", "CPUID 0x410FC241"):
        assert words in str(probe.remark)
    assert f"--on nucleo_f446re#{probe.unique_id}" in str(probe.remedy)
    assert "docs/boards.md" in str(probe.remedy)
    assert probe.lock == "open"


def test_a_chip_of_no_board_of_the_catalogue(bus: VirtualBus, desk: ExitStack) -> None:
    strange = replace(F4, identity=replace(F4.identity, device_id=0x413, board_id="0740"))
    plug(bus, desk, strange)
    probe = only(bus)
    assert "DEV_ID 0x413" in str(probe.remark)
    assert "--on" not in str(probe.remedy)
    assert probe.lock == "unknown"


def test_a_probe_of_its_own_knows_no_board(bus: VirtualBus, desk: ExitStack) -> None:
    device = plug(bus, desk, F4, V2)
    device.descriptor = replace(device.descriptor, serial_number=RAW_SERIAL)
    probe = only(bus)
    assert probe.unique_id == SPELLED_SERIAL
    assert "does not report its board; its chip reports DEV_ID 0x421" in str(probe.remark)
    device.powered = False
    assert only(bus).trouble is Trouble.NO_POWER


def test_firmware_too_old_to_tell_its_board(bus: VirtualBus, desk: ExitStack) -> None:
    plug(bus, desk, F4).jtag_version = 33
    probe = only(bus)
    assert (probe.board_id, probe.trouble) == (None, Trouble.UNKNOWN_BOARD)
    assert "requires firmware V2J36" in str(probe.remedy)
    assert "STSW-LINK007" in str(probe.remedy)


def test_firmware_too_old_for_anything(bus: VirtualBus, desk: ExitStack) -> None:
    plug(bus, desk, F4).jtag_version = 20
    probe = only(bus)
    assert probe.trouble is Trouble.OLD_FIRMWARE
    assert "V2J20M31" in str(probe.problem)
    assert "V2J24 or later is required" in str(probe.problem)
    assert probe.firmware_age is not None
    assert probe.firmware_age.outdated


@pytest.mark.parametrize(
    ("product_id", "words"), [(0x3744, "ST-Link/V1"), (0x374D, "bootloader mode")]
)
def test_what_has_no_driver_is_listed_all_the_same(
    product_id: int, words: str, bus: VirtualBus
) -> None:
    bus.plug(VirtualUsbDevice(Kind(product_id, "ST-Link", 2).descriptor("0001")))
    probe = only(bus)
    assert probe.trouble is Trouble.UNSUPPORTED
    assert words in str(probe.problem)
    assert probe.remedy


def port(device: str, serial: str | None, location: str | None) -> SimpleNamespace:
    return SimpleNamespace(device=device, serial_number=serial, location=location, vid=0x0483)


@pytest.mark.parametrize(
    ("ports", "wanted"),
    [
        ([port("/dev/ttyACM3", "sim0wb55rg00000000000000", None)], "/dev/ttyACM3"),
        ([port("/dev/ttyACM1", "another", "9-9:1.2")], None),
        ([port("/dev/ttyACM4", None, f"{VIRTUAL_BUS_NUMBER}-1:1.2")], "/dev/ttyACM4"),
        (
            [
                port("/dev/ttyACM5", "SIM0WB55RG00000000000000", f"{VIRTUAL_BUS_NUMBER}-1:1.4"),
                port("/dev/ttyACM6", "SIM0WB55RG00000000000000", f"{VIRTUAL_BUS_NUMBER}-1:1.2"),
            ],
            "/dev/ttyACM6",
        ),
    ],
    ids=["serial number", "another's", "place on the bus", "the first of two"],
)
def test_the_serial_port_is_joined(
    ports: list[object],
    wanted: str | None,
    bus: VirtualBus,
    desk: ExitStack,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(list_ports, "comports", lambda: ports)
    plug(bus, desk, WB)
    assert only(bus).serial_port == wanted


def test_the_port_of_an_old_probe_is_joined_by_its_unprintable_serial_number(
    bus: VirtualBus, desk: ExitStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(list_ports, "comports", lambda: [port("/dev/ttyACM0", RAW_SERIAL, None)])
    device = plug(bus, desk, WB)
    device.descriptor = replace(device.descriptor, serial_number=SPELLED_SERIAL.lower())
    assert only(bus).serial_port == "/dev/ttyACM0"


def test_an_unknown_board_can_be_taken_for_one_with_the_same_chip(
    bus: VirtualBus, desk: ExitStack
) -> None:
    device = plug(bus, desk, F4)
    device.board_id = "0999"
    device.descriptor = replace(device.descriptor, manufacturer="STMicroelectronics")
    asked = parse_station(str(only(bus).remedy).split("`")[1].removeprefix("--on "))
    with open_station(asked, bus) as opened:
        assert opened.board is F4
        opened.connection.identify()
