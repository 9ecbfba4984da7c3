"""A running session as the screen sees it: snapshots, taken as often as it likes to draw."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from tinylab.bench.events import (
    Event,
    RunFailed,
    RunFinished,
    Samples,
    StageProgress,
    StageStarted,
)
from tinylab.bench.outcomes import Outcomes
from tinylab.bench.plan import Job, Plan, StationRequest
from tinylab.export.table import Entry
from tinylab.results.record import RunDocument
from tinylab.stats import Rolling
from tinylab.units import duration, megahertz


@dataclass(frozen=True)
class StationLine:
    """What one station is doing: the job, the stage, and the figures so far."""

    station: str
    job: str = ""
    stage: str = "waiting"
    figures: str = ""


@dataclass(frozen=True)
class Snapshot:
    entries: tuple[Entry, ...]
    stations: tuple[StationLine, ...]
    done: int
    total: int


class LiveSession:
    """Fed by the worker thread, read by the screen; a batch of samples costs no redraw."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self._lock = threading.Lock()
        self._outcomes = Outcomes(plan)
        self._stations = dict.fromkeys((job.station for job in plan.jobs), ("", "waiting"))
        self._rolling: dict[StationRequest, tuple[Job, Rolling]] = {}
        self._changed = True

    def take(self, event: Event) -> None:
        """Takes in one event."""
        with self._lock:
            self._changed = True
            self._outcomes.take(event)
            station = event.job.station
            if isinstance(event, Samples):
                self._take_samples(event)
            elif isinstance(event, StageStarted | StageProgress):
                self._stations[station] = (_named(event.job), _stage(event))
            elif isinstance(event, RunFinished | RunFailed):
                self._stations[station] = ("", "ready")
                self._rolling.pop(station, None)

    def changes(self) -> Snapshot | None:
        """The state of things; None if nothing has happened since the last call."""
        with self._lock:
            if not self._changed:
                return None
            self._changed = False
            return Snapshot(
                entries=self._outcomes.entries(),
                stations=tuple(
                    StationLine(station.label, job, stage, self._figures(station))
                    for station, (job, stage) in self._stations.items()
                ),
                done=self._outcomes.done,
                total=len(self.plan.jobs),
            )

    def document(self) -> RunDocument:
        with self._lock:
            return self._outcomes.document()

    def _take_samples(self, event: Samples) -> None:
        if event.warmup:
            return
        station = event.job.station
        job, rolling = self._rolling.get(station, (event.job, Rolling()))
        if job != event.job:
            rolling = Rolling()
        rolling.add(event.recent)
        self._rolling[station] = (event.job, rolling)

    def _figures(self, station: StationRequest) -> str:
        """`412  med 1.50 ms  p99 1.51 ms` while a station measures."""
        if station not in self._rolling:
            return ""
        job, rolling = self._rolling[station]
        stats = rolling.snapshot()
        if stats is None:
            return ""
        median, p99 = duration(stats.median / job.clock_hz), duration(stats.p99 / job.clock_hz)
        return f"{stats.n:,}  med {median}  p99 {p99}"


def _named(job: Job) -> str:
    return f"{job.model} {megahertz(job.clock_hz)}"


def _stage(event: StageStarted | StageProgress) -> str:
    if isinstance(event, StageProgress):
        return f"{event.stage} {event.fraction:.0%}"
    return str(event.stage)
