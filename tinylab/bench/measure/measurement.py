"""One measurement on a board that runs our firmware: request, samples, checks."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum

import numpy as np

from tinylab.bench.measure.board_health import BoardHealth, MeasuredBoard
from tinylab.bench.measure.garbage_collection import collector_frozen
from tinylab.bench.measure.layer_timer import LayerTimer, timing
from tinylab.bench.measure.sample_readers import Batch, Reader, RingReader
from tinylab.bench.plan.stop_rule import ONCE, WARM, StopRule
from tinylab.bench.station.silence_timeout import SILENCE_S, TimeBase, Watch
from tinylab.boards.clock_family import ClockSettings
from tinylab.build.image import Image
from tinylab.build.symbols import Symbols, symbols_in
from tinylab.errors import Interrupted, MeasurementError
from tinylab.results.layer_profile import LayerProfile
from tinylab.stats.counted import Counted
from tinylab.stats.cycles import CycleStats, summarize, summarize_counted
from tinylab.stats.series import Series
from tinylab.stream import frames
from tinylab.stream.ring import Cycles, Ring

POLL_S = 0.005
SLOWEST_CYCLES_PER_MACC = 400
"""No float kernel on any supported core is slower; used for the silence limit only."""

UNKNOWN_MACC = 5_000_000
"""Of a network of unknown cost; more than that of most networks that fit a microcontroller."""

CLOCK_TOLERANCE = 0.02
VERIFY_CYCLES = 2_000_000
"""Further golden inputs are run as long as they cost no more than this together."""


_sequences = itertools.count(1)
"""Never the same twice: what an earlier request sent may still be in the serial port's buffers."""

Listener = Callable[[Batch], None]


CYCCNT = 0xE0001004
"""DWT cycle counter (Armv7-M Architecture Reference Manual, C1.8.8)."""


class States(Enum):
    """What happens to the states of a network from one input to the next."""

    NONE = "none"
    KEPT = "kept"
    """The inputs are a sequence."""
    RESET = "reset"


@dataclass(frozen=True)
class Target:
    """What is expected on the board: addresses from the ELF, and the build id."""

    mailbox: int
    ring: int
    input: int
    output: int
    output_bytes: int
    build_id: bytes
    symbols: Callable[[], Symbols] = Symbols
    """The image's, read only if a place must be named."""
    adapter: str = "ai_5"
    """How the firmware calls the network; it defines the meaning of the runtime's errors."""

    @classmethod
    def of(cls, image: Image, output_bytes: int, adapter: str = "ai_5") -> Target:
        """The properties expected of `image` after it is flashed."""
        symbols = image.symbols
        return cls(
            mailbox=symbols[frames.SYMBOL],
            ring=symbols[frames.RING_SYMBOL],
            input=symbols[frames.INPUT_SYMBOL],
            output=symbols[frames.OUTPUT_SYMBOL],
            output_bytes=output_bytes,
            build_id=image.build_id,
            symbols=lambda: _symbols_of(image),
            adapter=adapter,
        )


def _symbols_of(image: Image) -> Symbols:
    """None if the image is not in the cache, or not any more."""
    try:
        return symbols_in(image.elf)
    except OSError:
        return Symbols()


@dataclass(frozen=True, eq=False)
class Measurement:
    """The results of one request. Cycles are without the calibrated overhead."""

    cycles: Cycles
    """In order: of each inference, or of every 2nd, 4th... of more than `series.MOST`."""
    first_cycles: int
    dropped: int
    overhead: int
    stack_bytes: int
    clock_measured_hz: float
    outputs: tuple[bytes, ...]
    """The network's output for each input that was run."""
    each: Cycles = field(default_factory=lambda: np.empty(0, np.uint64))
    """The cycles of each input, if all of them were timed; 0 where the sample was lost."""
    layers: LayerProfile | None = None
    """None on a real board, and where the layers could not be told apart."""
    counted: Counted | None = None
    """Every inference, where `cycles` may leave some out."""

    def stats(self) -> CycleStats:
        """Of every inference."""
        return summarize(self.cycles) if self.counted is None else summarize_counted(self.counted)


class Bench:
    """Drives the firmware on one board, from reset to the last check. One for each run.

    `layers` times them in one of the inferences that are measured, if it can: it must be one
    before which there was another; else in one more.
    """

    def __init__(
        self,
        link: MeasuredBoard,
        target: Target,
        timebase: TimeBase,
        cancelled: Callable[[], bool],
        layers: LayerTimer | None = None,
    ) -> None:
        self._link = link
        self._target = target
        self._timebase = timebase
        self._cancelled = cancelled
        self._layers = layers
        self._ring = Ring(link, target.mailbox, target.ring)
        self._health = BoardHealth(link, self._ring, target)
        self._reader: Reader = RingReader(self._ring)
        self._sequence = 0

    def listen_with(self, reader: Reader) -> None:
        """Use `reader` for samples instead of SWD."""
        self._reader = reader

    def look(self) -> frames.Status:
        """The mailbox, read while the core is halted briefly."""
        return self._health.look()

    def measure(
        self,
        clock: ClockSettings,
        rule: StopRule,
        inputs: Sequence[bytes],
        macc: int | None,
        listen: Listener,
        every: Callable[[int, int], None] | None = None,
        states: States = States.NONE,
    ) -> Measurement:
        """Run the request and check the results.

        The first of `inputs` is the one that is timed; the others are only checked, as long as
        they cost little. With `every`, all are run and timed once, and each is told with its
        cycles. A network with `states` is timed while they change with every inference; then all of
        `inputs` are run once each, from a reset. The request is written before the core starts, so
        that the measurement does not depend on the host's timing. Raises LinkError when the board
        is silent, MeasurementError when it runs another image, faults or does not count cycles,
        Interrupted when cancelled.
        """
        silence_s = SILENCE_S + 2 * (macc or UNKNOWN_MACC) * SLOWEST_CYCLES_PER_MACC / clock.hz
        within = states is States.NONE and rule.warmup + rule.min_inferences > 1
        self._link.reset_and_halt()
        self._link.catch_faults()
        self._ring.clear()
        self._ask(clock, rule, inputs[0])
        timer = self._layers if within else None
        with collector_frozen(), timing(timer, rule):
            self._link.resume()
            status, lost, taken = self._collect(silence_s, listen)
        cycles, in_order = taken.order(), taken.step == 1
        profile = timer.profile(cycles) if timer and in_order else None
        if cycles.size == 0 or int(cycles.min()) == 0:
            raise MeasurementError(
                "The cycle counter does not count.",
                remedy="Another debugger may have disabled it; close it and run again.",
            )
        whole = every is not None or states is not States.NONE
        outputs = [] if whole else [self._output()]
        measured_hz = self._clock_check()
        each: list[np.uint64] = []
        extra = min(len(inputs) - 1, VERIFY_CYCLES // int(cycles.max()))
        # With `every` the first is run once more: a median would not compare with single runs.
        for index in range(len(outputs), len(inputs) if every else 1 + extra):
            # A second inference of the sample would change the states once more.
            again = WARM if every and states is States.NONE else ONCE
            reset = index == 0 or states is not States.KEPT
            self._ask(clock, again, inputs[index], samples=every is not None, reset=reset)
            self._link.resume()
            _, _, once = self._collect(silence_s, lambda batch: None)
            outputs.append(self._output())
            if every:
                last = once.order()
                each.append(last[-1] if last.size else np.uint64(0))
                every(index, int(each[-1]))
        if not within or lost or not in_order:
            profile = self._profile(clock, inputs[0], silence_s)
        self._link.resume()
        return Measurement(
            cycles=cycles,
            first_cycles=status.first_cycles,
            dropped=lost,
            overhead=status.overhead,
            stack_bytes=status.stack_used,
            clock_measured_hz=measured_hz,
            outputs=tuple(outputs),
            each=np.array(each, np.uint64),
            layers=profile,
            counted=taken.counted(),
        )

    def _profile(
        self, clock: ClockSettings, values: bytes, silence_s: float
    ) -> LayerProfile | None:
        """Two more inferences, the second layer by layer."""
        if self._layers is None:
            return None
        self._ask(clock, WARM, values)
        with timing(self._layers, WARM):
            self._link.resume()
            _, _, taken = self._collect(silence_s, lambda batch: None)
        return self._layers.profile(taken.order())

    def _ask(
        self,
        clock: ClockSettings,
        rule: StopRule,
        values: bytes,
        *,
        samples: bool = True,
        reset: bool = True,
    ) -> None:
        """Write a request; the core is halted. `reset`: the network's states are, before it."""
        self._link.write_bytes(self._target.input, values)
        self._sequence = next(_sequences)
        self._ring.send_request(
            frames.Request(
                sequence=self._sequence,
                warmup=rule.warmup,
                min_inferences=rule.min_inferences,
                max_inferences=rule.max_inferences,
                min_cycles=rule.min_cycles,
                clock_hz=clock.hz,
                clock_words=clock.words,
                serial_divider=self._reader.serial_divider,
                reset_state=reset,
            )
        )
        self._reader.expect(self._sequence, samples=samples)

    def _collect(self, silence_s: float, listen: Listener) -> tuple[frames.Status, int, Series]:
        """Read samples until the request is served; warm-up samples are only passed to `listen`.

        Returns the firmware's status at the end, the number of lost samples, and the measured ones.
        The core is then halted.
        """
        measured = Series()
        watch = Watch(self._timebase, silence_s)
        sign: object = None
        while True:
            news = self._reader.poll()
            if news.status is not None and news.alive:
                self._health.check_firmware(news.status)
            for batch in news.batches:
                listen(batch)
                if not batch.warmup:
                    measured.add(batch.cycles)
            silence = watch.see(news.alive, news.sign)
            if silence is not None and not news.served:
                news = self._health.explain(silence, self._reader)
            if news.served and news.status is not None:
                self._link.halt()
                return news.status, news.lost, measured
            if news.status is not None and news.sign == sign:
                self._health.check_core()
            sign = news.sign
            if self._cancelled():
                raise Interrupted("Stopped while measuring.")
            time.sleep(POLL_S)

    def _output(self) -> bytes:
        return self._link.read_bytes(self._target.output, self._target.output_bytes)

    def _clock_check(self) -> float:
        """The core clock in Hz: cycles counted over an interval of the time base.

        The counter stops while the core is halted, before and after, so both readings are exact.
        """
        link, timebase = self._link, self._timebase
        [start] = link.read_words(CYCCNT, 1)
        begun = timebase.now()
        link.resume()
        while timebase.now() - begun < timebase.window_s:
            time.sleep(POLL_S)
        link.halt()
        elapsed = timebase.now() - begun
        [stop] = link.read_words(CYCCNT, 1)
        return ((stop - start) & 0xFFFFFFFF) / elapsed
