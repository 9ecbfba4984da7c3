"""The results database: sessions, their runs, and every sample of them.

SQLite in write-ahead mode, one file for all tinylab processes of the user. Data passed to `append`
and `finish` is in the file when they return, and survives a kill of tinylab.
"""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

import tinylab
from tinylab.errors import ExitCode, InputError, OutputError, TinylabError
from tinylab.liveness import Writer
from tinylab.results.documents import convert, parse
from tinylab.results.error_record import ErrorRecord
from tinylab.results.identity import Identified, RunIdentity, by
from tinylab.results.record import Failure, RunRecord
from tinylab.results.schema import migrate

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

BUSY_S = 20.0
"""How long to wait while another tinylab process writes."""


class RunState(StrEnum):
    RUNNING = "running"
    DONE = "done"
    INVALID = "invalid"
    INTERRUPTED = "interrupted"
    FAILED = "failed"


@dataclass(frozen=True)
class StoredRun(Identified):
    """A run as stored in the database; `record` is None until it was measured.

    `error` is the error it ended with, if known; a killed process leaves none.
    """

    id: int
    session: int
    tinylab: str
    """Version of tinylab that measured."""
    state: RunState
    started: str
    identity: RunIdentity
    message: str
    samples: int
    record: RunRecord | None
    error: ErrorRecord | None

    @property
    def what(self) -> str:
        """`house_price (cubeai)`: the model, and the runtime if it was not tinylab's."""
        return self.model + by(self.runtime)

    @property
    def failure(self) -> Failure:
        """For a run without a record; if its error is not known, its state is reported."""
        if self.error is not None:
            return Failure(self.identity, self.error)
        said = (
            self.message
            or f"The run has no result ({self.state}); {self.samples:,} samples are stored."
        )
        stopped = self.state is RunState.INTERRUPTED
        code = ExitCode.INTERRUPTED if stopped else ExitCode.MEASUREMENT
        return Failure(self.identity, ErrorRecord(int(code), said))

    def to_json(self) -> dict[str, object]:
        """For a list of runs, ready for `json.dumps`."""
        own = asdict(replace(self, record=None))
        del own["identity"]
        record = self.record.to_json() if self.record else None
        return {**own, **asdict(self.identity), "record": record}


class Store:
    """One open database. Any thread may call it; calls take turns.

    Life cycle: `open`, which also marks the unfinished runs of dead processes as interrupted; per
    run `begin_run`, any number of `append`, and one of `finish`, `fail` and `interrupt`; `close`,
    which marks unfinished runs. Every method raises OutputError if the database cannot be read or
    written; nothing is ever deleted.
    """

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection = connection
        self._path = path
        self._lock = threading.RLock()
        self._session: int | None = None

    @classmethod
    def open(cls, path: Path) -> Store:
        """The database at `path`, created if it does not exist.

        Raises OutputError if it is corrupt or cannot be written, InputError if it is from a newer
        tinylab.
        """
        with _translated(path):
            connection = sqlite3.connect(
                path, timeout=BUSY_S, isolation_level=None, check_same_thread=False
            )
            try:
                _configure(connection)
                migrate(connection)
                store = cls(connection, path)
                store._mark_abandoned()
            except BaseException:
                connection.close()
                raise
        return store

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Marks this session's unfinished runs as interrupted, and closes the file."""
        with self._lock:
            try:
                if self._session is not None:
                    with self._writing() as connection:
                        connection.execute(
                            "UPDATE runs SET state = 'interrupted'"
                            " WHERE state = 'running' AND session = ?",
                            (self._session,),
                        )
            finally:
                self._connection.close()

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

    def begin_run(self, identity: RunIdentity) -> int:
        """A run in state `running`; its id. Begins a session if there is none yet."""
        known = asdict(identity)
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
        blob = cycles.astype("<u8").tobytes()
        with self._writing() as connection:
            connection.execute(
                "INSERT INTO samples (run, first_index, count, cycles) VALUES (?, ?, ?, ?)",
                (run_id, first_index, cycles.size, blob),
            )

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

    def recent(self, limit: int = 50) -> list[StoredRun]:
        """The latest runs, newest first."""
        return self._runs("ORDER BY runs.id DESC LIMIT ?", limit)

    def last_session(self) -> list[StoredRun]:
        """The runs of the latest session that has any, in the order they were begun."""
        return self._runs("WHERE session = (SELECT max(session) FROM runs) ORDER BY runs.id")

    def run(self, run_id: int) -> StoredRun:
        """The run of that id. Raises InputError if there is none."""
        found = self._runs("WHERE runs.id = ?", run_id)
        if not found:
            raise InputError(
                f"There is no run {run_id} in {self._path}.",
                remedy="`tinylab history` lists the runs.",
            )
        return found[0]

    def samples(self, run_id: int) -> npt.NDArray[np.uint64]:
        """Every sample kept of the run, in the order of their indexes, shape (n,)."""
        import numpy as np

        with self._reading() as connection:
            rows = connection.execute(
                "SELECT cycles FROM samples WHERE run = ? ORDER BY first_index", (run_id,)
            ).fetchall()
        joined = b"".join(blob for (blob,) in rows)
        return np.frombuffer(joined, dtype="<u8").astype(np.uint64)

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

    def _runs(self, which: str, *values: object) -> list[StoredRun]:
        with self._reading() as connection:
            rows = connection.execute(
                "SELECT runs.*, sessions.tinylab,"
                " (SELECT coalesce(sum(count), 0) FROM samples WHERE run = runs.id) AS samples"
                f" FROM runs JOIN sessions ON sessions.id = runs.session {which}",
                values,
            ).fetchall()
        return [_stored_run(row) for row in rows]

    def _mark_abandoned(self) -> None:
        """Runs in state `running` whose process has ended."""
        unfinished = (
            "SELECT DISTINCT host, pid, process_started, sessions.id FROM sessions"
            " JOIN runs ON runs.session = sessions.id WHERE runs.state = 'running'"
        )
        gone = [
            session
            for host, pid, started, session in self._connection.execute(unfinished).fetchall()
            if not Writer(host, pid, started).may_be_alive()
        ]
        if not gone:
            return
        with self._writing() as connection:
            connection.executemany(
                "UPDATE runs SET state = 'interrupted' WHERE state = 'running' AND session = ?",
                [(session,) for session in gone],
            )

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        with self._lock, _translated(self._path):
            yield self._connection

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._reading() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            finally:
                if connection.in_transaction:
                    connection.rollback()


def _text(value: dict[str, object]) -> str:
    return json.dumps(value, allow_nan=False)


def _stored_run(row: sqlite3.Row) -> StoredRun:
    record, error, where = row["record"], row["error"], f"run {row['id']}"
    known = {field.name: row[field.name] for field in fields(RunIdentity)}
    return StoredRun(
        id=row["id"],
        session=row["session"],
        tinylab=row["tinylab"],
        state=RunState(row["state"]),
        started=row["started"],
        identity=RunIdentity(**{**known, "simulated": bool(row["simulated"])}),
        message=row["message"],
        samples=row["samples"],
        record=RunRecord.from_json(parse(record, where), where) if record else None,
        error=convert(ErrorRecord, parse(error, where), f"{where}.error") if error else None,
    )


def _configure(connection: sqlite3.Connection) -> None:
    connection.row_factory = sqlite3.Row
    _write_ahead(connection)
    # Enough for kill -9; a power cut may take the last batches, never the database.
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA foreign_keys = ON")


def _write_ahead(connection: sqlite3.Connection) -> None:
    """SQLite's change of mode does not wait for other processes, so this loop does."""
    deadline = time.monotonic() + BUSY_S
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.02)
        else:
            return


@contextmanager
def _translated(path: Path) -> Iterator[None]:
    """Converts SQLite's errors."""
    try:
        yield
    except sqlite3.OperationalError as error:
        raise OutputError(
            f"The results database {path} cannot be used: {error}.",
            remedy="Make its folder writable or free disk space, or set another folder in "
            "TINYLAB_DATA_DIR.",
        ) from error
    except sqlite3.DatabaseError as error:
        raise OutputError(
            f"The results database {path} is damaged: {error}.",
            remedy=f"Move it (`mv {path} {path}.damaged`), and tinylab creates a new one; "
            f"`sqlite3 {path}.damaged .recover` recovers its contents.",
        ) from error


def _now() -> str:
    return datetime.now().astimezone().isoformat(timespec="seconds")
