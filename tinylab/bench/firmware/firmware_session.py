"""Runs a user's own image on each board of a plan: flash, run, time, report."""

from __future__ import annotations

import math
import queue
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING

from tinylab.bench.firmware.call_timing import CallRun
from tinylab.bench.firmware.cycle_counter import counter_of
from tinylab.bench.firmware.firmware_events import (
    FirmwareEvent,
    FirmwareFinished,
    FirmwareStep,
    Heard,
)
from tinylab.bench.firmware.firmware_plan import FirmwareJob, FirmwarePlan
from tinylab.bench.firmware.live_board import BoardState, LiveBoard
from tinylab.bench.firmware.mlperf_runner import MlperfRun
from tinylab.bench.firmware.virtual_remarks import virtual_remarks
from tinylab.bench.station.station import Station, Turn, open_station
from tinylab.boards import catalog
from tinylab.errors import (
    Interrupted,
    MeasurementError,
    StationError,
    TimeLimitReached,
    TinylabError,
)
from tinylab.probe.connection import CoreState
from tinylab.probe.serial_port import BAUD, SerialPort
from tinylab.results.firmware_record import (
    FirmwareRun,
    ImageRecord,
    OtherPort,
    TimedFunction,
    UnknownRegister,
)

if TYPE_CHECKING:
    from usb.backend import IBackend

DEFAULT_LIMIT_S = 10.0
QUIET_S = 2.0
"""Seconds of silence after which an image that has printed something is taken to be done."""
CLOCK_POLL_S = 0.005
CLOCK_AGREEMENT = 0.03
"""Relative; two measurements of a clock differ by USB's latency."""


def run(
    plan: FirmwarePlan, cancelled: threading.Event, bus: IBackend | None = None
) -> Iterator[FirmwareEvent]:
    """Execute `plan`, one board after the other; each ends in one FirmwareFinished.

    Set `cancelled` to stop. `bus` carries the real boards; by default it is this computer's.
    """
    events: queue.SimpleQueue[FirmwareEvent | BaseException | None] = queue.SimpleQueue()

    def work() -> None:
        try:
            for job in plan.jobs:
                thread.name = f"firmware on {job.station.label}"
                _OneBoard(plan, job, cancelled.is_set, events.put).run(bus)
        except BaseException as error:  # noqa: BLE001 - a bug must reach the caller's thread
            events.put(error)
        finally:
            events.put(None)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        while (item := events.get()) is not None:
            if isinstance(item, BaseException):
                raise item
            yield item
    except BaseException:
        cancelled.set()
        raise
    finally:
        thread.join()


class _OneBoard:
    """One job of the plan, from opening the probe to the result."""

    def __init__(
        self,
        plan: FirmwarePlan,
        job: FirmwareJob,
        cancelled: Callable[[], bool],
        tell: Callable[[FirmwareEvent], None],
    ) -> None:
        self._plan = plan
        self._options = plan.options
        self._job = job
        self._cancelled = cancelled
        self._tell = tell
        self._warnings: list[str] = []
        self._result = _empty(job)

    def run(self, bus: IBackend | None) -> None:
        """Execute it; results from before an error are kept with the error."""
        try:
            if self._cancelled():
                raise Interrupted("Stopped before the start.")
            doing = f"running {self._job.image.path.name}"
            turn = Turn(doing, self._options.wait_s, self._say, self._compiling)
            with open_station(self._job.station, bus, self._cancelled, turn) as station:
                self._result = replace(self._result, serial=station.serial)
                if self._job.made is not None:
                    station.require_clock(self._job.made.clock_hz)
                for text in station.remarks:
                    self._warn(text)
                self._flash(station)
                with ExitStack() as closing:
                    self._watch(station, self._port(station, closing))
        except TinylabError as error:
            self._result = self._result.failed(error)
        self._result = replace(self._result, warnings=tuple(self._warnings))
        self._tell(FirmwareFinished(self._job.station, self._result))

    def _compiling(self, text: str, done: float) -> None:
        if not done:
            self._say(text)

    def _flash(self, station: Station) -> None:
        def progress(_: float) -> None:
            if self._cancelled():
                raise Interrupted("Stopped while flashing.")

        begun = time.perf_counter()
        station.flash(self._job.image.segments, progress, mass_erase=self._options.mass_erase)
        self._say(f"flashed in {time.perf_counter() - begun:.1f} s")

    def _port(self, station: Station, closing: ExitStack) -> SerialPort | None:
        """Calls can be timed without a serial port; nothing else can be done without one."""
        try:
            port = station.open_serial(self._options.baud or BAUD)
        except StationError as error:
            if self._options.time is None:
                raise
            self._warn(f"{error.message} The firmware's serial output is not read.")
            return None
        closing.callback(port.close)
        return port

    def _watch(self, station: Station, port: SerialPort | None) -> None:
        """Let it run, and record its results, also after an error."""
        board = LiveBoard(
            station,
            port,
            self._job.image.symbols,
            self._cancelled,
            lambda text: self._tell(Heard(self._job.station, text)),
        )
        try:
            if self._job.function is not None:
                self._time_calls(board)
            elif self._options.protocol is not None:
                self._speak_mlperf(board)
            else:
                self._show_output(board)
        except MeasurementError:
            self._hint_at_registers(station)
            raise
        finally:
            self._result = replace(
                self._result,
                serial_text=board.text,
                fault=board.fault,
                board_seconds=board.seconds,
                clock_hz=self._result.clock_hz or _known_clock(station),
                unknown_registers=self._unknown(station),
                other_ports=_other_ports(station),
            )
            for text in virtual_remarks(station):
                self._warn(text)

    def _limit(self) -> float:
        return self._options.time_limit_s or DEFAULT_LIMIT_S

    def _time_calls(self, board: LiveBoard) -> None:
        assert self._job.function is not None
        calls = CallRun(board, self._job.function, self._options, self._job.station, self._tell)
        try:
            calls.run(self._limit())
        finally:
            self._result = replace(
                self._result, warmup_calls=calls.warmup, calls=calls.measured, why=calls.why
            )
            for text in calls.remarks:
                self._warn(text)
        if board.station.machine is None:
            if self._options.why:
                self._warn("On silicon only the sum of the cycles is known, not why they pass.")
            self._result = replace(self._result, clock_hz=_measured_clock(board))

    def _speak_mlperf(self, board: LiveBoard) -> None:
        spoken = MlperfRun(
            board,
            self._options,
            self._plan.payload,
            self._job.station,
            self._tell,
            self._job.made,
        )
        try:
            spoken.run()
        finally:
            self._result = replace(self._result, mlperf=spoken.record)
            for text in spoken.remarks:
                self._warn(text)

    def _show_output(self, board: LiveBoard) -> None:
        """Until the text that was waited for, silence, or the time limit."""
        until = self._options.until
        board.end_at(until, QUIET_S if until is None else math.inf)
        board.start(self._limit())
        while board.look() is BoardState.RUNNING:
            pass
        if until is not None and not board.found:
            raise TimeLimitReached(
                f"The firmware did not print '{until}' in {board.seconds:.3g} s"
                f"{_own_time(board)}. {board.doing()}",
                remedy="Increase --time-limit SECONDS.",
                seconds=board.seconds,
            )
        if not board.text:
            raise TimeLimitReached(
                f"The firmware printed nothing in {board.seconds:.3g} s{_own_time(board)}. "
                f"{board.doing()}",
                remedy=f"It must print on {board.station.board.serial.name} "
                f"({board.station.board.serial.tx}), which is connected to the probe; "
                "--time-limit SECONDS allows more time.",
                seconds=board.seconds,
            )

    def _hint_at_registers(self, station: Station) -> None:
        """A possible reason why an image does not progress on a virtual board."""
        unknown = self._unknown(station)
        if unknown and not self._options.trace:
            first = f"{unknown[0].address:#010x} in {unknown[0].place}"
            self._warn(
                f"It accessed {len(unknown)} registers that the virtual board does not emulate, "
                "first "
                f"{first}; --trace lists them."
            )

    def _unknown(self, station: Station) -> tuple[UnknownRegister, ...]:
        if station.machine is None:
            return ()
        place = self._job.image.symbols.place
        return tuple(
            UnknownRegister(one.kind, one.address, one.pc, place(one.pc))
            for one in station.machine.unknown_accesses
        )

    def _warn(self, text: str) -> None:
        self._warnings.append(text)
        self._say(f"warning: {text}")

    def _say(self, text: str) -> None:
        self._tell(FirmwareStep(self._job.station, text))


def _empty(job: FirmwareJob) -> FirmwareRun:
    board, image, function = catalog.by_name(job.station.board), job.image, job.function
    is_network = job.network is not None or function is None
    error = board.expected_error_percent if is_network else board.general_code_error_percent
    return FirmwareRun(
        board=board.name,
        core=board.core.value,
        serial=job.station.serial,
        simulated=job.station.simulated,
        expected_error_percent=error if job.station.simulated else None,
        image=ImageRecord(str(image.path), image.kind, image.sha256, image.flash_bytes),
        network=job.network,
        function=TimedFunction(function.name, function.address) if function else None,
    )


def _other_ports(station: Station) -> tuple[OtherPort, ...]:
    sent = station.machine.sent_elsewhere if station.machine is not None else {}
    return tuple(OtherPort(name, count) for name, count in sent.items())


def _own_time(board: LiveBoard) -> str:
    return " of its own time" if board.station.machine is not None else ""


def _known_clock(station: Station) -> float | None:
    """For a virtual board: the clock that its registers select."""
    return station.machine.core_hz if station.machine is not None else None


def _measured_clock(board: LiveBoard) -> float | None:
    """For a real board: cycles over the host's time.

    None if the core slept meanwhile, or if the firmware disturbed the cycle counter: then two
    measurements differ.
    """
    try:
        first, second = (_cycles_per_second(board) for _ in range(2))
    except MeasurementError:
        return None
    agree = abs(first - second) <= CLOCK_AGREEMENT * max(first, second)
    return (first + second) / 2 if agree and second > 0 else None


def _cycles_per_second(board: LiveBoard) -> float:
    """Over half a window; 0 if the core slept. Raises MeasurementError, LinkError."""
    link, timebase = board.connection, board.station.timebase
    counter = counter_of(board.station)
    link.halt()
    counter.begin()
    begun = timebase.now()
    link.resume()
    slept = False
    while timebase.now() - begun < timebase.window_s / 2:
        slept = slept or link.core_state() is not CoreState.RUNNING
        time.sleep(CLOCK_POLL_S)
    link.halt()
    elapsed = timebase.now() - begun
    cycles = counter.end()
    return 0.0 if slept else cycles / elapsed
