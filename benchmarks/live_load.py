"""Runs the interface under load: a simulated board that produces 20,000 samples per second.

Started by `interface.py` in a separate terminal; writes its figures to the file given. Only the
board's memory is simulated; it is read, stored and drawn by tinylab's own code.
"""

from __future__ import annotations

import json
import queue
import resource
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from tinylab.app import TinylabApp
from tinylab.bench.measure.measurement import Bench, Measurement, Target
from tinylab.bench.measure.sample_readers import Batch
from tinylab.bench.plan.events import Event, RunFailed, Samples, Stage, StageStarted
from tinylab.bench.plan.plan import Job, Plan
from tinylab.bench.plan.stop_rule import StopRule
from tinylab.boards import catalog
from tinylab.boards.clocks import solve
from tinylab.errors import Interrupted
from tinylab.probe.connection import CoreState
from tinylab.results.store import Store
from tinylab.screens.app_context import AppContext
from tinylab.screens.selection import StartRequest
from tinylab.screens.widgets.live_pane import LivePane
from tinylab.stream import frames

RATE = 20_000
"""Samples per second."""
CLOCK_HZ = 64_000_000
SPREAD = 0.03
STRAGGLERS = 0.001
"""Fraction of inferences that take 40 % longer."""
SETTLE_S = 1.0
MAILBOX, RING, INPUT, OUTPUT, END = 0x1000, 0x2000, 0x4000, 0x4100, 0x4200
BUILD_ID = bytes(range(16))


class Board:
    """A `Link` to memory in which a simulated firmware serves one request in host time.

    Each access first applies what the firmware would have done since the last access, so the host
    sees the same as with a core that runs continuously. If the ring is full, samples are dropped.
    """

    def __init__(self, cycles: np.ndarray) -> None:
        self.sent = 0
        self.fullest = 0
        """Maximum number of unread samples, including those dropped for lack of space."""
        self._cycles = cycles.astype("<u4")
        self._words = np.zeros(END // 4, dtype="<u4")
        self._ring = self._words[RING // 4 : RING // 4 + frames.RING_ENTRIES]
        self._since: float | None = None

    def read_bytes(self, address: int, size: int) -> bytes:
        self._catch_up()
        return self._words[address // 4 : (address + size) // 4].tobytes()

    def write_bytes(self, address: int, data: bytes) -> None:
        self._catch_up()
        values = np.frombuffer(data, dtype="<u4")
        self._words[address // 4 : address // 4 + values.size] = values

    def read_words(self, address: int, count: int) -> tuple[int, ...]:
        """The cycle counter."""
        return (int(time.monotonic() * CLOCK_HZ) & 0xFFFFFFFF,) * count

    def reset_and_halt(self) -> None: ...

    def halt(self) -> None: ...

    def catch_faults(self) -> None: ...

    def core_state(self) -> CoreState:
        return CoreState.RUNNING

    def read_core_register(self, name: str) -> int:
        return 0

    def resume(self) -> None:
        if self._since is None:
            self._put("protocol", frames.PROTOCOL)
            start = (MAILBOX + frames.OFFSETS["build_id"]) // 4
            self._words[start : start + 4] = np.frombuffer(BUILD_ID, dtype="<u4")
            self._put("firmware_magic", frames.FIRMWARE_MAGIC)
            self._put("serving", self._get("sequence"))
            self._since = time.monotonic()

    def _catch_up(self) -> None:
        if self._since is None:
            return
        due = min(int((time.monotonic() - self._since) * RATE), self._cycles.size) - self.sent
        write = self._get("write_index")
        waiting = write - self._get("read_index")
        self.fullest = max(self.fullest, waiting + due)
        kept = min(due, frames.RING_ENTRIES - waiting)
        places = np.arange(write, write + kept) % frames.RING_ENTRIES
        self._ring[places] = self._cycles[self.sent : self.sent + kept]
        self._put("dropped", self._get("dropped") + due - kept)
        self._put("write_index", write + kept)
        self.sent += due
        if self.sent == self._cycles.size:
            self._put("served", self._get("sequence"))

    def _get(self, field: str) -> int:
        return int(self._words[(MAILBOX + frames.OFFSETS[field]) // 4])

    def _put(self, field: str, value: int) -> None:
        self._words[(MAILBOX + frames.OFFSETS[field]) // 4] = value


class HostTime:
    window_s = 0.05

    def now(self) -> float:
        return time.monotonic()


class Load:
    """A session of one run on that board, with its figures."""

    def __init__(self, seconds: float) -> None:
        random = np.random.default_rng(1)
        cycles = random.normal(CLOCK_HZ / RATE, SPREAD * CLOCK_HZ / RATE, round(seconds * RATE))
        cycles[random.random(cycles.size) < STRAGGLERS] *= 1.4
        self.cycles = cycles.astype(np.uint64)
        self.redraws = 0
        self.figures: dict[str, float] = {}

    def session(self, plan: Plan, store: Store, cancelled: threading.Event) -> Iterator[Event]:
        """Like the bench's session: a thread reads the board, stores samples, sends events."""
        [job] = plan.jobs
        told: queue.SimpleQueue[Event | None] = queue.SimpleQueue()
        reader = threading.Thread(target=self._read, args=(job, store, cancelled, told))
        yield StageStarted(job, Stage.MEASURE)
        reader.start()
        while (event := told.get()) is not None:
            yield event
        reader.join()
        yield RunFailed(job, Interrupted("The load is over."))

    def _read(
        self,
        job: Job,
        store: Store,
        cancelled: threading.Event,
        told: queue.SimpleQueue[Event | None],
    ) -> None:
        run = store.begin_run(job.identity)
        last = [0.0] * 5

        def listen(batch: Batch) -> None:
            store.append(run, batch.first_index, batch.cycles)
            told.put(Samples(job, batch.total, batch.cycles, batch.warmup, batch.lost))
            last[:] = self._clocks()

        first = self._clocks()
        board = Board(self.cycles)
        measured = self._measure(board, cancelled, listen)
        seconds, redraws, screen, reader, process = (
            after - before for before, after in zip(first, last, strict=True)
        )
        self.figures = {
            "begin": first[0],
            "end": last[0],
            "sent": board.sent,
            "lost": measured.dropped,
            "stored": store.samples(run).size,
            "altered": float(not np.array_equal(store.samples(run), self.cycles)),
            "ring_percent": 100 * board.fullest / frames.RING_ENTRIES,
            "redraws": redraws,
            "screen_percent": 100 * screen / seconds,
            "reader_percent": 100 * reader / seconds,
            "process_percent": 100 * process / seconds,
        }
        told.put(None)

    def _measure(self, board: Board, cancelled: threading.Event, listen: object) -> Measurement:
        target = Target(MAILBOX, RING, INPUT, OUTPUT, 4, BUILD_ID)
        bench = Bench(board, target, HostTime(), cancelled.is_set)
        rule = StopRule(0, self.cycles.size, self.cycles.size, 0)
        clock = solve(catalog.by_name("nucleo_wb55rg"), CLOCK_HZ)
        return bench.measure(clock, rule, [bytes(4)], 1, listen)

    def _clocks(self) -> list[float]:
        """Current time, redraws so far, CPU seconds of the screen's thread, of this one, of all."""
        main = threading.main_thread().ident
        assert main is not None
        screen = time.clock_gettime(time.pthread_getcpuclockid(main))
        cpu = [screen, time.thread_time(), time.process_time()]
        return [time.monotonic(), float(self.redraws), *cpu]


def press_keys(app: TinylabApp) -> None:
    """Starts the plan once the models are read, and quits after it. Runs in a thread."""
    while (selection := app.bench.selection) is None or any(
        one.facts is None for one in selection.models
    ):
        time.sleep(0.1)
    time.sleep(SETTLE_S)
    app.call_from_thread(app.bench.action_run_all)
    while app.bench.running:
        time.sleep(0.1)
    app.call_from_thread(app.exit)


def main(report: Path, seconds: float) -> None:
    load = Load(seconds)
    draw = LivePane.show

    def counted(*arguments: object) -> None:
        load.redraws += 1
        draw(*arguments)  # type: ignore[arg-type]

    LivePane.show = counted  # type: ignore[method-assign, assignment]
    asked = StartRequest(models=("house_price",), on=("sim:nucleo_wb55rg@64",))
    app = TinylabApp(AppContext(lambda: asked, session=load.session))
    threading.Thread(target=press_keys, args=(app,), daemon=True).start()
    app.run()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    report.write_text(json.dumps({**load.figures, "peak_mb": peak}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), float(sys.argv[2]))
