"""Executes a plan: one thread per station, one stream of events."""

from __future__ import annotations

import gc
import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import PurePath
from typing import TYPE_CHECKING

from tinylab import temporary_folders
from tinylab.bench.plan.events import (
    Event,
    RunFailed,
    Stage,
    StageProgress,
    StageStarted,
    Warned,
)
from tinylab.bench.plan.plan import Job, Plan, StationRequest
from tinylab.bench.prepare.image_pipeline import ImagePipeline
from tinylab.bench.session.station_runner import StationRunner
from tinylab.bench.station.station import Turn, open_station
from tinylab.errors import TinylabError
from tinylab.results.store import Store

if TYPE_CHECKING:
    from usb.backend import IBackend


def run(
    plan: Plan,
    *,
    store: Store,
    cancelled: threading.Event,
    bus: IBackend | None = None,
) -> Iterator[Event]:
    """Execute all jobs of `plan`; every job ends in one RunFinished or RunFailed.

    Stations work at the same time; each does its jobs in order. Samples are in `store`
    before their event is yielded. Set `cancelled` to stop: jobs not done then fail with
    Interrupted. `bus` carries the real boards; by default it is this computer's.
    """
    temporary_folders.sweep()
    events: queue.SimpleQueue[Event | BaseException | None] = queue.SimpleQueue()
    pipeline = ImagePipeline(
        tuple(dict.fromkeys(job.model for job in plan.jobs if job.workload.loads))
    )
    threads = [
        threading.Thread(
            target=_work,
            args=(request, jobs, plan, pipeline, store, cancelled, bus, events.put),
            name=f"session on {request.label}",
        )
        for request, jobs in _by_station(plan).items()
    ]
    for thread in threads:
        thread.start()
    try:
        running = len(threads)
        while running:
            item = events.get()
            if item is None:
                running -= 1
            elif isinstance(item, BaseException):
                raise item
            else:
                yield item
    except BaseException:
        cancelled.set()
        raise
    finally:
        for thread in threads:
            thread.join()
        # Virtual boards are large and have reference cycles. No measurement runs now.
        gc.collect()


def _by_station(plan: Plan) -> dict[StationRequest, list[Job]]:
    stations: dict[StationRequest, list[Job]] = {}
    for job in plan.jobs:
        stations.setdefault(job.station, []).append(job)
    return stations


def _work(
    request: StationRequest,
    jobs: list[Job],
    plan: Plan,
    pipeline: ImagePipeline,
    store: Store,
    cancelled: threading.Event,
    bus: IBackend | None,
    tell: Callable[[Event | BaseException | None], None],
) -> None:
    """A station's thread: open the station for the first job that gets that far."""
    pending = list(jobs)

    def compiling(text: str, done: float) -> None:
        if not done:
            tell(StageStarted(pending[0], Stage.LOAD))
        tell(StageProgress(pending[0], Stage.LOAD, done, text))

    def waiting(text: str) -> None:
        tell(Warned(pending[0], text))

    turn = Turn(_doing(jobs), plan.options.wait_s, waiting, compiling)
    try:
        with open_station(request, bus, cancelled.is_set, turn) as station:
            runner = StationRunner(station, plan.options, pipeline, store, cancelled, tell)
            while pending:
                runner.run(pending.pop(0))
    except TinylabError as error:
        for job in pending:
            tell(RunFailed(job, error))
        if plan.options.fail_fast:
            cancelled.set()
    except BaseException as error:  # noqa: BLE001 - a bug must reach the caller's thread
        tell(error)
    finally:
        tell(None)


def _doing(jobs: Sequence[Job]) -> str:
    """For other tinylab processes that wait for the probe: `measuring house_price`."""
    models = list(dict.fromkeys(PurePath(job.model).name for job in jobs))
    return f"measuring {models[0]}" if len(models) == 1 else f"measuring {len(models)} models"
