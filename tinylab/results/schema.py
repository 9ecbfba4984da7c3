"""The database's tables, and the migration of older databases."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from tinylab.errors import InputError

MIGRATIONS: tuple[str, ...] = (
    """
    CREATE TABLE sessions (
        id INTEGER PRIMARY KEY,
        started TEXT NOT NULL,
        tinylab TEXT NOT NULL,
        host TEXT NOT NULL,
        pid INTEGER NOT NULL,
        process_started REAL NOT NULL
    );
    CREATE TABLE runs (
        id INTEGER PRIMARY KEY,
        session INTEGER NOT NULL REFERENCES sessions (id),
        state TEXT NOT NULL
            CHECK (state IN ('running', 'done', 'invalid', 'interrupted', 'failed')),
        started TEXT NOT NULL,
        model TEXT NOT NULL,
        title TEXT NOT NULL,
        board TEXT NOT NULL,
        serial TEXT,
        simulated INTEGER NOT NULL,
        clock_hz INTEGER NOT NULL,
        message TEXT NOT NULL DEFAULT '',
        record TEXT
    );
    CREATE INDEX runs_by_session ON runs (session);
    CREATE INDEX runs_unfinished ON runs (state) WHERE state = 'running';
    CREATE TABLE samples (
        run INTEGER NOT NULL REFERENCES runs (id),
        first_index INTEGER NOT NULL,
        count INTEGER NOT NULL,
        cycles BLOB NOT NULL,
        UNIQUE (run, first_index)
    );
    """,
    """
    ALTER TABLE runs ADD COLUMN core TEXT NOT NULL DEFAULT '';
    ALTER TABLE runs ADD COLUMN runtime TEXT NOT NULL DEFAULT 'tinylab';
    ALTER TABLE runs ADD COLUMN runtime_version TEXT;
    ALTER TABLE runs ADD COLUMN expected_error_percent REAL;
    ALTER TABLE runs ADD COLUMN parameters INTEGER;
    ALTER TABLE runs ADD COLUMN macc INTEGER;
    ALTER TABLE runs ADD COLUMN compression TEXT;
    ALTER TABLE runs ADD COLUMN model_sha256 TEXT;
    ALTER TABLE runs ADD COLUMN number_type TEXT;
    ALTER TABLE runs ADD COLUMN error TEXT;
    UPDATE runs SET
        core = json_extract(record, '$.core'),
        runtime = json_extract(record, '$.runtime.name'),
        runtime_version = json_extract(record, '$.runtime.version'),
        expected_error_percent = json_extract(record, '$.expected_error_percent'),
        parameters = json_extract(record, '$.parameters'),
        macc = json_extract(record, '$.macc'),
        compression = json_extract(record, '$.compression'),
        model_sha256 = json_extract(record, '$.model_sha256')
    WHERE record IS NOT NULL;
    """,
    """
    ALTER TABLE runs ADD COLUMN optimize TEXT;
    """,
    """
    ALTER TABLE runs ADD COLUMN placement TEXT;
    """,
    """
    ALTER TABLE runs ADD COLUMN planned INTEGER;
    ALTER TABLE runs ADD COLUMN note TEXT NOT NULL DEFAULT '';
    ALTER TABLE runs ADD COLUMN deleted TEXT;
    CREATE TABLE tags (
        run INTEGER NOT NULL REFERENCES runs (id),
        tag TEXT NOT NULL,
        UNIQUE (run, tag)
    );
    CREATE INDEX tags_by_tag ON tags (tag);
    """,
    """
    ALTER TABLE samples ADD COLUMN coding TEXT NOT NULL DEFAULT 'plain';
    """,
)
"""Step n brings a database of version n to version n + 1; a step is never edited."""


TABLES = frozenset({"sessions", "runs", "samples", "tags"})
FIRST = TABLES - {"tags"}
"""The tables that every version has."""


def check_owner(connection: sqlite3.Connection, path: Path) -> None:
    """Raises InputError if the database at `path` is another program's or a newer tinylab's.

    Version and tables are read in one transaction: another process may be making them.
    """
    began = not connection.in_transaction
    if began:
        connection.execute("BEGIN")
    try:
        _check_owner(connection, path)
    finally:
        if began:
            connection.execute("ROLLBACK")


def _check_owner(connection: sqlite3.Connection, path: Path) -> None:
    newest, version = len(MIGRATIONS), _version(connection)
    found = {table: columns for table in TABLES if (columns := _columns(connection, table))}
    if version == 0 and not connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchall():
        return
    if version > newest and found.keys() >= FIRST and "tinylab" in found["sessions"]:
        raise InputError(
            f"The results database {path} has version {version}, this version of tinylab "
            f"supports up to {newest}.",
            remedy="Use the version of tinylab that wrote it, or another TINYLAB_DATA_DIR.",
        )
    if not 0 < version <= newest or any(
        not columns <= found.get(table, frozenset()) for table, columns in _expected(version)
    ):
        raise InputError(
            f"The database {path} is not tinylab's: its tables are another program's.",
            remedy="Move that file, or set another folder in TINYLAB_DATA_DIR.",
        )


def _expected(version: int) -> Sequence[tuple[str, frozenset[str]]]:
    """The tables of that version, with their columns."""
    with closing(sqlite3.connect(":memory:")) as connection:
        for step in MIGRATIONS[:version]:
            _execute(connection, step)
        return [(table, _columns(connection, table)) for table in TABLES]


def _columns(connection: sqlite3.Connection, table: str) -> frozenset[str]:
    """None of a table that does not exist."""
    rows = connection.execute(f"PRAGMA table_info({table})").fetchall()
    return frozenset(row[1] for row in rows)


def migrate(connection: sqlite3.Connection, path: Path) -> None:
    """Brings the open database at `path` to the newest version, in one transaction.

    Raises InputError if it is another program's or a newer tinylab's.
    """
    newest = len(MIGRATIONS)
    if _version(connection) == newest:
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        check_owner(connection, path)
        for step in MIGRATIONS[_version(connection) :]:
            _execute(connection, step)
        connection.execute(f"PRAGMA user_version = {newest}")
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.rollback()


def _execute(connection: sqlite3.Connection, step: str) -> None:
    for statement in filter(str.strip, step.split(";")):
        connection.execute(statement)


def _version(connection: sqlite3.Connection) -> int:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    return int(version)
