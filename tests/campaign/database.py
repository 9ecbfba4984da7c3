"""Damages the results database: values of its rows, its bytes, its length, its write-ahead log."""

from __future__ import annotations

import os
import random
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path

import numpy as np

from tests.campaign.commands import command, first_fault
from tests.fakes.records import record
from tinylab import paths
from tinylab.errors import InputError
from tinylab.results.database import WAL
from tinylab.results.store import Store

TITLE = "damaged databases: every command tells what it cannot read, and goes on"
COLUMNS = {
    "runs": "id session state started model title board serial simulated clock_hz message record"
    " core runtime runtime_version expected_error_percent parameters macc compression"
    " model_sha256 number_type error",
    "sessions": "id started tinylab host pid process_started",
    "samples": "run first_index count cycles",
}
VALUES: tuple[object, ...] = (
    None, 0, -1, 1, 2**31, 2**63 - 1, -(2**63), 0.5, 9e999, -9e999, "", "x", "done", "running",
    "{}", "[]", "[" * 5_000, "{\"schema\": 1}", "2025-01-01", b"", b"\xff", b"\x00" * 9, "\x00",
    "\x1b[31m", "é", "1e400", "'", "%s",
)  # fmt: skip


def attempts(numbers: random.Random, folder: Path) -> Iterator[str | None]:
    os.environ["TINYLAB_DATA_DIR"] = str(folder / "data")
    path = paths.results_database()
    whole, wal = _made(path)
    while True:
        seed = numbers.getrandbits(64)
        chance = random.Random(seed)
        for old in path.parent.iterdir():
            old.unlink()
        path.write_bytes(whole)
        path.with_name(path.name + WAL).write_bytes(wal)
        chance.choice(WAYS)(path, chance)
        lost = _lost(path)
        yield None if lost is None else f"{seed}: {lost}"


def _made(path: Path) -> tuple[bytes, bytes]:
    """A database of three sessions, with a log of writes that are not in it yet."""
    identity = record().identity
    with Store.open(path) as store:
        for number in range(9):
            if number % 3 == 0:
                store.begin_session()
            run = store.begin_run(identity)
            store.append(run, 0, np.arange(50, dtype=np.uint64))
            if number % 2:
                store.fail(run, InputError("The board went away.", remedy="Bring it back."))
            else:
                store.finish(run, record())
    with closing(sqlite3.connect(path)) as held, Store.open(path) as store:
        held.execute("SELECT * FROM runs").fetchall()
        run = store.begin_run(identity)
        store.append(run, 0, np.arange(500, dtype=np.uint64))
        log = path.with_name(path.name + WAL)
        return path.read_bytes(), log.read_bytes()


def _cells(path: Path, chance: random.Random) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA ignore_check_constraints = ON")
        for _ in range(chance.randrange(1, 6)):
            table = chance.choice(list(COLUMNS))
            column = chance.choice(COLUMNS[table].split())
            with suppress(sqlite3.Error):
                connection.execute(
                    f"UPDATE {table} SET {column} = ? WHERE rowid % ? = 0",
                    (chance.choice(VALUES), chance.randrange(1, 4)),
                )
        connection.commit()


def _bytes(path: Path, chance: random.Random) -> None:
    content = bytearray(path.read_bytes())
    for _ in range(chance.choice([1, 1, 5, 50, 500])):
        content[chance.randrange(len(content))] = chance.randrange(256)
    path.write_bytes(content)


def _block(path: Path, chance: random.Random) -> None:
    content = bytearray(path.read_bytes())
    start = chance.randrange(len(content))
    size = chance.choice([16, 100, 4096, 10_000])
    content[start : start + size] = chance.choice([bytes(size), chance.randbytes(size)])
    path.write_bytes(content)


def _cut(path: Path, chance: random.Random) -> None:
    os.truncate(path, chance.randrange(path.stat().st_size))


def _log(path: Path, chance: random.Random) -> None:
    log = path.with_name(path.name + WAL)
    how = chance.choice(["lost", "cut", "bytes", "empty"])
    if how == "lost":
        log.unlink()
    elif how == "cut":
        os.truncate(log, chance.randrange(log.stat().st_size))
    elif how == "empty":
        os.truncate(log, 0)
    else:
        _bytes(log, chance)


def _schema(path: Path, chance: random.Random) -> None:
    """Tables and version as another program may leave them."""
    statements = (
        "DROP TABLE samples", "DROP TABLE sessions", "DELETE FROM sessions", "DELETE FROM runs",
        "ALTER TABLE runs RENAME TO others", "ALTER TABLE runs DROP COLUMN record",
        "ALTER TABLE runs ADD COLUMN more TEXT", "DROP INDEX runs_by_session",
        f"PRAGMA user_version = {chance.choice([0, 1, 3, 99, -1])}", "DELETE FROM samples",
    )  # fmt: skip
    with closing(sqlite3.connect(path)) as connection:
        with suppress(sqlite3.Error):
            connection.execute(chance.choice(statements))
        connection.commit()


WAYS: tuple[Callable[[Path, random.Random], None], ...] = (
    _cells, _cells, _cells, _bytes, _block, _cut, _log, _schema,
)  # fmt: skip


def _lost(path: Path) -> str | None:
    number = str(random.Random(path.stat().st_size).randrange(1, 12))
    ended = [
        command("history"),
        command("history", "--json", "--limit", "5"),
        command("export", "last", "--json"),
        command("export", number),
    ]
    fault = first_fault(*ended)
    if fault is not None:
        return fault
    return None
