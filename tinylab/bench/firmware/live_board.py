"""A board that runs a user's own image: its output, state and program counter."""

from __future__ import annotations

import codecs
import io
import math
import time
from collections import deque
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
"""Host seconds after which a sleeping virtual board whose time does not advance is taken to sleep
for ever.
"""
ARRIVAL_S = 0.05
"""Host seconds that text takes from a real board, more or less: probes collect it for some ms."""
BKPT, SEMIHOSTING = 0xBE, 0xAB


class BoardState(Enum):
    """State of the board when it was polled."""

    RUNNING = auto()
    HALTED = auto()
    """At a breakpoint that was set."""
    OVER = auto()
    """The run has ended: the time limit has passed, it is silent, or the text was received."""
    ASLEEP = auto()
    """It sleeps, and nothing will ever wake it."""


class LiveBoard:
    """Polls `station` while it runs. All time is the board's: simulated on a virtual one.

    `text` is all that came over `port` so far, `fault` what `look` has found, `found` whether the
    text that was waited for has come. The run ends at a time of the board's, however late the host
    polls: what comes afterwards, a fault too, does not count.
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
        self._said = io.StringIO()
        self._tail = ""
        self.fault: FaultRecord | None = None
        self._port = port
        self._cancelled = cancelled
        self._heard = heard
        self._decoder = codecs.getincrementaldecoder("utf-8")("backslashreplace")
        self._started = self._deadline = self._last_heard = self.now()
        self._ended: float | None = None
        self._arrived: deque[tuple[float, int]] = deque()
        self._until: str | None = None
        self._quiet_s = math.inf
        self.found = False
        self._moved = (self.now(), time.monotonic())

    @property
    def text(self) -> str:
        """All of the serial output so far."""
        return self._said.getvalue()

    def text_from(self, position: int) -> str:
        """The serial output behind the first `position` characters."""
        self._said.seek(position)
        return self._said.read()

    def now(self) -> float:
        return self.station.timebase.now()

    @property
    def seconds(self) -> float:
        """Seconds that the image has run, limited to the time limit."""
        return (self.now() if self._ended is None else self._ended) - self._started

    def end_at(self, text: str | None, quiet_s: float) -> None:
        """End the run with `text`, or if text was received and no more for `quiet_s` seconds."""
        self._until, self._quiet_s = text, quiet_s
        if text is not None:
            self.stand_at(text)

    def start(self, limit_s: float) -> None:
        """Start the core after a reset, with a limit of `limit_s` seconds."""
        self.connection.catch_faults()
        self._started = self._last_heard = self.now()
        self.allow(limit_s)
        self.connection.resume()

    def end(self) -> None:
        """The run ends now, as seen by `seconds`; the core is halted."""
        self._ended = self.now()

    def allow(self, limit_s: float) -> None:
        """Set the time limit to so many seconds from now."""
        self._deadline, self._ended = self.now() + limit_s, None

    def stand_at(self, mark: str) -> None:
        """Stop a virtual board's time when it has sent `mark`, until something is sent to it.

        An empty mark lets it continue.
        """
        assert self._port is not None
        self._port.stand_at(mark.encode(errors="surrogateescape"))

    def send(self, text: str) -> None:
        """Send over the serial port."""
        assert self._port is not None
        self._port.write(text.encode())

    def look(self, expected: Callable[[int], bool] = lambda pc: False) -> BoardState:
        """Read what was received, and the core's state; waits briefly while it runs.

        `expected` knows the addresses of breakpoints. Raises MeasurementError when the core
        faulted or stopped by itself, Interrupted, LinkError.
        """
        if self._cancelled():
            raise Interrupted("Stopped.")
        # In this order: a stop was before `now`, and text until then has been received.
        state = self.connection.core_state()
        now = self.now()
        self._listen(now)
        if not self._goes_on(now):
            return BoardState.OVER
        if state in (CoreState.LOCKUP, CoreState.HALTED):
            return self._stopped(state, now, expected)
        if state is CoreState.SLEEPING and self._stands():
            return BoardState.ASLEEP
        time.sleep(POLL_S)
        return BoardState.RUNNING

    def _stopped(self, state: CoreState, now: float, expected: Callable[[int], bool]) -> BoardState:
        try:
            if state is CoreState.LOCKUP:
                self.connection.halt()
                raise self._faulted(fault_of(self.connection, locked_up=True))
            self._check_halt(expected)
        except MeasurementError:
            if self._until is None or self.station.machine is not None:
                raise
            time.sleep(ARRIVAL_S)
            self._listen(now)
            if not self.found:
                raise
            self.fault = None
            return BoardState.OVER
        return BoardState.HALTED

    def _listen(self, now: float) -> None:
        """Read what was received over the serial port, up to the end."""
        for at, data in self._port.arrivals() if self._port is not None else ():
            self._arrived.extend((now if at is None else at, byte) for byte in data)
        heard = ""
        while self._arrived and self._goes_on(self._arrived[0][0]):
            at, byte = self._arrived.popleft()
            piece = self._decoder.decode(bytes([byte]))
            if piece:
                heard += piece
                self._take(piece, at)
        if heard:
            self._heard(heard)

    def _take(self, piece: str, at: float) -> None:
        self._last_heard = at
        self._said.seek(0, io.SEEK_END)
        self._said.write(piece)
        if self._until is None:
            return
        self._tail = (self._tail + piece)[-len(self._until + piece) :]
        if self._until in self._tail:
            self.found = True
            self._ended = at

    def _goes_on(self, at: float) -> bool:
        """Whether the run has not ended before the time `at`."""
        ends = self._deadline
        if self._said.tell():
            ends = min(ends, self._last_heard + self._quiet_s)
        if self._ended is None and at > ends:
            self._ended = ends
        return self._ended is None

    def _stands(self) -> bool:
        """The time of a virtual board does not advance if no event is due."""
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
        """What the core is executing, as a sentence; it is halted briefly several times."""
        self._ended = self.now() if self._ended is None else self._ended
        if self._port is not None:
            self.stand_at("")
        return doing(self.connection, self.symbols)
