"""A board that runs somebody's own image: what it says, how it does, and what it is at."""

from __future__ import annotations

import codecs
import time
from collections.abc import Callable
from enum import Enum, auto

from tinylab.bench.station.core_watch import doing, fault_error, fault_record
from tinylab.bench.station.station import Station
from tinylab.build.symbols import Symbols
from tinylab.errors import CoreHalted, Interrupted, MeasurementError
from tinylab.probe.connection import CoreState
from tinylab.probe.core_fault import Fault, fault_of
from tinylab.probe.serial_port import SerialPort
from tinylab.results.firmware_record import FaultRecord

POLL_S = 0.002
STILL_S = 2.0
"""Host seconds after which a virtual board that sleeps, its time standing, sleeps for ever."""
BKPT, SEMIHOSTING = 0xBE, 0xAB


class Sight(Enum):
    """How the board was found."""

    RUNNING = auto()
    HALTED = auto()
    """At a breakpoint that was set."""
    OVER = auto()
    """The time limit has passed."""
    ASLEEP = auto()
    """It sleeps, and nothing will ever wake it."""


class LiveBoard:
    """Polls `station` while it runs. All time is the board's: simulated on a virtual one.

    `text` is all that came over `port` so far, `fault` what `look` has found.
    """

    def __init__(
        self,
        station: Station,
        port: SerialPort | None,
        symbols: Symbols,
        cancelled: Callable[[], bool],
        heard: Callable[[str], None],
    ) -> None:
        self.station = station
        self.connection = station.connection
        self.symbols = symbols
        self.text = ""
        self.fault: FaultRecord | None = None
        self._port = port
        self._cancelled = cancelled
        self._heard = heard
        self._decoder = codecs.getincrementaldecoder("utf-8")("backslashreplace")
        self._started = self._deadline = self.last_heard = self.now()
        self._ended: float | None = None
        self._moved = (self.now(), time.monotonic())

    def now(self) -> float:
        return self.station.timebase.now()

    @property
    def seconds(self) -> float:
        """How long the image has run; at most up to the time limit."""
        return (self.now() if self._ended is None else self._ended) - self._started

    def start(self, limit_s: float) -> None:
        """Let the core go, which has just been reset; it has `limit_s` seconds."""
        self.connection.catch_faults()
        self._started = self.last_heard = self.now()
        self.allow(limit_s)
        self.connection.resume()

    def allow(self, limit_s: float) -> None:
        """From now on it has so many seconds more."""
        self._deadline, self._ended = self.now() + limit_s, None

    @property
    def over(self) -> bool:
        """Whether the time limit has passed."""
        return self.now() > self._deadline

    def stand_at(self, mark: str) -> None:
        """Let a virtual board's time stand when it has sent `mark`, until something is sent."""
        assert self._port is not None
        self._port.stand_at(mark.encode())

    def send(self, text: str) -> None:
        """Send over the serial port."""
        assert self._port is not None
        self._port.write(text.encode())

    def look(self, expected: Callable[[int], bool] = lambda pc: False) -> Sight:
        """Take what was sent, and see how the core does; waits a moment when it runs.

        `expected` knows the addresses of breakpoints. Raises MeasurementError when the core
        faulted or stopped by itself, Interrupted, LinkError.
        """
        if self._cancelled():
            raise Interrupted("Stopped.")
        state = self.connection.core_state()
        # Asked in this order: what was sent before it stopped must not be missed.
        self.listen()
        if state is CoreState.LOCKUP:
            self.connection.halt()
            raise self._faulted(fault_of(self.connection, locked_up=True))
        if state is CoreState.HALTED:
            self._check_halt(expected)
            return Sight.HALTED
        if self.over:
            self._ended = self._deadline
            return Sight.OVER
        if state is CoreState.SLEEPING and self._stands():
            return Sight.ASLEEP
        time.sleep(POLL_S)
        return Sight.RUNNING

    def listen(self) -> None:
        """Take what has come over the serial port."""
        data = self._port.read() if self._port is not None else b""
        text = self._decoder.decode(data)
        if text:
            self.last_heard = self.now()
            self.text += text
            self._heard(text)

    def _stands(self) -> bool:
        """A virtual board's time stands still when nothing is due."""
        now = self.now()
        if now != self._moved[0]:
            self._moved = (now, time.monotonic())
        return time.monotonic() - self._moved[1] > STILL_S

    def _check_halt(self, expected: Callable[[int], bool]) -> None:
        fault = fault_of(self.connection)
        if fault is not None:
            raise self._faulted(fault)
        pc = self.connection.read_core_register("pc")
        if expected(pc):
            return
        number, opcode = self.connection.read_bytes(pc, 2)
        if (opcode, number) == (BKPT, SEMIHOSTING):
            raise CoreHalted(
                f"The firmware requests semihosting from a debugger in {self.symbols.place(pc)}.",
                remedy="Build it without (no rdimon.specs), and print over the serial port.",
                place=self.symbols.place(pc),
                pc=pc,
            )
        raise CoreHalted(
            f"The firmware stopped at a breakpoint of its own in {self.symbols.place(pc)}.",
            remedy="Error handlers often end in one; its output may give the reason.",
            place=self.symbols.place(pc),
            pc=pc,
        )

    def _faulted(self, fault: Fault | None) -> MeasurementError:
        assert fault is not None
        self.fault = fault_record(fault, self.symbols)
        return fault_error(self.fault, self.symbols)

    def doing(self) -> str:
        """What the core is at, for a sentence; it is halted for a moment now and then."""
        self._ended = self.now() if self._ended is None else self._ended
        return doing(self.connection, self.symbols)
