"""Progress on stderr while a session runs: bars on a terminal, otherwise lines."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from types import TracebackType
from typing import Protocol

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)
from rich.text import Text

from tinylab.bench.plan.events import (
    Event,
    RunFailed,
    RunFinished,
    Samples,
    Stage,
    StageFinished,
    StageProgress,
    StageStarted,
    Warned,
)
from tinylab.bench.plan.plan import Job, Plan, StationRequest
from tinylab.display_text import one_line, visible
from tinylab.errors import Interrupted
from tinylab.units import duration, megahertz

REDRAWS_PER_S = 8


class Narrator(Protocol):
    """Shows the progress of a session."""

    def __enter__(self) -> Narrator: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...

    def take(self, event: Event) -> None: ...

    def say(self, text: str) -> None: ...


def narrator(plan: Plan) -> Narrator:
    """Bars if stderr is a terminal, else lines."""
    return Bars(plan) if sys.stderr.isatty() else Lines(plan)


def place(job: Job) -> str:
    """`human_activity on sim:nucleo_wb55rg at 48 MHz`, with ST's runtime before the `on`."""
    return one_line(f"{job.model}{job.by} on {job.station.label} at {megahertz(job.clock_hz)}")


def verdict(event: RunFinished | RunFailed) -> str:
    """A line about a job that has ended; below it the details of a failure."""
    if isinstance(event, RunFinished):
        record = event.record
        time = duration(record.latency_ms.median / 1e3)
        return f"{place(event.job)}: {time}, {record.cycles.median:,.0f} cycles"
    if isinstance(event.error, Interrupted):
        return f"{place(event.job)}: stopped"
    details = [f"    {line}" for line in event.error.details.splitlines()]
    return "\n".join([f"{place(event.job)}: failed: {one_line(str(event.error))}", *details])


class Lines:
    """One line for each stage and each result."""

    def __init__(self, plan: Plan) -> None:
        self._total = len(plan.jobs)
        self._ended = 0
        self._loading: dict[StationRequest, str] = {}
        """The last step of loading or compiling of each station."""

    def __enter__(self) -> Lines:
        return self

    def __exit__(self, *_: object) -> None:
        sys.stderr.flush()

    def say(self, text: str) -> None:
        print(f"{visible(text)}\n", end="", file=sys.stderr, flush=True)

    def take(self, event: Event) -> None:
        if isinstance(event, StageFinished):
            self.say(f"  {place(event.job)}: {event.stage} {event.seconds:.1f} s")
        elif isinstance(event, StageProgress):
            self._progress(event)
        elif isinstance(event, Warned):
            self.say(f"  {place(event.job)}: warning: {one_line(event.text)}")
        elif isinstance(event, RunFinished | RunFailed):
            self._ended += 1
            self.say(f"[{self._ended}/{self._total}] {verdict(event)}")

    def _progress(self, event: StageProgress) -> None:
        """Prints only the steps of loading, each once: they are few, and can take long."""
        station = event.job.station
        if event.stage is Stage.LOAD and self._loading.get(station) != event.text:
            self._loading[station] = event.text
            self.say(f"  {place(event.job)}: {one_line(event.text)}")


class Bars:
    """A bar for the plan and one for each station; results scroll by above them."""

    def __init__(self, plan: Plan) -> None:
        self._progress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=20),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.fields[doing]}", markup=False),
            console=Console(stderr=True, highlight=False),
            refresh_per_second=REDRAWS_PER_S,
            transient=True,
        )
        self._plan = self._progress.add_task("all", total=len(plan.jobs), doing="")
        self._stations: Mapping[StationRequest, TaskID] = {
            station: self._progress.add_task(
                one_line(station.label),
                total=sum(job.station == station for job in plan.jobs),
                doing="waiting",
            )
            for station in dict.fromkeys(job.station for job in plan.jobs)
        }

    def __enter__(self) -> Bars:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def say(self, text: str) -> None:
        self._progress.console.print(Text(visible(text)))

    def take(self, event: Event) -> None:
        task = self._stations[event.job.station]
        if isinstance(event, RunFinished | RunFailed):
            self.say(verdict(event))
            self._progress.advance(task)
            self._progress.advance(self._plan)
            self._progress.update(task, doing="")
        elif isinstance(event, Warned):
            self.say(f"{place(event.job)}: warning: {one_line(event.text)}")
        elif not isinstance(event, StageFinished):
            self._progress.update(task, doing=one_line(doing(event)))


def doing(event: StageStarted | StageProgress | Samples) -> str:
    """The current step of a station, for one line: `human_activity 48 MHz build compiling`."""
    if isinstance(event, Samples):
        what = f"warm-up {event.total:,}" if event.warmup else f"measure {event.total:,}"
    elif isinstance(event, StageProgress):
        what = f"{event.stage} {event.fraction:.0%} {event.text}"
    else:
        what = str(event.stage)
    return f"{event.job.model}{event.job.by} {megahertz(event.job.clock_hz)} {what}".rstrip()
