"""A session with fixed events instead of measurements."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import numpy as np

from tests.fakes.records import COLUMNS, MACC, changed, record
from tinylab.bench.plan.events import (
    Event,
    RunFailed,
    RunFinished,
    Samples,
    Stage,
    StageFinished,
    StageProgress,
    StageStarted,
)
from tinylab.bench.plan.plan import DEFAULT_STATIONS, Job, Options, Plan, make_plan, parse_station
from tinylab.errors import Interrupted, TinylabError
from tinylab.results.record import RunRecord
from tinylab.results.store import Store


def plan_of(**options: object) -> Plan:
    """The study's plan: three networks, four columns."""
    stations = [parse_station(text) for text in DEFAULT_STATIONS]
    return make_plan(list(MACC), stations, Options(**options))  # type: ignore[arg-type]


class Scripted:
    """Every job passes through its stages and yields its fixed record.

    `failing` maps a job's index to the error it ends with. In the job of index `hold` the
    session waits until it is cancelled, in the stage `hold_in`; `holding` is set meanwhile.
    """

    def __init__(
        self,
        failing: dict[int, TinylabError] | None = None,
        hold: int | None = None,
        hold_in: Stage = Stage.MEASURE,
    ) -> None:
        self.failing = failing or {}
        self.hold = hold
        self.hold_in = hold_in
        self.holding = threading.Event()

    def __call__(self, plan: Plan, store: Store, cancelled: threading.Event) -> Iterator[Event]:
        for job in plan.jobs:
            if cancelled.is_set():
                yield RunFailed(job, Interrupted("Stopped before it was measured."))
            else:
                yield from self._run(job, plan, store, cancelled)

    def _run(
        self, job: Job, plan: Plan, store: Store, cancelled: threading.Event
    ) -> Iterator[Event]:
        run = store.begin_run(job.identity)
        for stage in (Stage.LOAD, Stage.GENERATE, Stage.BUILD, Stage.FLASH):
            yield StageStarted(job, stage)
            yield StageProgress(job, stage, 0.5, "halfway", f"{stage}: one.c")
            if job.index == self.hold and stage is self.hold_in:
                yield from self._wait(job, run, store, cancelled)
                return
            yield StageFinished(job, stage, 0.25)
        error = self.failing.get(job.index)
        if error is not None:
            store.fail(run, error)
            if plan.options.fail_fast:
                cancelled.set()
            yield RunFailed(job, error)
            return
        made = record_of(job)
        cycles = np.full(made.cycles.n, made.cycles.min, dtype=np.uint64)
        yield StageStarted(job, Stage.MEASURE)
        yield Samples(job, 1, cycles[:1] + np.uint64(1_000), warmup=True)
        store.append(run, 0, cycles)
        yield Samples(job, cycles.size, cycles)
        if job.index == self.hold:
            yield from self._wait(job, run, store, cancelled)
            return
        store.finish(run, made)
        yield StageFinished(job, Stage.MEASURE, 1.0)
        yield RunFinished(job, made)

    def _wait(
        self, job: Job, run: int, store: Store, cancelled: threading.Event
    ) -> Iterator[Event]:
        self.holding.set()
        cancelled.wait()
        store.interrupt(run)
        yield RunFailed(job, Interrupted("Stopped while it was measured."))


def record_of(job: Job) -> RunRecord:
    """The fixed record for the job's position in the study's plan."""
    column = [(c[0], c[2]) for c in COLUMNS].index((job.board, job.clock_hz))
    return changed(record(job.model, column), simulated=job.simulated, serial=job.serial)
