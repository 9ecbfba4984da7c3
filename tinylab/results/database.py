"""Opens the database's file, and converts SQLite's errors."""

from __future__ import annotations

import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from tinylab import temporary_folders
from tinylab.errors import OutputError
from tinylab.results.schema import check_owner, migrate

BUSY_S = 20.0
"""How long to wait while another tinylab process writes."""
READING_BUSY_S = 2.0
"""The same for a command that only reads, which seldom waits for a writer."""
WAL = "-wal"

ERRORS = (sqlite3.Error, UnicodeDecodeError)
"""What a damaged database raises: also for names in it that are not UTF-8."""
_BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
_RESULT = 0xFF
"""SQLite's extended codes have the plain one in the low byte."""


def connect(path: Path, named: Path, busy_s: float) -> sqlite3.Connection:
    """The database at `path`, created if it does not exist, with today's tables.

    `named` is its path in errors. Raises sqlite3.Error, or InputError for another program's or a
    newer tinylab's, which is not changed.
    """
    if path.exists() and not path.is_file():  # opening a pipe would wait
        raise sqlite3.OperationalError("it is not a file")
    # Even closing a connection that may write can change a database.
    wal = path.with_name(path.name + WAL).exists()
    with (
        suppress(*ERRORS),
        closing(_connection(path, busy_s, "ro" if wal else "ro&immutable=1")) as looked_at,
    ):
        check_owner(looked_at, named)
    connection = _connection(path, busy_s, "rwc")
    try:
        check_owner(connection, named)
        _write_ahead(connection, busy_s)
        # Enough for kill -9; a power cut may take the last batches, never the database.
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA foreign_keys = ON")
        migrate(connection, named)
    except BaseException:
        connection.close()
        raise
    return connection


def _connection(path: Path, busy_s: float, mode: str) -> sqlite3.Connection:
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode={mode}",
        uri=True,
        timeout=busy_s,
        isolation_level=None,
        check_same_thread=False,
    )
    connection.row_factory = sqlite3.Row
    # Text that is not UTF-8 must not hide the other rows.
    connection.text_factory = lambda text: text.decode("utf-8", "surrogateescape")
    return connection


def _write_ahead(connection: sqlite3.Connection, busy_s: float) -> None:
    """SQLite's change of mode does not wait for other processes, so this loop does."""
    deadline = time.monotonic() + busy_s
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if not is_busy(error) or time.monotonic() > deadline:
                raise
            time.sleep(0.02)
        else:
            return


@contextmanager
def copied(path: Path) -> Iterator[Path]:
    """A copy of the database in a temporary folder. Raises OSError."""
    with temporary_folders.make() as folder:
        for suffix in ("", WAL):
            source = path.with_name(path.name + suffix)
            if source.exists():
                shutil.copyfile(source, folder / source.name)
        yield folder / path.name


def is_busy(error: Exception) -> bool:
    """Another process holds a lock."""
    return _code(error) in _BUSY


def _code(error: Exception) -> int:
    return getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & _RESULT


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Converts SQLite's errors to OutputError."""
    try:
        yield
    except ERRORS as error:
        raise _told(error, path) from error


def _told(error: Exception, path: Path) -> OutputError:
    elsewhere = "or set another folder in TINYLAB_DATA_DIR."
    if is_busy(error):
        return OutputError(
            f"The results database {path} is locked by another program: {error}.",
            remedy=f"Wait for that program or end it, {elsewhere}",
        )
    if _code(error) == sqlite3.SQLITE_FULL:
        return OutputError(
            f"The results database {path} cannot be written: {error}.",
            remedy=f"Free space on the disk of {path.parent}, {elsewhere}",
        )
    if isinstance(error, sqlite3.OperationalError):
        return OutputError(
            f"The results database {path} cannot be used: {error}.",
            remedy=f"Make the file and its folder writable, free space on that disk, {elsewhere}",
        )
    return OutputError(
        f"The results database {path} is damaged: {error}.",
        remedy=f"Move it (`mv {path} {path}.damaged`), and tinylab creates a new one; "
        f"`sqlite3 {path}.damaged .recover` recovers its contents.",
    )
