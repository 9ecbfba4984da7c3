"""Virtual boards for tests: bare machines, and boards behind a probe on a bus."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

import pytest

from tests.fakes.bare_metal import Firmware
from tinylab.bench.station import station as bench_station
from tinylab.bench.station.station import SimulatedTime
from tinylab.boards.board import Board
from tinylab.probe import flash
from tinylab.probe.connection import Connection
from tinylab.sim.machine import Machine
from tinylab.sim.virtual_probe.stlink import VirtualStLink
from tinylab.sim.virtual_probe.usb_bus import VirtualBus
from tinylab.sim.virtual_probe.virtual_station import virtual_device

PATIENCE = 20.0
WIPED = 0x8000


@contextmanager
def machine(board: Board, firmware: Firmware | None = None) -> Iterator[Machine]:
    """A machine that has just been reset, with `firmware` in its flash."""
    made = Machine(board)
    try:
        if firmware is not None:
            burn(made, firmware)
        yield made
    finally:
        made.close()


def burn(made: Machine, firmware: Firmware) -> None:
    """Put `firmware` into the flash cells, without a probe, and reset."""
    made.hold_reset()
    for address, data in firmware.segments:
        offset = address - made.memory.flash.base
        made.memory.flash.buffer[offset : offset + len(data)] = data
    made.release_reset()


@contextmanager
def station(board: Board, number: int = 0) -> Iterator[tuple[VirtualBus, VirtualStLink]]:
    """A bus with one board on it."""
    device = virtual_device(board, number)
    bus = VirtualBus()
    bus.plug(device)
    try:
        yield bus, device
    finally:
        device.close()


@contextmanager
def plugged(bus: VirtualBus, board: Board, number: int = 0) -> Iterator[VirtualStLink]:
    """A board on `bus` that acts as a real one: sessions find it as `board#serial`.

    Its firmware runs in simulated time; see `trust_the_clock_of`.
    """
    device = virtual_device(board, number)
    device.descriptor = replace(
        device.descriptor,
        manufacturer="STMicroelectronics",
        serial_number=device.descriptor.serial_number.replace("SIM", "066", 1),
    )
    bus.plug(device)
    try:
        yield device
    finally:
        device.close()


def trust_the_clock_of(device: VirtualStLink, monkeypatch: pytest.MonkeyPatch) -> None:
    """Check the clock of a board that acts as a real one against its own time, not the host's.

    The emulated core is slower than silicon, and against the host's clock it would be found
    out.
    """
    trust_the_clocks_of([device], monkeypatch)


def trust_the_clocks_of(devices: Sequence[VirtualStLink], monkeypatch: pytest.MonkeyPatch) -> None:
    """The same for several boards, each against its own time."""
    timebases = {one.descriptor.serial_number: SimulatedTime(one.machine) for one in devices}

    @dataclass(frozen=True)
    class Trusted(bench_station.Station):
        def __post_init__(self) -> None:
            object.__setattr__(self, "timebase", timebases.get(self.serial, self.timebase))

    monkeypatch.setattr(bench_station, "Station", Trusted)


@contextmanager
def connected(board: Board, firmware: Firmware | None = None) -> Iterator[Connection]:
    """A connection to a board, halted at reset with `firmware` flashed if there is one.

    The flash algorithm's traces in RAM are wiped.
    """
    with (
        station(board) as (bus, device),
        Connection(bus, device.descriptor.serial_number, board) as connection,
    ):
        if firmware is not None:
            flash.program(connection, firmware.segments, lambda done: None)
            connection.write_bytes(board.ram[0].base, bytes(WIPED))
        yield connection


def wait_until(condition: Callable[[], bool]) -> None:
    """Wait until `condition` holds; fails instead of hanging."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.001)
