"""Drives an image that shows each tensor: one inference for each input."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tinylab.bench.measure.board_health import BoardHealth, MeasuredBoard
from tinylab.bench.measure.measurement import (
    POLL_S,
    SLOWEST_CYCLES_PER_MACC,
    UNKNOWN_MACC,
    Target,
)
from tinylab.bench.measure.sample_readers import RingReader
from tinylab.bench.plan.stop_rule import ONCE
from tinylab.bench.station.silence_timeout import SILENCE_S, TimeBase, Watch
from tinylab.boards.clock_family import ClockSettings
from tinylab.errors import Interrupted
from tinylab.stream import frames
from tinylab.stream.observer import Shown, Window
from tinylab.stream.ring import Ring


@dataclass(frozen=True)
class Board:
    """A station as it is driven here."""

    link: MeasuredBoard
    timebase: TimeBase
    clock: ClockSettings
    cancelled: Callable[[], bool]


class Observation:
    """The board's side of a comparison. The core is halted whenever its memory is read."""

    def __init__(self, board: Board, target: Target, window: int, macc: int | None) -> None:
        self._board = board
        self._link = board.link
        self._target = target
        self._window = Window(board.link, window)
        self._ring = Ring(board.link, target.mailbox, target.ring)
        self._health = BoardHealth(board.link, self._ring, target)
        cycles = 2 * (macc or UNKNOWN_MACC) * SLOWEST_CYCLES_PER_MACC
        self._silence_s = SILENCE_S + cycles / board.clock.hz
        self._sequences = itertools.count(1)

    def start(self) -> None:
        """Reset the board; nothing of an earlier image is left where it is read."""
        self._link.reset_and_halt()
        self._link.catch_faults()
        self._ring.clear()
        self._window.clear()

    def infer(self, values: bytes) -> Iterator[tuple[Shown, bytes]]:
        """Run one inference: each tensor as it is shown; the core is halted after it.

        Raises LinkError when the board is silent, MeasurementError when it runs another image or
        faults, Interrupted when cancelled.
        """
        sequence = next(self._sequences)
        self._ask(sequence, values)
        reader = RingReader(self._ring)
        reader.expect(sequence, samples=False)
        watch = Watch(self._board.timebase, self._silence_s)
        while True:
            self._link.resume()
            time.sleep(POLL_S)
            self._health.check_core()
            self._link.halt()
            status, shown = self._ring.status(), self._window.look()
            if status.alive:
                self._health.check_firmware(status)
            if status.alive and shown.waits:
                yield shown, self._window.take(shown)
            elif status.alive and status.served == sequence:
                return
            self._keep_watch(watch, status, shown, reader)

    def output(self) -> bytes:
        """The network's output. The core is halted."""
        return self._link.read_bytes(self._target.output, self._target.output_bytes)

    def _ask(self, sequence: int, values: bytes) -> None:
        self._link.write_bytes(self._target.input, values)
        clock = self._board.clock
        self._ring.send_request(
            frames.Request(
                sequence=sequence,
                warmup=ONCE.warmup,
                min_inferences=ONCE.min_inferences,
                max_inferences=ONCE.max_inferences,
                min_cycles=ONCE.min_cycles,
                clock_hz=clock.hz,
                clock_words=clock.words,
            )
        )

    def _keep_watch(
        self, watch: Watch, status: frames.Status, shown: Shown, reader: RingReader
    ) -> None:
        if self._board.cancelled():
            raise Interrupted("Stopped while layers were compared.")
        sign = (status.state, status.served, shown.shown)
        silence = watch.see(status.alive, sign)
        if silence is not None:
            self._link.resume()
            self._health.explain(silence, reader)
