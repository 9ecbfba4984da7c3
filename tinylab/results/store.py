"""The results database: sessions, their runs, and the samples of them.

SQLite in write-ahead mode, one file for all tinylab processes of the user. Data passed to `append`
and `finish` is in the file when they return, and survives a kill of tinylab.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import tinylab
from tinylab.errors import OutputError, TinylabError
from tinylab.liveness import Writer
from tinylab.results.error_record import ErrorRecord
from tinylab.results.identity import RunIdentity
from tinylab.results.loose_batches import INSERT, LooseBatches
from tinylab.results.record import RunRecord
from tinylab.results.run_reader import RunReader
from tinylab.results.sample_blocks import batch
from tinylab.results.stored_run import RunState

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


class Store(RunReader):
    """One open database. Any thread may call it; calls take turns.

    Life cycle: `open`, which also marks the unfinished runs of dead processes as interrupted; per
    run `begin_run`, any number of `append`, and one of `finish`, `fail` and `interrupt`; `close`,
    which marks unfinished runs. Every method raises OutputError if the database cannot be read or
    written. Rows that are no runs are skipped; `unreadable` has them.
    """

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        super().__init__(connection, path)
        self._loose: dict[int, LooseBatches] = {}

    def begin_session(self) -> int:
        """A new session, to which the runs begun from now on belong."""
        writer = Writer.current()
        with self._writing() as connection:
            self._session = connection.execute(
                "INSERT INTO sessions (started, tinylab, host, pid, process_started)"
                " VALUES (?, ?, ?, ?, ?)",
                (_now(), tinylab.__version__, writer.host, writer.pid, writer.process_started),
            ).lastrowid
        assert self._session is not None
        return self._session

    def begin_run(self, identity: RunIdentity, planned: int | None = None) -> int:
        """A run in state `running`; its id. Begins a session if there is none yet.

        `planned`: how many inferences it is to measure.
        """
        known = asdict(identity) | {"planned": planned}
        columns = ("session", "state", "started", *known)
        marks = ", ".join("?" * len(columns))
        with self._lock:
            session = self._session or self.begin_session()
            with self._writing() as connection:
                run_id = connection.execute(
                    f"INSERT INTO runs ({', '.join(columns)}) VALUES ({marks})",
                    (session, RunState.RUNNING, _now(), *known.values()),
                ).lastrowid
        assert run_id is not None
        return run_id

    def identify(self, run_id: int, identity: RunIdentity) -> None:
        """Updates the run's identity."""
        known = asdict(identity)
        with self._writing() as connection:
            connection.execute(
                f"UPDATE runs SET {', '.join(f'{name} = ?' for name in known)} WHERE id = ?",
                (*known.values(), run_id),
            )

    def append(self, run_id: int, first_index: int, cycles: npt.NDArray[np.uint64]) -> None:
        """Stores a batch of samples, shape (n,), the first of which has index `first_index`."""
        if cycles.size == 0:
            return
        coding, blob = batch(cycles)
        with self._writing() as connection:
            connection.execute(INSERT, (run_id, first_index, int(cycles.size), coding, blob))
        loose = self._loose.setdefault(run_id, LooseBatches(first_index))
        if loose.added(int(cycles.size)):
            self._join(run_id, loose)

    def finish(self, run_id: int, record: RunRecord) -> None:
        """The run was measured: `done`, or `invalid` if its record says so."""
        state = RunState.DONE if record.valid else RunState.INVALID
        said = "; ".join(text.rstrip(".") for text in record.warnings)
        self.identify(run_id, record.identity)
        self._end(run_id, state, said, record=record)

    def fail(self, run_id: int, error: TinylabError) -> None:
        """The run ended with an error, which is stored completely."""
        self._end(run_id, RunState.FAILED, str(error), error)

    def interrupt(self, run_id: int, message: str = "", error: TinylabError | None = None) -> None:
        """The run ended early: the user stopped it, or `message` gives the reason."""
        self._end(run_id, RunState.INTERRUPTED, message, error)

    def note(self, run_id: int, text: str) -> None:
        """Sets the run's note; an empty text removes it."""
        with self._writing() as connection:
            connection.execute("UPDATE runs SET note = ? WHERE id = ?", (text, run_id))

    def tag(self, run_id: int, tag: str, *, remove: bool = False) -> None:
        """Gives the run a tag, or takes it away."""
        change = (
            "DELETE FROM tags WHERE run = ? AND tag = ?"
            if remove
            else "INSERT OR IGNORE INTO tags (run, tag) VALUES (?, ?)"
        )
        with self._writing() as connection:
            connection.execute(change, (run_id, tag))

    def delete(self, run_ids: Sequence[int]) -> None:
        """Takes the runs out of all lists; `restore` brings them back."""
        with self._writing() as connection:
            connection.executemany(
                "UPDATE runs SET deleted = coalesce(deleted, ?) WHERE id = ?",
                [(_now(), run_id) for run_id in run_ids],
            )

    def restore(self, run_ids: Sequence[int]) -> None:
        """Undoes `delete`."""
        with self._writing() as connection:
            connection.executemany(
                "UPDATE runs SET deleted = NULL WHERE id = ?", [(run_id,) for run_id in run_ids]
            )

    def purge(self) -> int:
        """Removes the deleted runs and their samples for good; returns their number."""
        with self._writing() as connection:
            gone = "(SELECT id FROM runs WHERE deleted IS NOT NULL AND state != 'running')"
            for table in ("samples", "tags"):
                connection.execute(f"DELETE FROM {table} WHERE run IN {gone}")
            count = connection.execute(f"DELETE FROM runs WHERE id IN {gone}").rowcount
        # While another process has the file open its space is kept for later runs.
        with suppress(OutputError), self._reading() as connection:
            connection.execute("VACUUM")
        return int(count)

    def _end(
        self,
        run_id: int,
        state: RunState,
        message: str,
        error: TinylabError | None = None,
        record: RunRecord | None = None,
    ) -> None:
        kept = None if record is None else _text(record.to_json())
        why = None if error is None else _text(asdict(ErrorRecord.of(error)))
        with self._writing() as connection:
            connection.execute(
                "UPDATE runs SET state = ?, message = ?, error = ?, record = ? WHERE id = ?",
                (state, message, why, kept, run_id),
            )
        if (loose := self._loose.pop(run_id, None)) is not None:
            self._join(run_id, loose)

    def _join(self, run_id: int, loose: LooseBatches) -> None:
        """What cannot be joined, on a full disk, stays as it is and is read all the same."""
        with suppress(OutputError), self._writing() as connection:
            loose.join(connection, run_id)


def _text(value: dict[str, object]) -> str:
    return json.dumps(value, allow_nan=False)


def _now() -> str:
    return datetime.now().astimezone().isoformat(timespec="seconds")
