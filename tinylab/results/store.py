"""The results database: sessions, their runs, and every sample of them.

SQLite in write-ahead mode, one file for all tinylab processes of the user. Data passed to `append`
and `finish` is in the file when they return, and survives a kill of tinylab.
"""

from __future__ import annotations

import json
import platform
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import asdict, fields
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import tinylab
from tinylab.errors import InputError, OutputError, TinylabError
from tinylab.liveness import Writer
from tinylab.results.database import BUSY_S, READING_BUSY_S, connect, copied, is_busy, translated
from tinylab.results.error_record import ErrorRecord
from tinylab.results.identity import RunIdentity
from tinylab.results.record import RunRecord
from tinylab.results.stored_run import RunState, StoredRun, UnreadableRun, stored_run

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

LARGEST_ID = 2**63 - 1
OWN_COLUMNS = ("id", "session", "state", "started", "message", "record", "error")
SELECT = (
    f"SELECT {', '.join(f'runs.{name}' for name in OWN_COLUMNS)}, "
    f"{', '.join(f'runs.{field.name}' for field in fields(RunIdentity))}, sessions.tinylab,"
    " (SELECT CAST(total(count) AS INTEGER) FROM samples WHERE run = runs.id) AS samples"
    " FROM runs LEFT JOIN sessions ON sessions.id = runs.session"
)


class Store:
    """One open database. Any thread may call it; calls take turns.

    Life cycle: `open`, which also marks the unfinished runs of dead processes as interrupted; per
    run `begin_run`, any number of `append`, and one of `finish`, `fail` and `interrupt`; `close`,
    which marks unfinished runs. Every method raises OutputError if the database cannot be read or
    written; nothing is ever deleted. Rows that are no runs are skipped; `unreadable` has them.
    """

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection = connection
        self._path = path
        self._lock = threading.RLock()
        self._session: int | None = None
        self._unreadable: dict[int, UnreadableRun] = {}

    @classmethod
    def open(cls, path: Path) -> Store:
        """The database at `path`, created if it does not exist.

        Raises OutputError if it is corrupt or cannot be written, InputError if it is another
        program's or a newer tinylab's.
        """
        with translated(path):
            return cls._open(path, path, BUSY_S)

    @classmethod
    @contextmanager
    def reading(cls, path: Path) -> Iterator[Store]:
        """The same for a command that writes nothing: what cannot be written is read from a copy.

        Raises OutputError if it cannot be read, InputError as `open` does.
        """
        with ExitStack() as kept:
            with translated(path):
                try:
                    store = cls._open(path, path, READING_BUSY_S)
                except sqlite3.OperationalError as error:
                    if is_busy(error) or not path.is_file():
                        raise
                    store = cls._open(_copy(path, kept), path, READING_BUSY_S)
            yield kept.enter_context(store)

    @classmethod
    def _open(cls, path: Path, named: Path, busy_s: float) -> Store:
        """Raises sqlite3.Error besides; errors say that it is at `named`."""
        connection = connect(path, named, busy_s)
        try:
            store = cls(connection, named)
            store._mark_abandoned()
        except BaseException:
            connection.close()
            raise
        return store

    @property
    def unreadable(self) -> Sequence[UnreadableRun]:
        """The rows that were skipped so far, each once."""
        return tuple(self._unreadable.values())

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Marks this session's unfinished runs as interrupted, and closes the file.

        What cannot be marked now, because the disk is full, is marked by the next process.
        """
        with self._lock, closing(self._connection), suppress(OutputError):
            if self._session is not None:
                with self._writing() as connection:
                    connection.execute(
                        "UPDATE runs SET state = 'interrupted'"
                        " WHERE state = 'running' AND session = ?",
                        (self._session,),
                    )

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
        return self._runs(
            "WHERE session = (SELECT max(sessions.id) FROM sessions"
            " JOIN runs ON runs.session = sessions.id) ORDER BY runs.id"
        )

    def run(self, run_id: int) -> StoredRun:
        """The run of that id. Raises InputError if there is none, or it cannot be read."""
        found = self._runs("WHERE runs.id = ?", run_id) if run_id <= LARGEST_ID else []
        if found:
            return found[0]
        if run_id in self._unreadable:
            raise InputError(
                f"Run {run_id} in {self._path} cannot be read: "
                f"{self._unreadable[run_id].reason.rstrip('.')}.",
                remedy="Its row was changed by another program or is damaged; "
                "`tinylab history` lists the others.",
            )
        raise InputError(
            f"There is no run {run_id} in {self._path}.",
            remedy="`tinylab history` lists the runs.",
        )

    def samples(self, run_id: int) -> npt.NDArray[np.uint64]:
        """Every sample kept of the run, in the order of their indexes, shape (n,).

        A damaged batch is left out.
        """
        import numpy as np

        with self._reading() as connection:
            rows = connection.execute(
                "SELECT cycles FROM samples WHERE run = ? AND typeof(cycles) = 'blob'"
                " AND length(cycles) = 8 * count ORDER BY first_index",
                (run_id,),
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
            rows = connection.execute(f"{SELECT} {which}", values).fetchall()
        runs = []
        for row in rows:
            try:
                runs.append(stored_run(dict(row)))
            except InputError as error:
                self._unreadable[row["id"]] = UnreadableRun(row["id"], error.message)
        return runs

    def _mark_abandoned(self) -> None:
        """Runs in state `running` whose process has ended. Raises sqlite3.Error.

        While another process writes, this is left to the next one that opens the database.
        """
        unfinished = (
            "SELECT DISTINCT host, pid, process_started, sessions.id FROM sessions"
            " JOIN runs ON runs.session = sessions.id WHERE runs.state = 'running'"
        )
        gone = [
            (session,)
            for *writer, session in self._connection.execute(unfinished).fetchall()
            if not _may_be_alive(*writer)
        ]
        if not gone:
            return
        try:
            self._connection.executemany(
                "UPDATE runs SET state = 'interrupted' WHERE state = 'running' AND session = ?",
                gone,
            )
        except sqlite3.OperationalError as error:
            if not is_busy(error):
                raise

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        with self._lock, translated(self._path):
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


def _copy(path: Path, kept: ExitStack) -> Path:
    """A copy that is removed with `kept`. Raises OutputError."""
    try:
        return kept.enter_context(copied(path))
    except OSError as error:
        raise OutputError(
            f"The results database {path} is read-only and cannot be copied to read it: {error}.",
            remedy="Make its folder writable, or free space in the folder for temporary files.",
        ) from error


def _may_be_alive(host: object, pid: object, started: object) -> bool:
    """Whether the process of a session may still run; True of a host that is no name."""
    if not isinstance(host, str):
        return True
    if not isinstance(pid, int) or not isinstance(started, float | int):
        return host != platform.node()
    return Writer(host, pid, started).may_be_alive()


def _now() -> str:
    return datetime.now().astimezone().isoformat(timespec="seconds")
