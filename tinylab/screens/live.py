"""A running session for the screen: snapshots, taken at the screen's rate."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from tinylab.bench.plan.events import (
    Event,
    RunFailed,
    RunFinished,
    SampleRun,
    Samples,
    Stage,
    StageFinished,
    StageProgress,
    StageStarted,
    Warned,
)
from tinylab.bench.plan.plan import Job, Plan
from tinylab.bench.session.session_results import SessionResults
from tinylab.errors import Interrupted, TinylabError
from tinylab.export.table import Entry, Running
from tinylab.results.record import RunDocument, RunRecord
from tinylab.screens.selection import station_key
from tinylab.stats.rolling import Rolling, RollingStats
from tinylab.units import megahertz

Cycles = npt.NDArray[np.uint64]

WARMUP_SHOWN = 200
LOG_LINES = 2000
"""Of each station's build, the latest; a build prints some fifty."""


class StageState(StrEnum):
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True)
class StageView:
    """One stage of a run: its progress (0..1), and its seconds so far."""

    stage: Stage
    state: StageState = StageState.WAITING
    seconds: float = 0.0
    fraction: float = 0.0


@dataclass(frozen=True, eq=False)
class LiveView:
    """One station's run at a moment; `cycles` are the latest samples, oldest first."""

    job: Job
    stages: tuple[StageView, ...]
    doing: str
    stats: RollingStats | None
    cycles: Cycles
    warmup: Cycles
    """The latest warm-up inferences, which are shown but not in `stats`."""
    warmup_total: int
    first: int | None
    """Cycles of the very first inference, warm-up or not."""
    lost: int
    notes: tuple[str, ...]
    error: TinylabError | None
    record: RunRecord | None
    each: Cycles
    """Of a person's samples so far, in order; 0 where the count was lost. Empty without any."""
    samples: int
    """How many there are in all."""

    @property
    def ended(self) -> bool:
        return self.error is not None or self.record is not None


@dataclass(frozen=True)
class StationLine:
    """What one station is doing, for its line in the list."""

    key: str
    text: str
    working: bool


@dataclass(frozen=True)
class Snapshot:
    """The whole session at a moment."""

    entries: tuple[Entry, ...]
    stations: tuple[StationLine, ...]
    done: int
    """Runs with a valid result."""
    failed: int
    stopped: int
    total: int


@dataclass
class _Run:
    """The current or last run of a station."""

    job: Job
    stages: dict[Stage, StageView] = field(default_factory=dict)
    begun: float = 0.0
    doing: str = ""
    logged: bool = False
    """A line of output of its tool."""
    rolling: Rolling = field(default_factory=Rolling)
    warmup: deque[int] = field(default_factory=lambda: deque(maxlen=WARMUP_SHOWN))
    warmed: int = 0
    """Inferences of the warm-up so far; `warmup` holds the latest."""
    first: int | None = None
    lost: int = 0
    notes: tuple[str, ...] = ()
    error: TinylabError | None = None
    record: RunRecord | None = None
    each: list[int] = field(default_factory=list)
    samples: int = 0


class LiveSession:
    """Fed by the worker thread, read by the screen; a batch of samples costs no redraw."""

    def __init__(self, plan: Plan, clock: Callable[[], float] = time.monotonic) -> None:
        self.plan = plan
        self._clock = clock
        self._lock = threading.Lock()
        self._outcomes = SessionResults(plan)
        self._runs: dict[str, _Run] = {}
        self._logs: dict[str, deque[str]] = {}
        self._keys = tuple(dict.fromkeys(station_key(job) for job in plan.jobs))

    def take(self, event: Event) -> None:
        """Takes in one event."""
        with self._lock:
            self._outcomes.take(event)
            run = self._run_of(event)
            if run.job != event.job:
                return
            if isinstance(event, Samples):
                _take_samples(run, event)
            elif isinstance(event, StageStarted | StageProgress | StageFinished):
                self._take_stage(run, event)
            elif isinstance(event, Warned):
                run.notes = (*run.notes, event.text)
            elif isinstance(event, RunFinished):
                run.record = event.record
            else:
                self._take_failure(run, event)

    def snapshot(self) -> Snapshot:
        with self._lock:
            failed = len(self._outcomes.failures())
            stopped = self._outcomes.stopped
            return Snapshot(
                entries=tuple(self._live_entry(entry) for entry in self._outcomes.entries()),
                stations=tuple(self._line(key) for key in self._keys),
                done=self._outcomes.done - failed - stopped,
                failed=failed,
                stopped=stopped,
                total=len(self.plan.jobs),
            )

    def view(self, key: str | None) -> LiveView | None:
        """The run of the station `key`; of the first one at work if that one is not.

        None before the first run has begun.
        """
        with self._lock:
            run = self._shown(key)
            return self._view(run) if run else None

    def log(self, key: str | None) -> tuple[str, ...]:
        """What the builds printed, of the station that `view` shows; each after its run's name."""
        with self._lock:
            run = self._shown(key)
            return tuple(self._logs.get(station_key(run.job), ())) if run else ()

    @property
    def failures(self) -> tuple[RunFailed, ...]:
        """Runs that went wrong by themselves, in the order of the plan."""
        with self._lock:
            return self._outcomes.failures()

    def document(self) -> RunDocument:
        with self._lock:
            return self._outcomes.document()

    def _shown(self, key: str | None) -> _Run | None:
        runs = list(self._runs.values())
        working = [run for run in runs if _working(run)]
        return self._runs.get(key or "") or next(iter(working or runs), None)

    def _run_of(self, event: Event) -> _Run:
        """The run that the event is about, or the one before it if that one never began."""
        key = station_key(event.job)
        run = self._runs.get(key)
        never_began = isinstance(event, RunFailed) and isinstance(event.error, Interrupted)
        if run is None or (run.job != event.job and not never_began):
            run = self._runs[key] = _Run(event.job)
        return run

    def _take_stage(self, run: _Run, event: StageStarted | StageProgress | StageFinished) -> None:
        stage = event.stage
        if isinstance(event, StageStarted):
            run.begun, run.doing = self._clock(), ""
            run.stages[stage] = StageView(stage, StageState.RUNNING)
            if stage is Stage.MEASURE:
                _forget_samples(run)
        elif isinstance(event, StageFinished):
            run.doing = ""
            run.stages[stage] = StageView(stage, StageState.DONE, event.seconds, 1.0)
        else:
            run.stages[stage] = StageView(stage, StageState.RUNNING, fraction=event.fraction)
            run.doing = event.text
            if isinstance(event, SampleRun):
                run.each.append(event.cycles)
                run.samples = event.count
            if event.output:
                self._take_output(run, event.output)

    def _take_output(self, run: _Run, line: str) -> None:
        log = self._logs.setdefault(station_key(run.job), deque(maxlen=LOG_LINES))
        if not run.logged:
            log.append(f"── {run.job.model}{run.job.by} at {megahertz(run.job.clock_hz)}")
            run.logged = True
        log.append(line)

    def _take_failure(self, run: _Run, event: RunFailed) -> None:
        run.error, run.record = event.error, event.record
        for stage, view in run.stages.items():
            if view.state is StageState.RUNNING:
                seconds = self._clock() - run.begun
                run.stages[stage] = replace(view, state=StageState.FAILED, seconds=seconds)

    def _live_entry(self, entry: Entry) -> Entry:
        """An entry that is measured right now shows the median so far."""
        for run in self._runs.values():
            if (
                not isinstance(entry.outcome, str)
                or not _working(run)
                or run.job.identity.place != entry.identity.place
            ):
                continue
            stats = run.rolling.snapshot()
            return replace(entry, outcome=Running(stats.median)) if stats else entry
        return entry

    def _view(self, run: _Run) -> LiveView:
        stats = run.rolling.snapshot()
        measuring = run.stages.get(Stage.MEASURE)
        now = self._clock()
        doing = run.doing
        if measuring and measuring.state is StageState.RUNNING and stats is None:
            doing = "warming up"
        return LiveView(
            job=run.job,
            stages=tuple(_timed(run.stages.get(stage), stage, now - run.begun) for stage in Stage),
            doing=doing,
            stats=stats,
            cycles=np.array(run.rolling.recent(), dtype=np.uint64),
            warmup=np.array(run.warmup, dtype=np.uint64),
            warmup_total=run.warmed,
            first=run.record.first_cycles if run.record else run.first,
            lost=run.lost,
            notes=run.notes,
            error=run.error,
            record=run.record,
            each=np.array(run.each, dtype=np.uint64),
            samples=run.samples,
        )

    def _line(self, key: str) -> StationLine:
        run = self._runs.get(key)
        if run is None:
            return StationLine(key, "opening the station", working=True)
        if not _working(run):
            return StationLine(key, "", working=False)
        job = f"{run.job.model}{run.job.by} {megahertz(run.job.clock_hz)}"
        return StationLine(key, f"{_progress(run)}  {job}", working=True)


def _working(run: _Run) -> bool:
    return run.error is None and run.record is None


def _forget_samples(run: _Run) -> None:
    """Measuring begins, perhaps once more over another link."""
    run.rolling, run.first, run.lost = Rolling(), None, 0
    run.each.clear()
    run.warmup.clear()
    run.warmed = 0


def _take_samples(run: _Run, event: Samples) -> None:
    if run.first is None and event.recent.size:
        run.first = int(event.recent[0])
    if event.warmup:
        run.warmup.extend(event.recent.tolist())
        run.warmed = event.total
        return
    run.rolling.add(event.recent)
    run.lost = event.lost


def _timed(view: StageView | None, stage: Stage, running_s: float) -> StageView:
    if view is None:
        return StageView(stage)
    return replace(view, seconds=running_s) if view.state is StageState.RUNNING else view


def _progress(run: _Run) -> str:
    """`measure 412`, or the stage and how far it is."""
    if run.rolling.n:
        return f"measure {run.rolling.n:,}"
    running = [view for view in run.stages.values() if view.state is StageState.RUNNING]
    if not running:
        return ""
    if run.warmed:
        return f"warm-up {run.warmed:,}"
    [view] = running[-1:]
    return f"{view.stage} {view.fraction:.0%}" if view.fraction else str(view.stage)
