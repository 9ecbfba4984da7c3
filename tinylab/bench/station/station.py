"""Stations: a probe with its board, opened for a session; real and virtual alike."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass

from usb.backend import IBackend

from tinylab.bench.plan.plan import StationRequest
from tinylab.bench.station.silence_timeout import TimeBase
from tinylab.boards import catalog
from tinylab.boards.board import Board
from tinylab.build.elf import Segment
from tinylab.errors import NotAttached, SerialPortError, SeveralAttached
from tinylab.probe import lock
from tinylab.probe.connection import Connection
from tinylab.probe.discovery import ProbeInfo, list_probes, unusable
from tinylab.probe.flash import program
from tinylab.probe.protection import require_clock
from tinylab.probe.serial_port import ComPort, SerialPort
from tinylab.probe.stlink import libusb
from tinylab.sim.cycles.precompile import Tell, compile_ahead
from tinylab.sim.machine import Machine
from tinylab.sim.virtual_probe.usb_bus import VirtualBus
from tinylab.sim.virtual_probe.vcp import VirtualComPort
from tinylab.sim.virtual_probe.virtual_station import virtual_device


@dataclass(frozen=True)
class Station:
    """One opened station. `timebase` is what its core clock is checked against.

    `machine` is behind the probe of a virtual board, `com_port` the name of a real one's port; None
    where there is none. `remarks` are notes about the station for the reader of a result.
    """

    board: Board
    serial: str
    connection: Connection
    timebase: TimeBase
    machine: Machine | None = None
    com_port: str | None = None
    remarks: tuple[str, ...] = ()

    def flash(
        self,
        segments: Sequence[Segment],
        progress: Callable[[float], None],
        *,
        mass_erase: bool = False,
    ) -> None:
        """Program and verify. Raises LinkError."""
        pieces = [(s.address, s.data) for s in segments]
        program(self.connection, pieces, progress, mass_erase=mass_erase)

    def require_clock(self, hz: float) -> None:
        """Raises ClockError if an option bit of this part prevents that clock."""
        require_clock(self.connection, hz)

    def rest(self) -> None:
        """Between runs, a virtual board's core stands, and leaves the processor to other boards."""
        if self.machine is not None:
            self.machine.halt()

    def open_serial(self, baud: int) -> SerialPort:
        """The board's serial port. Raises StationError if it is not available."""
        if self.machine is not None:
            return VirtualComPort(self.machine)
        if self.com_port is None:
            raise SerialPortError(
                f"The probe {self.serial} provides no serial port.",
                remedy="`tinylab probes` lists ports; replug the probe, or update its firmware.",
                probe=self.serial,
            )
        return ComPort(self.com_port, baud)


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
    """A bus with the real probes of this computer; an empty one when there is no libusb."""
    return VirtualBus(libusb())


@dataclass(frozen=True)
class Turn:
    """The purpose of a station, and how long to wait while another process uses the board."""

    doing: str = "measuring"
    wait_s: float = 0.0
    waiting: Callable[[str], None] = lambda text: None
    """Called while waiting, with the process that uses the board."""
    compiling: Tell = lambda text, done: None
    """Called while a virtual board's cycle model is compiled, with the progress (0..1)."""


@contextmanager
def open_station(
    request: StationRequest,
    bus: IBackend | None = None,
    cancelled: Callable[[], bool] = lambda: False,
    turn: Turn | None = None,
    *,
    troubled: bool = False,
) -> Iterator[Station]:
    """Find the probe, connect, and check that its board is the requested one.

    A virtual board gets a bus of its own; the others are looked for on `bus`, by default this
    computer's, and locked against other tinylab processes until the end. `troubled` also accepts a
    board that cannot measure, such as a read-protected one, if it can be connected to. Raises
    StationError when it is not attached, another tinylab has it, or it cannot be opened;
    Interrupted when cancelled while that one is waited for, or while a virtual board's cycle model
    is compiled for the first time.
    """
    board = catalog.by_name(request.board)
    turn = turn or Turn()
    with ExitStack() as closing:
        timebase: TimeBase
        machine = com_port = None
        remarks: tuple[str, ...] = ()
        if request.simulated:
            compile_ahead(board.core, cancelled, turn.compiling)
            device = virtual_device(board)
            closing.callback(device.close)
            bus = own = VirtualBus()
            own.plug(device)
            serial = device.descriptor.serial_number
            machine = device.machine
            timebase = SimulatedTime(machine)
        else:
            bus = bus if bus is not None else usb_bus()
            found, trouble = closing.enter_context(
                _taken(request, board, bus, cancelled, turn, troubled=troubled)
            )
            serial, com_port = found.unique_id, found.serial_port
            remarks = (trouble,) if trouble else ()
            timebase = HostTime()
        connection = closing.enter_context(Connection(bus, serial, board))
        connection.identify()
        yield Station(board, serial, connection, timebase, machine, com_port, remarks)


@contextmanager
def _taken(
    request: StationRequest,
    board: Board,
    bus: IBackend,
    cancelled: Callable[[], bool],
    turn: Turn,
    *,
    troubled: bool,
) -> Iterator[tuple[ProbeInfo, str]]:
    """The requested probe, locked and usable; and why it is not locked, if so."""
    probe = _find(request, board, bus)
    with lock.taken(
        probe.unique_id,
        turn.doing,
        wait_s=turn.wait_s,
        cancelled=cancelled,
        waiting=turn.waiting,
    ) as claim:
        if probe.holder is not None:
            # Another process used it, so it could not be checked; it may be unplugged meanwhile.
            probe = _find(request, board, bus)
        if probe.problem is not None and not troubled:
            raise unusable(probe, f"{request.label}: {probe.problem}")
        claim.publish({k: value for k, value in asdict(probe).items() if isinstance(value, str)})
        yield probe, claim.trouble


def _find(request: StationRequest, board: Board, bus: IBackend) -> ProbeInfo:
    probes = [probe for probe in list_probes(bus) if not probe.simulated]
    wanted = request.serial
    if wanted is not None:
        found = [p for p in probes if p.unique_id.lower() == wanted.lower()]
    else:
        found = [p for p in probes if p.board_name == board.name]
    if len(found) > 1:
        serials = ", ".join(f"{request.label}#{probe.unique_id}" for probe in found)
        raise SeveralAttached(
            f"{len(found)} {board.name} boards are attached.",
            remedy=f"Select one: {serials}.",
            probes=tuple(probe.unique_id for probe in found),
        )
    closed = next((p for p in probes if p.problem and p.board_name is None), None)
    if not found and closed is not None:
        said = f"{request.label} was not found; one probe is not identified: {closed.problem}"
        raise unusable(closed, said)
    if not found:
        raise NotAttached(
            f"{request.label} is not attached.",
            remedy=_what_is_there(probes) + f" Without a board, use sim:{board.name}.",
            probe=request.serial,
            board=board.name,
        )
    return found[0]


def _what_is_there(probes: Sequence[ProbeInfo]) -> str:
    if not probes:
        return "No ST-Link is attached; `tinylab probes` lists them."
    names = ", ".join(f"{p.board_name or p.product}#{p.unique_id}" for p in probes)
    return f"Attached: {names}."
