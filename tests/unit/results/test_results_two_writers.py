"""Two processes that open a new database at the same time."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tinylab.results import schema


def test_tables_that_appear_between_two_looks_are_tinylabs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "results.sqlite"
    read_version, made = schema._version, []

    def version_then_other(connection: sqlite3.Connection) -> int:
        version = read_version(connection)
        if not made:
            made.append(version)
            with closing(sqlite3.connect(path, isolation_level=None)) as other:
                schema.migrate(other, path)
        return version

    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        monkeypatch.setattr(schema, "_version", version_then_other)
        schema.check_owner(connection, path)
    assert made == [0]
