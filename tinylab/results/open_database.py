"""The open results database: one file for all tinylab processes of the user."""

from __future__ import annotations

import platform
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from typing import Self

from tinylab.errors import OutputError
from tinylab.liveness import Writer
from tinylab.results.database import BUSY_S, READING_BUSY_S, connect, copied, is_busy, translated


class OpenDatabase:
    """Opens and closes the file, and lets threads take turns.

    Opening also marks the unfinished runs of dead processes as interrupted.
    """

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection = connection
        self._path = path
        self._lock = threading.RLock()
        self._session: int | None = None

    @classmethod
    def open(cls, path: Path) -> Self:
        """The database at `path`, created if it does not exist.

        Raises OutputError if it is corrupt or cannot be written, InputError if it is another
        program's or a newer tinylab's.
        """
        with translated(path):
            return cls._open(path, path, BUSY_S)

    @classmethod
    @contextmanager
    def reading(cls, path: Path) -> Iterator[Self]:
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
            kept.callback(store.close)
            yield store

    @classmethod
    def _open(cls, path: Path, named: Path, busy_s: float) -> Self:
        """Raises sqlite3.Error besides; errors say that it is at `named`."""
        connection = connect(path, named, busy_s)
        try:
            store = cls(connection, named)
            store._mark_abandoned()
        except BaseException:
            connection.close()
            raise
        return store

    def __enter__(self) -> Self:
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
