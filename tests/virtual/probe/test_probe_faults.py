"""What can go wrong with a probe says what happened and what to do."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from tests.fakes.bare_metal import compile_firmware
from tests.fakes.stations import burn, station
from tinylab.boards.board import Board
from tinylab.boards.catalog import by_name
from tinylab.errors import LinkError, SignalError, StationError
from tinylab.probe.connection import Connection
from tinylab.probe.discovery import list_probes
from tinylab.sim.virtual_probe.stlink import VirtualStLink
from tinylab.sim.virtual_probe.usb_bus import VirtualBus

WB, H7 = by_name("nucleo_wb55rg"), by_name("nucleo_h723zg")


def connect(bus: VirtualBus, device: VirtualStLink) -> Connection:
    return Connection(bus, device.descriptor.serial_number, device.board)


def test_a_probe_that_is_not_there() -> None:
    with (
        station(WB) as (bus, _),
        pytest.raises(StationError, match="not plugged in"),
        Connection(bus, "066AFF", WB),
    ):
        pass


def test_busy() -> None:
    with station(WB) as (bus, device):
        device.claimed_elsewhere = True
        with pytest.raises(StationError, match="another program") as caught, connect(bus, device):
            pass
        assert "Close" in caught.value.remedy
        device.claimed_elsewhere = False
        with connect(bus, device) as connection:
            connection.identify()


def test_two_connections_to_one_probe() -> None:
    with station(WB) as (bus, device), connect(bus, device) as first:
        with pytest.raises(StationError, match="another program"), connect(bus, device):
            pass
        first.identify()


def test_no_permission() -> None:
    with station(WB) as (bus, device):
        device.denied = True
        with pytest.raises(StationError, match="permission") as caught, connect(bus, device):
            pass
        assert "udev" in caught.value.remedy
        assert 'ATTR{idVendor}=="0483"' in caught.value.remedy


@pytest.mark.parametrize("board", [WB, H7], ids=["wb", "h7"])
def test_a_bad_cable_gets_a_slower_clock(board: Board) -> None:
    with station(board) as (bus, device):
        device.wire_khz = 2000
        with connect(bus, device) as connection:
            connection.identify()


@pytest.mark.parametrize("board", [WB, H7], ids=["wb", "h7"])
def test_signals_that_get_worse_get_a_slower_clock_and_nothing_is_lost(board: Board) -> None:
    there = board.ram[0].base
    with station(board) as (bus, device), connect(bus, device) as connection:
        connection.write_words(there, (1, 2, 3))
        assert connection.stepped_down is None
        device.wire_khz = board.probe.swd_hz // 4000
        assert connection.read_words(there, 3) == (1, 2, 3)
        first = connection.stepped_down
        device.wire_khz = board.probe.swd_hz // 16000
        connection.write_bytes(there, b"abcd")
        assert connection.read_bytes(there, 4) == b"abcd"
        connection.halt()
        assert connection.is_halted()
        second = connection.stepped_down
        device.wire_khz = 0
        with pytest.raises(SignalError, match="failed while reading memory") as caught:
            connection.read_words(there, 1)
        assert "shorter cable" in caught.value.remedy
    steps = ("1.15", "0.287") if board is WB else ("6", "1.5")
    assert (first, second) == tuple(f"SWD stepped down to {mhz} MHz" for mhz in steps)


def test_a_clock_that_was_too_fast_when_connecting_is_told_too() -> None:
    with station(WB) as (bus, device):
        device.wire_khz = 2000
        with connect(bus, device) as connection:
            assert connection.stepped_down == "SWD stepped down to 1.15 MHz"


def test_an_address_with_nothing_behind_it_costs_no_speed() -> None:
    with station(WB) as (bus, device), connect(bus, device) as connection:
        with pytest.raises(LinkError):
            connection.read_words(0x7000_0000, 1)
        assert connection.stepped_down is None


def test_a_core_that_can_be_read_only_while_it_stands(tmp_path: Path) -> None:
    firmware = compile_firmware(WB, tmp_path, "void reset(void) { for (;;) {} }")
    with station(WB) as (bus, device):
        burn(device.machine, firmware)
        with connect(bus, device) as connection:
            device.deaf_while_running = True
            with pytest.raises(SignalError):
                connection.read_words(WB.ram[0].base, 1)
            connection.halt()
            connection.read_words(WB.ram[0].base, 1)


@pytest.mark.parametrize("board", [WB, H7], ids=["wb", "h7"])
def test_firmware_that_takes_the_pins_is_met_under_reset(board: Board, tmp_path: Path) -> None:
    firmware = compile_firmware(board, tmp_path, "void reset(void) { for (;;) {} }")
    with station(board) as (bus, device):
        burn(device.machine, firmware)
        device.pins_taken = True
        with connect(bus, device) as connection:
            connection.identify()
            assert connection.is_halted()
            assert connection.read_core_register("pc") == firmware.symbols["reset"]


def test_old_firmware() -> None:
    with station(WB) as (bus, device):
        device.jtag_version = 20
        with pytest.raises(StationError, match="too old") as caught, connect(bus, device):
            pass
        assert "Update" in caught.value.remedy
        device.jtag_version = 45
        with connect(bus, device) as connection:
            connection.identify()


def test_unplugged_between_calls_and_plugged_in_again() -> None:
    with station(WB) as (bus, device):
        with connect(bus, device) as connection:
            bus.unplug(device)
            with pytest.raises(LinkError, match="unplugged") as caught:
                connection.read_bytes(0x2000_0000, 64)
            assert "plug the probe in again" in caught.value.remedy
            bus.plug(device)
            with pytest.raises(LinkError):
                connection.halt()
        with connect(bus, device) as connection:
            connection.identify()


def test_unplugged_in_mid_call() -> None:
    with station(WB) as (bus, device), connect(bus, device) as connection:
        pull = threading.Timer(0.05, bus.unplug, [device])
        pull.start()

        def read_on() -> None:
            while True:
                connection.read_bytes(0x2000_0000, 0x1_0000)

        with pytest.raises(LinkError, match="unplugged"):
            read_on()
        pull.join()


def test_memory_that_is_not_there() -> None:
    with station(WB) as (bus, device), connect(bus, device) as connection:
        with pytest.raises(LinkError, match="reading memory"):
            connection.read_words(0x7000_0000, 1)
        with pytest.raises(LinkError, match="writing memory"):
            connection.write_bytes(0x1FFF_F000 - 0x10_0000, b"1234")
        assert connection.read_words(0x2000_0000, 1) == (0,)


def test_registers_of_a_running_core_are_refused() -> None:
    with station(WB) as (bus, device), connect(bus, device) as connection:
        connection.halt()
        connection.read_core_register("pc")
        device.machine.resume()
        with pytest.raises(LinkError, match="register"):
            connection.read_core_register("pc")


def test_discovery_lists_what_is_plugged_in() -> None:
    with station(WB) as (bus, wb), station(H7) as (_, h7):
        bus.plug(h7)
        first, second = list_probes(bus)
    assert (first.board_name, second.board_name) == ("nucleo_h723zg", "nucleo_wb55rg")
    assert (first.generation, second.generation) == ("V3", "V2-1")
    assert (first.board_id, second.board_id) == ("0871", "0839")
    assert second.firmware == "V2J45M31"
    assert first.simulated
    assert second.simulated
    assert {first.unique_id, second.unique_id} == {
        device.descriptor.serial_number for device in (wb, h7)
    }
    assert first.problem is None


def test_discovery_tells_two_of_a_kind_apart() -> None:
    with station(WB) as (bus, _), station(WB, number=1) as (_, other):
        bus.plug(other)
        assert len({probe.unique_id for probe in list_probes(bus)}) == 2


@pytest.mark.parametrize("fault", ["claimed_elsewhere", "denied"])
def test_discovery_lists_what_cannot_be_opened(fault: str) -> None:
    with station(WB) as (bus, device):
        setattr(device, fault, True)
        (probe,) = list_probes(bus)
        assert probe.problem
        assert probe.remedy
        assert probe.board_name is None
        setattr(device, fault, False)
        (probe,) = list_probes(bus)
        assert probe.problem is None


def test_discovery_names_old_firmware() -> None:
    with station(WB) as (bus, device):
        device.jtag_version = 20
        (probe,) = list_probes(bus)
    assert probe.firmware == "V2J20M31"
    assert probe.problem is not None
    assert "too old" in probe.problem


def test_discovery_disturbs_no_connection_and_claims_nothing() -> None:
    with station(WB) as (bus, device), connect(bus, device) as connection:
        (probe,) = list_probes(bus)
        assert probe.problem is not None
        connection.identify()
    (probe,) = list_probes(bus)
    assert probe.problem is None


def test_an_empty_bus_has_no_probes() -> None:
    assert list_probes(VirtualBus()) == ()
