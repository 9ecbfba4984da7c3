"""What is told of parts whose flash or debug port is locked, and what they refuse."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from tests.fakes.bare_metal import compile_firmware
from tests.fakes.stations import burn, station
from tests.virtual.probe.plugging import only, plug
from tinylab.bench.plan.plan import parse_station
from tinylab.bench.station.station import open_station
from tinylab.boards.catalog import all_boards, by_name
from tinylab.errors import LinkError, StationError
from tinylab.probe.chip import ReadProtection
from tinylab.probe.connection import Connection
from tinylab.probe.error_mapping import Trouble
from tinylab.sim.peripherals.flash.option_bytes import NO_DEBUG, PROTECTED
from tinylab.sim.virtual_probe.usb_bus import VirtualBus

WB, U5 = by_name("nucleo_wb55rg"), by_name("nucleo_u575zi_q")

FAMILIES = {board.flash_layout.kind: board for board in all_boards()}


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


def test_firmware_that_takes_the_pins_hides_the_lock_and_no_more(
    bus: VirtualBus, desk: ExitStack, tmp_path: Path
) -> None:
    device = plug(bus, desk, WB)
    burn(device.machine, compile_firmware(WB, tmp_path, "void reset(void) { for (;;) {} }"))
    device.pins_taken = True
    probe = only(bus)
    assert (probe.board_name, probe.lock, probe.problem) == (WB.name, "unknown", None)
    assert "under reset" in str(probe.remedy)


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
