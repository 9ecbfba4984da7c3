"""The results of a session, from its events, for any front end."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import datetime

import tinylab
from tinylab.bench.plan.events import Event, NotStored, RunFailed, RunFinished, StageStarted
from tinylab.bench.plan.plan import Job, Plan
from tinylab.errors import ExitCode, Interrupted, OutputError
from tinylab.export.table import Entry
from tinylab.results.record import Failure, RunDocument, RunRecord
from tinylab.results.store import Store

Session = Callable[[Plan, Store, threading.Event], Iterator[Event]]
"""Executes a plan until its end, or until the event is set."""

QUEUED = "queued"
RUNNING = "…"


def bench_session(plan: Plan, store: Store, cancelled: threading.Event) -> Iterator[Event]:
    """The bench's own session; imported late, for it brings pyOCD and the emulator with it."""
    from tinylab.bench.session.session import run

    return run(plan, store=store, cancelled=cancelled)


class SessionResults:
    """One session's results so far, always in the order of its plan."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.started = datetime.now().astimezone().isoformat(timespec="seconds")
        self._outcomes: dict[Job, RunRecord | Failure | str] = {}
        self._failed: dict[Job, RunFailed] = {}
        self.not_stored: OutputError | None = None
        """Why the database has not all of the results."""

    def take(self, event: Event) -> None:
        """Processes one event; events without a result change nothing."""
        if isinstance(event, StageStarted):
            self._outcomes[event.job] = RUNNING
        elif isinstance(event, NotStored):
            self.not_stored = event.error
        elif isinstance(event, RunFinished):
            self._outcomes[event.job] = event.record
        elif isinstance(event, RunFailed):
            self._failed[event.job] = event
            self._outcomes[event.job] = event.record or event.failure

    @property
    def done(self) -> int:
        """The number of jobs that have ended."""
        return sum(not isinstance(outcome, str) for outcome in self._outcomes.values())

    @property
    def stopped(self) -> int:
        """The number of jobs that the user stopped, started or not."""
        return len(self._failed) - len(self.failures())

    @property
    def interrupted(self) -> bool:
        return self.stopped > 0

    def failures(self) -> tuple[RunFailed, ...]:
        """Runs that failed, in the order of the plan; without those the user stopped."""
        ended = (self._failed.get(job) for job in self.plan.jobs)
        return tuple(one for one in ended if one and not isinstance(one.error, Interrupted))

    @property
    def exit_code(self) -> ExitCode:
        """That of the worst failure, a failing database included; a stop by the user takes
        precedence.
        """
        codes = [failed.error.exit_code for failed in self.failures()]
        if self.not_stored is not None:
            codes.append(self.not_stored.exit_code)
        if self.interrupted and not (codes and self.plan.options.fail_fast):
            return ExitCode.INTERRUPTED
        return max(codes, default=ExitCode.OK)

    def entries(self) -> tuple[Entry, ...]:
        """Every job of the plan, with its result or its state."""
        return tuple(Entry(job.identity, self._outcomes.get(job, QUEUED)) for job in self.plan.jobs)

    def document(self) -> RunDocument:
        """Records and failures, stopped runs among them if they measured something; jobs that
        never started are omitted.
        """
        ended = [(job, self._outcomes.get(job)) for job in self.plan.jobs]
        return RunDocument(
            tinylab=tinylab.__version__,
            started=self.started,
            rows=tuple(item for _, item in ended if isinstance(item, RunRecord)),
            failures=tuple(item for _, item in ended if isinstance(item, Failure) and _shown(item)),
            interrupted=self.interrupted,
        )


def _shown(failure: Failure) -> bool:
    """A failure of its own, or what a stopped run has measured."""
    return not failure.error.interrupted or failure.partial is not None
