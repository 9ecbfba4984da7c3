"""Stores one run while it is measured. A database that fails costs no result."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from tinylab.bench.plan.events import Event, NotStored
from tinylab.bench.plan.plan import Job
from tinylab.errors import OutputError, TinylabError
from tinylab.results.identity import RunIdentity
from tinylab.results.record import RunRecord
from tinylab.results.record_parts import Partial
from tinylab.results.store import Store
from tinylab.stats.cycles import summarize_counted

T = TypeVar("T")


class RunStorage:
    """One run in the database, from `begin` to one of `finish`, `fail` and `interrupt`.

    The first write that fails is told as NotStored, and is in `failure`. Further samples are not
    written then, so that those stored have no gap; the end of the run is.
    """

    def __init__(self, store: Store, job: Job, planned: int, tell: Callable[[Event], None]) -> None:
        self._store = store
        self._job = job
        self._planned = planned
        self._tell = tell
        self._run_id: int | None = None
        self.failure: OutputError | None = None

    def begin(self, identity: RunIdentity) -> None:
        self._run_id = self._tried(lambda: self._store.begin_run(identity, self._planned))

    def identify(self, identity: RunIdentity) -> None:
        self._write(lambda run: self._store.identify(run, identity))

    def append(self, first_index: int, cycles: npt.NDArray[np.uint64]) -> None:
        if self.failure is None:
            self._write(lambda run: self._store.append(run, first_index, cycles))

    def finish(self, record: RunRecord) -> None:
        self._write(lambda run: self._store.finish(run, record))

    def fail(self, error: TinylabError) -> None:
        self._write(lambda run: self._store.fail(run, error))

    def interrupt(self, message: str = "", error: TinylabError | None = None) -> None:
        self._write(lambda run: self._store.interrupt(run, message, error))

    def partial(self) -> Partial | None:
        """What is stored of the run so far; None if nothing is."""
        found = self._write(self._store.counted)
        if found is None or not found.size:
            return None
        return Partial(summarize_counted(found), self._planned)

    def _write(self, what: Callable[[int], T]) -> T | None:
        run = self._run_id
        return None if run is None else self._tried(lambda: what(run))

    def _tried(self, what: Callable[[], T]) -> T | None:
        try:
            return what()
        except OutputError as error:
            if self.failure is None:
                self.failure = error
                self._tell(NotStored(self._job, not_stored(error), error))
            return None


def not_stored(error: OutputError) -> str:
    """For a row's warnings."""
    return f"This run is not completely in the results database. {error}"
