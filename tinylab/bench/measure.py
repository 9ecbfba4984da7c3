"""One measurement on a board that runs our firmware: request, samples, checks."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from tinylab.bench.pauses import short_pauses
from tinylab.bench.runtime_error import refused
from tinylab.bench.silence import SILENCE_S, TimeBase, Watch
from tinylab.bench.stop_rule import ONCE, StopRule
from tinylab.boards.board import ClockSettings
from tinylab.build.image import Image
from tinylab.errors import Interrupted, MeasurementError
from tinylab.stream import frames
from tinylab.stream.ring import Cycles, Memory, Ring

POLL_S = 0.005
SLOWEST_CYCLES_PER_MACC = 400
"""No float kernel on any supported core is slower; used for the silence limit only."""

UNKNOWN_MACC = 5_000_000
"""Of a network whose cost nobody told; larger ones than most that fit a microcontroller."""

CLOCK_TOLERANCE = 0.02
VERIFY_CYCLES = 2_000_000
"""Further golden inputs are run as long as they cost no more than this together."""


class Link(Memory, Protocol):
    """A debug connection to the board."""

    def reset_and_halt(self) -> None: ...

    def halt(self) -> None: ...

    def resume(self) -> None: ...

    def read_words(self, address: int, count: int) -> tuple[int, ...]: ...


@dataclass(frozen=True, eq=False)
class Batch:
    """Samples of one kind, as they came off the board; never empty.

    `first_index` counts those of their kind from 0, `lost` the measured ones that found the
    ring full so far.
    """

    first_index: int
    cycles: Cycles
    warmup: bool
    lost: int

    @property
    def total(self) -> int:
        """How many of their kind there are with these."""
        return self.first_index + self.cycles.size


Listener = Callable[[Batch], None]


CYCCNT = 0xE0001004
"""DWT cycle counter (Armv7-M Architecture Reference Manual, C1.8.8)."""


@dataclass(frozen=True)
class Target:
    """What is expected on the board: addresses from the ELF, and who it should be."""

    mailbox: int
    ring: int
    input: int
    output: int
    output_bytes: int
    build_id: bytes
    functions: Mapping[str, int]
    """Name -> address, to say where a fault was."""
    adapter: str = "ai_5"
    """How the firmware calls the network, to say what an error of its runtime means."""

    @classmethod
    def of(cls, image: Image, output_bytes: int, adapter: str = "ai_5") -> Target:
        """What `image` must turn out to be once it is flashed."""
        symbols = image.symbols
        return cls(
            mailbox=symbols[frames.SYMBOL],
            ring=symbols[frames.RING_SYMBOL],
            input=symbols[frames.INPUT_SYMBOL],
            output=symbols[frames.OUTPUT_SYMBOL],
            output_bytes=output_bytes,
            build_id=image.build_id,
            functions={name: value for name, value in symbols.items() if value & 1},
            adapter=adapter,
        )


@dataclass(frozen=True, eq=False)
class Measurement:
    """What one request gave. Cycles are without the calibrated overhead."""

    cycles: Cycles
    first_cycles: int
    dropped: int
    overhead: int
    stack_bytes: int
    clock_measured_hz: float
    outputs: tuple[bytes, ...]
    """What the network gave for each of the inputs that were run."""


class Bench:
    """Drives the firmware on one board, from reset to the last check. One for each run."""

    def __init__(
        self, link: Link, target: Target, timebase: TimeBase, cancelled: Callable[[], bool]
    ) -> None:
        self._link = link
        self._target = target
        self._timebase = timebase
        self._cancelled = cancelled
        self._ring = Ring(link, target.mailbox, target.ring)
        self._sequence = 0

    def measure(
        self,
        clock: ClockSettings,
        rule: StopRule,
        inputs: Sequence[bytes],
        macc: int | None,
        listen: Listener,
    ) -> Measurement:
        """Run the request and check what comes.

        The first of `inputs` is the one that is timed; the others are only checked. The request
        is written before the core starts, so that what is measured does not depend on when the
        host came. Raises LinkError when the board is silent, MeasurementError when it runs
        another image, faults or counts nonsense, Interrupted when cancelled.
        """
        silence_s = SILENCE_S + 2 * (macc or UNKNOWN_MACC) * SLOWEST_CYCLES_PER_MACC / clock.hz
        self._link.reset_and_halt()
        self._ring.clear()
        self._ask(clock, rule, inputs[0])
        with short_pauses():
            self._link.resume()
            status, cycles = self._collect(silence_s, listen)
        if cycles.size == 0 or int(cycles.min()) == 0:
            raise MeasurementError(
                "The cycle counter does not move.",
                remedy="Another debugger may have switched it off; close it and run again.",
            )
        outputs = [self._output()]
        measured_hz = self._clock_check()
        extra = min(len(inputs) - 1, VERIFY_CYCLES // int(cycles.max()))
        for values in inputs[1 : 1 + extra]:
            self._ask(clock, ONCE, values)
            self._collect(silence_s, lambda batch: None)
            outputs.append(self._output())
        return Measurement(
            cycles=cycles,
            first_cycles=status.first_cycles,
            dropped=status.dropped,
            overhead=status.overhead,
            stack_bytes=status.stack_used,
            clock_measured_hz=measured_hz,
            outputs=tuple(outputs),
        )

    def _ask(self, clock: ClockSettings, rule: StopRule, values: bytes) -> None:
        self._link.write_bytes(self._target.input, values)
        self._sequence += 1
        self._ring.ask(
            frames.Request(
                sequence=self._sequence,
                warmup=rule.warmup,
                min_inferences=rule.min_inferences,
                max_inferences=rule.max_inferences,
                min_cycles=rule.min_cycles,
                clock_hz=clock.hz,
                clock_words=clock.words,
            )
        )

    def _collect(self, silence_s: float, listen: Listener) -> tuple[frames.Status, Cycles]:
        """Take samples until the request is served; those of the warm-up are only told."""
        measured: list[Cycles] = [np.empty(0, dtype=np.uint64)]
        taken = 0
        watch = Watch(self._timebase, silence_s)
        while True:
            status = self._ring.status()
            if status.alive:
                self._check(status)
                if status.serving == self._sequence:
                    cycles = self._ring.take(status)
                    for batch in _batches(cycles, taken, status):
                        listen(batch)
                        if not batch.warmup:
                            measured.append(batch.cycles)
                    taken += cycles.size
                if status.served == self._sequence:
                    return status, np.concatenate(measured)
            watch.see(status)
            if self._cancelled():
                raise Interrupted("Stopped while measuring.")
            time.sleep(POLL_S)

    def _check(self, status: frames.Status) -> None:
        """Is it our image, and is it well?"""
        wanted = self._target.build_id
        if status.build_id != wanted or status.protocol != frames.PROTOCOL:
            raise MeasurementError(
                f"The board runs another image ({status.build_id.hex()[:12]}) than the one "
                f"built ({wanted.hex()[:12]}).",
                remedy="Run again; if it stays, another program flashes this board.",
            )
        if status.state == frames.State.FAULT:
            raise MeasurementError(_describe(status.fault, self._target.functions))
        if status.state == frames.State.REFUSED:
            raise refused(self._target.adapter, status.ai_error)

    def _output(self) -> bytes:
        return self._link.read_bytes(self._target.output, self._target.output_bytes)

    def _clock_check(self) -> float:
        """The core clock in Hz: cycles counted over a stretch of the time base.

        The counter stands while the core is halted, so both ends are read at leisure.
        """
        link, timebase = self._link, self._timebase
        link.halt()
        [start] = link.read_words(CYCCNT, 1)
        begun = timebase.now()
        link.resume()
        while timebase.now() - begun < timebase.window_s:
            time.sleep(POLL_S)
        link.halt()
        elapsed = timebase.now() - begun
        [stop] = link.read_words(CYCCNT, 1)
        link.resume()
        return ((stop - start) & 0xFFFFFFFF) / elapsed


def _batches(cycles: Cycles, taken: int, status: frames.Status) -> Iterator[Batch]:
    """The samples behind the first `taken` ones: of the warm-up, then measured ones."""
    warmup = min(max(status.warmup_written - taken, 0), cycles.size)
    if warmup:
        yield Batch(taken, cycles[:warmup], warmup=True, lost=status.dropped)
    if cycles.size > warmup:
        first = taken + warmup - status.warmup_written
        yield Batch(first, cycles[warmup:], warmup=False, lost=status.dropped)


def _describe(fault: frames.Fault, functions: Mapping[str, int]) -> str:
    below = [(address & ~1, name) for name, address in functions.items() if address <= fault.pc + 1]
    where = f" in {max(below)[1]}" if below else ""
    return (
        f"The firmware hit a hard fault at pc {fault.pc:#010x}{where}: "
        f"CFSR {fault.cfsr:#010x}, HFSR {fault.hfsr:#010x}, lr {fault.lr:#010x}, "
        f"address {fault.address:#010x}."
    )
