"""Stations: a probe with its board, opened for a session; real and virtual alike."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from tinylab.bench.measure import TimeBase
from tinylab.bench.plan import StationRequest
from tinylab.boards import catalog
from tinylab.boards.board import Board
from tinylab.build.elf import Segment
from tinylab.errors import StationError
from tinylab.probe.connection import Connection
from tinylab.probe.discovery import ProbeInfo, list_probes
from tinylab.probe.flash import program
from tinylab.probe.stlink import libusb
from tinylab.sim.machine import Machine
from tinylab.sim.station import virtual_device
from tinylab.sim.usb import VirtualBus

_plugging = threading.Lock()


@dataclass(frozen=True)
class Station:
    """One opened station. `timebase` is what its core clock is checked against."""

    board: Board
    serial: str
    connection: Connection
    timebase: TimeBase

    def flash(self, segments: Sequence[Segment], progress: Callable[[float], None]) -> None:
        """Program and verify. Raises LinkError."""
        program(self.connection, [(s.address, s.data) for s in segments], progress)


@dataclass(frozen=True)
class HostTime:
    """The host's clock, for real boards; half a second makes USB's latency small."""

    window_s: float = 0.5

    def now(self) -> float:
        return time.monotonic()


@dataclass(frozen=True)
class SimulatedTime:
    """A virtual board's own time; it is exact, so a short window is enough."""

    machine: Machine
    window_s: float = 0.001

    def now(self) -> float:
        return self.machine.now()


def usb_bus() -> VirtualBus:
    """A bus with the real probes of this computer, on which virtual boards can be plugged."""
    return VirtualBus(libusb())


@contextmanager
def open_station(request: StationRequest, bus: VirtualBus | None = None) -> Iterator[Station]:
    """Find the probe, connect, and make sure that its board is the one asked for.

    Raises StationError when it is not attached or cannot be opened.
    """
    board = catalog.by_name(request.board)
    shared = bus if bus is not None else usb_bus()
    with ExitStack() as closing:
        timebase: TimeBase = HostTime()
        if request.simulated:
            device = virtual_device(board)
            closing.callback(device.close)
            with _plugging:
                shared.plug(device)
            closing.callback(shared.unplug, device)
            serial = device.descriptor.serial_number
            timebase = SimulatedTime(device.machine)
        else:
            serial = _find(request, board, shared).unique_id
        connection = closing.enter_context(Connection(shared, serial, board))
        connection.identify()
        yield Station(board, serial, connection, timebase)


def _find(request: StationRequest, board: Board, bus: VirtualBus) -> ProbeInfo:
    probes = [probe for probe in list_probes(bus) if not probe.simulated]
    wanted = request.serial
    if wanted is not None:
        found = [p for p in probes if p.unique_id.lower() == wanted.lower()]
    else:
        found = [p for p in probes if p.board_name == board.name]
    if len(found) > 1:
        serials = ", ".join(f"{request.label}#{probe.unique_id}" for probe in found)
        raise StationError(
            f"{len(found)} boards of the kind {board.name} are attached.",
            remedy=f"Say which: {serials}.",
        )
    if not found:
        raise StationError(
            f"{request.label} is not attached.",
            remedy=_what_is_there(probes) + f" Without a board: sim:{board.name}.",
        )
    [probe] = found
    if probe.problem is not None:
        raise StationError(f"{request.label}: {probe.problem}", remedy=probe.remedy or "")
    return probe


def _what_is_there(probes: Sequence[ProbeInfo]) -> str:
    if not probes:
        return "No ST-Link is attached; `tinylab probes` lists them."
    names = ", ".join(f"{p.board_name or p.product}#{p.unique_id}" for p in probes)
    return f"Attached: {names}."
