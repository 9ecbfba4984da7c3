"""The results database: sessions, their runs, and every sample of them.

SQLite in write-ahead mode, one file for all tinylab processes of the user. What `append` and
`finish` were given is in the file when they return: killing tinylab loses none of it.
"""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

import tinylab
from tinylab.errors import InputError, OutputError
from tinylab.liveness import Writer
from tinylab.results.record import RunRecord, by
from tinylab.results.schema import migrate

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

BUSY_S = 20.0
"""How long to wait while another tinylab writes."""


class RunState(StrEnum):
    RUNNING = "running"
    DONE = "done"
    INVALID = "invalid"
    INTERRUPTED = "interrupted"
    FAILED = "failed"


@dataclass(frozen=True)
class StoredRun:
    """A run as the database knows it; `record` is None until it was measured."""

    id: int
    session: int
    tinylab: str
    """Version of tinylab that measured."""
    state: RunState
    started: str
    model: str
    title: str
    board: str
    serial: str | None
    simulated: bool
    clock_hz: int
    message: str
    samples: int
    record: RunRecord | None

    @property
    def what(self) -> str:
        """`house_price (cubeai)`: the model, and whose code ran it where it was not tinylab's.

        Whose code a run was of that came to no record, nobody has written down.
        """
        return self.model + (by(self.record.runtime.name) if self.record else "")


class Store:
    """One open database. Any thread may call it; calls take turns.

    Life cycle: `open`, which also marks the unfinished runs of dead processes as interrupted;
    per run `begin_run`, any number of `append`, and one of `finish`, `fail` and `interrupt`;
    `close`, which marks what was left unfinished. Every method raises OutputError if the
    database cannot be read or written; nothing is ever deleted.
    """

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection = connection
        self._path = path
        self._lock = threading.RLock()
        self._session: int | None = None

    @classmethod
    def open(cls, path: Path) -> Store:
        """The database at `path`, made if there is none.

        Raises OutputError if it is corrupt or cannot be written, InputError if a newer tinylab
        made it.
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

    def begin_run(
        self,
        *,
        model: str,
        title: str,
        board: str,
        serial: str | None,
        simulated: bool,
        clock_hz: int,
    ) -> int:
        """A run in state `running`; its id. Begins a session if there is none yet."""
        with self._lock:
            session = self._session or self.begin_session()
            with self._writing() as connection:
                run_id = connection.execute(
                    "INSERT INTO runs (session, state, started, model, title, board, serial,"
                    " simulated, clock_hz) VALUES (?, 'running', ?, ?, ?, ?, ?, ?, ?)",
                    (session, _now(), model, title, board, serial, simulated, clock_hz),
                ).lastrowid
        assert run_id is not None
        return run_id

    def append(self, run_id: int, first_index: int, cycles: npt.NDArray[np.uint64]) -> None:
        """Keeps a batch of samples, shape (n,), the first of which has index `first_index`."""
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
        self._end(run_id, state, said, record)

    def fail(self, run_id: int, message: str, record: RunRecord | None = None) -> None:
        """The run broke off with an error."""
        self._end(run_id, RunState.FAILED, message, record)

    def interrupt(self, run_id: int, message: str = "") -> None:
        """The run ended early: the user stopped it, or `message` says what did."""
        self._end(run_id, RunState.INTERRUPTED, message, None)

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

    def _end(self, run_id: int, state: RunState, message: str, record: RunRecord | None) -> None:
        text = None if record is None else json.dumps(record.to_json(), allow_nan=False)
        with self._writing() as connection:
            connection.execute(
                "UPDATE runs SET state = ?, message = ?, record = ? WHERE id = ?",
                (state, message, text, run_id),
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
        """Runs still called running whose process is gone: nobody will finish them."""
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


def _stored_run(row: sqlite3.Row) -> StoredRun:
    text = row["record"]
    return StoredRun(
        id=row["id"],
        session=row["session"],
        tinylab=row["tinylab"],
        state=RunState(row["state"]),
        started=row["started"],
        model=row["model"],
        title=row["title"],
        board=row["board"],
        serial=row["serial"],
        simulated=bool(row["simulated"]),
        clock_hz=row["clock_hz"],
        message=row["message"],
        samples=row["samples"],
        record=RunRecord.from_json(json.loads(text), f"run {row['id']}") if text else None,
    )


def _configure(connection: sqlite3.Connection) -> None:
    connection.row_factory = sqlite3.Row
    _write_ahead(connection)
    # Enough for kill -9; a power cut may take the last batches, never the database.
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA foreign_keys = ON")


def _write_ahead(connection: sqlite3.Connection) -> None:
    """The change of mode does not wait for other processes by itself, so we do."""
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
    """SQLite's errors as ours."""
    try:
        yield
    except sqlite3.OperationalError as error:
        raise OutputError(
            f"The results database {path} cannot be used: {error}.",
            remedy="Free its folder or disk, or name another folder in TINYLAB_DATA_DIR.",
        ) from error
    except sqlite3.DatabaseError as error:
        raise OutputError(
            f"The results database {path} is damaged: {error}.",
            remedy=f"Move it away (`mv {path} {path}.damaged`) and tinylab makes a new one;"
            f" `sqlite3 {path}.damaged .recover` gets out what is left.",
        ) from error


def _now() -> str:
    return datetime.now().astimezone().isoformat(timespec="seconds")
