"""Runs the image on a station, and reads what it has counted."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from tinylab.bench.core_loops.assembly import Timed
from tinylab.bench.core_loops.image import CLOCK_WORDS, MAGIC
from tinylab.bench.station.core_watch import doing
from tinylab.bench.station.station import Station
from tinylab.boards.clock_family import ClockSettings
from tinylab.build.image import Image
from tinylab.build.symbols import symbols_in
from tinylab.errors import BoardSilent, Interrupted
from tinylab.probe.connection import CoreState
from tinylab.probe.core_fault import Fault, fault_of

POLL_S = 0.01
LIMIT_S = 60.0
"""Of the board's time; all loops take less than a second at 4 MHz."""
STANDS = (CoreState.HALTED, CoreState.LOCKUP)


@dataclass(frozen=True)
class Counted:
    """Cycles of a function: the least and the most of its calls."""

    least: int
    most: int


@dataclass
class Counts:
    """What was counted, and why the other functions were not."""

    cycles: dict[Timed, Counted] = field(default_factory=dict)
    faults: dict[Timed, str] = field(default_factory=dict)


class Execution:
    """The image on a station, which was flashed with it."""

    def __init__(
        self,
        station: Station,
        image: Image,
        functions: Sequence[Timed],
        clock: ClockSettings,
        cancelled: Callable[[], bool],
    ) -> None:
        self._station = station
        self._link = station.connection
        self._image = image
        self._functions = functions
        self._clock = clock
        self._cancelled = cancelled
        self._request = image.symbols["tl_bench_core"]

    def run(self) -> Counts:
        """Run all functions; one that faults is left out, and the next one begins anew.

        Raises BoardSilent, LinkError, or Interrupted when cancelled.
        """
        counts = Counts()
        first = 0
        while first < len(self._functions):
            self._start(first)
            fault = self._wait()
            current, done = self._link.read_words(self._request + 8, 2)
            end = len(self._functions) if done else self._known(current, first)
            self._read(counts, first, end)
            if not done:
                counts.faults[self._functions[end]] = _told(fault)
            first = end + 1
        return counts

    def _start(self, first: int) -> None:
        words = self._clock.words
        self._link.reset_and_halt()
        self._link.catch_faults()
        padding = [0] * (CLOCK_WORDS - len(words))
        self._link.write_words(self._request, [MAGIC, first, first, 0, *words, *padding])
        self._link.resume()

    def _wait(self) -> Fault | None:
        """Until the core stands; the fault that stopped it."""
        timebase = self._station.timebase
        end, host_end = timebase.now() + LIMIT_S, time.monotonic() + 10 * LIMIT_S
        while (state := self._link.core_state()) not in STANDS:
            if self._cancelled():
                raise Interrupted("Stopped while loops were counted.")
            if timebase.now() > end or time.monotonic() > host_end:
                seen = doing(self._link, symbols_in(self._image.elf))
                raise BoardSilent(
                    f"The loops do not end. {seen}",
                    remedy="Press the board's reset button and run again. If the error persists, "
                    "leave out loops with --filter.",
                )
            time.sleep(POLL_S)
        if state is CoreState.LOCKUP:
            self._link.halt()
        return fault_of(self._link, locked_up=state is CoreState.LOCKUP)

    def _known(self, current: int, first: int) -> int:
        """The function that was running. Raises BoardSilent if that is none."""
        if not first <= current < len(self._functions):
            raise BoardSilent(
                "The board runs another image than the one that was flashed.",
                remedy="Close other programs that use the probe, and run again.",
            )
        return current

    def _read(self, counts: Counts, first: int, end: int) -> None:
        if first == end:
            return
        address = self._image.symbols["tl_bench_cycles"] + 8 * first
        words = self._link.read_words(address, 2 * (end - first))
        pairs = zip(words[::2], words[1::2], strict=True)
        for one, pair in zip(self._functions[first:end], pairs, strict=True):
            counts.cycles[one] = Counted(*pair)


def _told(fault: Fault | None) -> str:
    if fault is None:
        return "the core was halted in it"
    return f"{fault.exception}: {'; '.join(fault.causes) or 'no cause recorded'}"
