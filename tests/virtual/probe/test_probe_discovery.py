"""What a listing tells of probes and the boards behind them, on the virtual bus."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from serial.tools import list_ports

from tests.fakes.bare_metal import compile_firmware
from tests.fakes.stations import burn, station
from tinylab.bench.plan.plan import parse_station
from tinylab.bench.station.station import open_station
from tinylab.bench.station.virtual_probes import listed
from tinylab.boards.board import Board
from tinylab.boards.catalog import all_boards, by_name
from tinylab.errors import LinkError, StationError
from tinylab.probe import usb_sysfs
from tinylab.probe.chip import ReadProtection
from tinylab.probe.connection import Connection
from tinylab.probe.discovery import ProbeInfo, in_order, list_probes
from tinylab.probe.error_mapping import Trouble
from tinylab.sim.peripherals.core.core_debug import CoreState
from tinylab.sim.peripherals.flash.option_bytes import NO_DEBUG, PROTECTED
from tinylab.sim.virtual_probe.stlink import VirtualStLink
from tinylab.sim.virtual_probe.stlink_kinds import KINDS, V2, Kind
from tinylab.sim.virtual_probe.usb_bus import VirtualBus
from tinylab.sim.virtual_probe.usb_device import VIRTUAL_BUS_NUMBER, VirtualUsbDevice
from tinylab.sim.virtual_probe.virtual_station import virtual_device

WB, F4, U5 = by_name("nucleo_wb55rg"), by_name("nucleo_f446re"), by_name("nucleo_u575zi_q")
FAMILIES = {board.flash_layout.kind: board for board in all_boards()}
RAW_SERIAL = "\x50\xff\x6c\x06\x49\x82\x53\x57\x53\x10\x16\x87"
SPELLED_SERIAL = "50FF6C064982535753101687"


@pytest.fixture
def bus() -> VirtualBus:
    return VirtualBus()


@pytest.fixture
def desk() -> Iterator[ExitStack]:
    with ExitStack() as boards:
        yield boards


def plug(
    bus: VirtualBus, desk: ExitStack, board: Board, kind: Kind | None = None, number: int = 0
) -> VirtualStLink:
    device = virtual_device(board, number, kind)
    desk.callback(device.close)
    bus.plug(device)
    return device


def only(bus: VirtualBus) -> ProbeInfo:
    [probe] = list_probes(bus)
    return probe


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


@pytest.mark.parametrize("kind", FAMILIES)
def test_a_protected_part_is_locked_whatever_its_family(
    kind: str, bus: VirtualBus, desk: ExitStack
) -> None:
    device = plug(bus, desk, FAMILIES[kind])
    assert only(bus).lock == "open"
    device.machine.part.flash.rdp = PROTECTED
    probe = only(bus)
    assert probe.lock == "locked"
    assert probe.chip is not None
    assert probe.chip.read_protection is ReadProtection.LEVEL_1
    assert probe.trouble is Trouble.READ_PROTECTED
    assert "read-protected (level 1)" in str(probe.problem)
    assert "tinylab option-bytes" in str(probe.remedy)


def test_a_protected_part_refuses_its_flash_and_nothing_else() -> None:
    with station(WB) as (bus, device):
        device.machine.part.flash.rdp = PROTECTED
        with Connection(bus, device.descriptor.serial_number, WB) as connection:
            connection.identify()
            for place in (WB.flash.base, 0):
                with pytest.raises(LinkError, match="reading memory"):
                    connection.read_bytes(place, 64)
            connection.write_bytes(WB.ram[0].base, b"1234")
            assert connection.read_bytes(WB.ram[0].base, 4) == b"1234"
            connection.reset_and_halt()
            with pytest.raises(LinkError):
                connection.read_bytes(WB.flash.base, 64)


def test_without_a_debug_port_nothing_is_known_of_the_lock(
    bus: VirtualBus, desk: ExitStack
) -> None:
    plug(bus, desk, WB).machine.part.flash.rdp = NO_DEBUG
    probe = only(bus)
    assert (probe.chip, probe.lock, probe.problem) == (None, "unknown", None)
    assert probe.trouble is Trouble.NO_ANSWER
    assert "no chip answers (3.3 V)" in str(probe.remark)
    assert "level 2" in str(probe.remedy)


def test_level_one_half_of_a_u5_is_open(bus: VirtualBus, desk: ExitStack) -> None:
    plug(bus, desk, U5).machine.part.flash.rdp = 0x55
    probe = only(bus)
    assert probe.chip is not None
    assert (probe.chip.read_protection, probe.lock) == (ReadProtection.SECURE_ONLY, "open")


def test_a_listing_halts_nothing(bus: VirtualBus, desk: ExitStack, tmp_path: Path) -> None:
    count = "unsigned n; void reset(void) { for (;;) *(volatile unsigned *)0x20000100 = ++n; }"
    device = plug(bus, desk, WB)
    burn(device.machine, compile_firmware(WB, tmp_path, count))
    before = device.machine.read_memory(0x2000_0100, 4)
    assert only(bus).lock == "open"
    assert device.machine.state is CoreState.RUNNING
    assert not device.machine.part.core_debug.enabled
    assert device.machine.read_memory(0x2000_0100, 4) != before


def test_firmware_that_takes_the_pins_hides_the_lock_and_no_more(
    bus: VirtualBus, desk: ExitStack, tmp_path: Path
) -> None:
    device = plug(bus, desk, WB)
    burn(device.machine, compile_firmware(WB, tmp_path, "void reset(void) { for (;;) {} }"))
    device.pins_taken = True
    probe = only(bus)
    assert (probe.board_name, probe.lock, probe.problem) == (WB.name, "unknown", None)
    assert "under reset" in str(probe.remedy)


def test_a_board_without_power(bus: VirtualBus, desk: ExitStack) -> None:
    plug(bus, desk, WB).powered = False
    probe = only(bus)
    assert (probe.trouble, probe.target_volts) == (Trouble.NO_POWER, 0.0)
    assert "has no power: 0.0 V" in str(probe.problem)
    assert "jumpers" in str(probe.remedy)
    assert probe.board_name == WB.name


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


def test_the_program_that_holds_a_probe_is_named(
    bus: VirtualBus, desk: ExitStack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    device = plug(bus, desk, WB)
    device.claimed_elsewhere = True
    assert "in use by another program" in str(only(bus).problem)
    (tmp_path / "4711" / "fd").mkdir(parents=True)
    (tmp_path / "4711" / "comm").write_text("STM32_Programme\n")
    node = usb_sysfs.node(VIRTUAL_BUS_NUMBER, device.address)
    (tmp_path / "4711" / "fd" / "5").symlink_to(node)
    monkeypatch.setattr(usb_sysfs, "PROCESSES", tmp_path)
    probe = only(bus)
    assert probe.trouble is Trouble.IN_USE
    assert "in use by STM32_Programme (process 4711)" in str(probe.problem)


def test_a_denied_probe_is_known_by_what_the_system_tells(
    bus: VirtualBus, desk: ExitStack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    device = plug(bus, desk, WB)
    device.denied = True
    assert only(bus).has_no_serial
    where = f"{VIRTUAL_BUS_NUMBER}-{device.address}"
    (tmp_path / where).mkdir()
    (tmp_path / where / "serial").write_text(f"{device.descriptor.serial_number}\n")
    monkeypatch.setattr(usb_sysfs, "SYSFS", tmp_path)
    probe = only(bus)
    assert probe.unique_id == device.descriptor.serial_number
    assert probe.trouble is Trouble.NO_PERMISSION
    assert "sudo tee /etc/udev/rules.d/70-st-link.rules" in str(probe.remedy)


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


def test_a_probe_without_a_serial_number_ends_no_listing(bus: VirtualBus, desk: ExitStack) -> None:
    device = plug(bus, desk, WB)
    device.descriptor = replace(device.descriptor, serial_number="")
    plug(bus, desk, F4, number=1)
    nameless, well = sorted(list_probes(bus), key=lambda probe: not probe.has_no_serial)
    assert (nameless.trouble, well.trouble) == (Trouble.NO_ANSWER, None)
    assert nameless.problem


class Commands:
    """Counts what a probe is told, and does something at one of the commands."""

    def __init__(self, device: VirtualStLink, at: int, fault: Callable[[], None]) -> None:
        self.count = 0
        self._at, self._fault = at, fault
        self._honest = device.bulk_out

    def bulk_out(self, endpoint: int, data: bytes) -> None:
        self.count += 1
        if self.count == self._at:
            self._fault()
        self._honest(endpoint, data)


def commands_of_a_look() -> int:
    with station(WB) as (bus, device):
        told = Commands(device, 0, lambda: None)
        device.bulk_out = told.bulk_out  # type: ignore[method-assign]
        list_probes(bus)
        return told.count


@pytest.mark.parametrize("at", range(1, commands_of_a_look() + 1))
def test_unplugged_at_any_moment_of_the_look(at: int, bus: VirtualBus, desk: ExitStack) -> None:
    device = plug(bus, desk, WB)
    told = Commands(device, at, lambda: bus.unplug(device))
    device.bulk_out = told.bulk_out  # type: ignore[method-assign]
    probe = only(bus)
    assert probe.unique_id == device.descriptor.serial_number
    bus.plug(device)
    assert only(bus).problem is None


@pytest.mark.parametrize("size", [0, 1, None], ids=["empty", "short", "none"])
def test_a_probe_that_answers_with_too_little(
    size: int | None, bus: VirtualBus, desk: ExitStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    device = plug(bus, desk, WB)
    honest = device.bulk_in

    def cut(endpoint: int, wanted: int) -> bytes | None:
        answer = honest(endpoint, wanted)
        return answer if answer is None or size is None else answer[:size]

    def none_at_all(endpoint: int, wanted: int) -> bytes | None:
        honest(endpoint, wanted)
        return None

    with monkeypatch.context() as broken:
        broken.setattr(device, "bulk_in", none_at_all if size is None else cut)
        probe = only(bus)
        assert probe.trouble is Trouble.NO_ANSWER
        assert probe.problem
    assert only(bus).problem is None


def test_a_run_on_a_protected_part_is_refused_before_anything_is_tried(
    bus: VirtualBus, desk: ExitStack
) -> None:
    device = plug(bus, desk, WB)
    device.descriptor = replace(device.descriptor, manufacturer="STMicroelectronics")
    device.machine.part.flash.rdp = PROTECTED
    with (
        pytest.raises(StationError, match="read-protected") as caught,
        open_station(parse_station(WB.name), bus),
    ):
        pass
    assert "erases the whole flash" in caught.value.remedy
