"""Times calls of one function, up to a number of calls or the time limit."""

from __future__ import annotations

from collections.abc import Callable

from tinylab.bench.firmware.call_causes import CallCauses
from tinylab.bench.firmware.cycle_counter import counter_of
from tinylab.bench.firmware.firmware_events import CallTimed, FirmwareEvent
from tinylab.bench.firmware.firmware_plan import DEFAULT_CALLS, DEFAULT_WARMUP
from tinylab.bench.firmware.live_board import BoardState, LiveBoard
from tinylab.bench.measure.model_counter import CauseCounter
from tinylab.bench.plan.plan import StationRequest
from tinylab.build.symbols import Function
from tinylab.errors import MeasurementError, TimeLimitReached
from tinylab.options.firmware import FirmwareOptions
from tinylab.probe.call_timer import CallTimer, CycleCounter
from tinylab.results.cause_record import WhyRecord


class CallRun:
    """Calls of `function` on `board`, which has just been reset.

    `warmup` and `measured` are their cycles so far, `remarks` are notes for the user.
    """

    def __init__(
        self,
        board: LiveBoard,
        function: Function,
        options: FirmwareOptions,
        station: StationRequest,
        tell: Callable[[FirmwareEvent], None],
    ) -> None:
        self._board = board
        self._function = function
        counter: CycleCounter = counter_of(board.station)
        self._causes: CauseCounter | None = None
        if options.why and board.station.machine is not None:
            counter = self._causes = CauseCounter(counter, board.station.machine)
        self._why = (CallCauses(), CallCauses())
        self._timer = CallTimer(board.connection, function.address, counter)
        self._warmup = DEFAULT_WARMUP if options.warmup is None else options.warmup
        self._wanted = options.calls or DEFAULT_CALLS
        self._station = station
        self._tell = tell
        self._calls: list[int] = []
        self.remarks: list[str] = []

    @property
    def warmup(self) -> tuple[int, ...]:
        """Empty if there were too few calls to leave one to measure."""
        return tuple(self._calls[: self._split])

    @property
    def measured(self) -> tuple[int, ...]:
        return tuple(self._calls[self._split :])

    @property
    def why(self) -> WhyRecord | None:
        """Of the measured calls, if causes are kept."""
        warmup, measured = self._why
        counted = measured if self._split or not self._warmup else warmup
        return counted.record(self._board.symbols) if counted.calls else None

    @property
    def _split(self) -> int:
        return self._warmup if len(self._calls) > self._warmup else 0

    def run(self, limit_s: float) -> None:
        """Raises MeasurementError when no call was seen from beginning to end."""
        board, timer = self._board, self._timer
        timer.arm()
        board.start(limit_s)
        while len(self._calls) < self._warmup + self._wanted:
            state = board.look(timer.expects)
            if state is BoardState.HALTED:
                cycles = timer.halted()
                if cycles is not None:
                    self._take(cycles)
                if len(self._calls) == self._warmup + self._wanted:
                    board.end()
                board.connection.resume()
            elif state is BoardState.RUNNING:
                timer.poll()
            else:
                break
        else:
            timer.disarm()
            return
        self._came_to_little(limit_s, asleep=state is BoardState.ASLEEP)

    def _take(self, cycles: int) -> None:
        self._calls.append(cycles)
        warmup = len(self._calls) <= self._warmup
        if self._causes is not None:
            self._why[0 if warmup else 1].add(self._causes.last)
        number = len(self._calls) - (0 if warmup else self._warmup)
        self._tell(CallTimed(self._station, number, cycles, warmup))

    def _came_to_little(self, limit_s: float, *, asleep: bool) -> None:
        """Fewer calls than wanted: an error if there was none, else a warning."""
        board, name = self._board, self._function.name
        begun = self._timer.inside
        self._timer.disarm()
        if board.connection.is_halted():
            board.connection.resume()
        limit = f"{min(board.seconds, limit_s):.3g} s"
        if board.station.machine is not None:
            limit += " of the board's time"
        if asleep:
            limit += ", then the core stopped in sleep mode"
        if not self._calls:
            raise self._none_came(limit, begun=begun)
        count = len(self._calls)
        last = "; the last call did not return" if begun else ""
        self.remarks.append(
            f"{name} was called only {count} time{'s' if count > 1 else ''}, not "
            f"{self._warmup + self._wanted}, within {limit}{last}."
        )
        if self._warmup and not self._split:
            self.remarks.append("No call was left out as warm-up.")

    def _none_came(self, limit: str, *, begun: bool) -> MeasurementError:
        what, remedy = "not called", "or name another function: this one may have been inlined"
        if begun:
            what, remedy = "called, but did not return", "or name a function that returns"
        return TimeLimitReached(
            f"{self._function.name} was {what} within {limit}. {self._board.doing()}",
            remedy=f"Increase --time-limit SECONDS, {remedy}.",
            seconds=self._board.seconds,
        )
