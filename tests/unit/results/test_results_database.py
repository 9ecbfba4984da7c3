"""Databases that cannot be written, are another program's, are locked, full, or damaged."""

from __future__ import annotations

import hashlib
import json
import os
import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests import mounted
from tests.fakes.records import record
from tests.unit.results.test_results_store import RUN, batch
from tinylab import paths
from tinylab.cli.main import main
from tinylab.errors import ExitCode, InputError, OutputError
from tinylab.results import database
from tinylab.results.schema import MIGRATIONS
from tinylab.results.store import Store

FOREIGN = (
    "CREATE TABLE runs (id INTEGER PRIMARY KEY, distance REAL)",
    "CREATE TABLE runs (id INTEGER PRIMARY KEY); CREATE TABLE sessions (id INTEGER)",
    "CREATE TABLE moz_places (id INTEGER)",
    "CREATE VIEW runs AS SELECT 1 AS id",
)
VERSION_1 = Path(__file__).parents[2] / "data" / "results_version_1.sqlite"


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "data"
    monkeypatch.setenv("TINYLAB_DATA_DIR", str(folder))
    return folder


@pytest.fixture
def path(data: Path) -> Path:
    """A database of one run."""
    path = paths.results_database()
    with Store.open(path) as store:
        run = store.begin_run(RUN)
        store.append(run, 0, batch(5, 3))
        store.finish(run, record())
    return path


def files(folder: Path) -> dict[str, str]:
    return {one.name: hashlib.sha256(one.read_bytes()).hexdigest() for one in folder.iterdir()}


# Another program's


@pytest.mark.parametrize("wal", [False, True], ids=["rollback", "wal"])
@pytest.mark.parametrize("version", [0, 1, 2, 3, 75, -1])
@pytest.mark.parametrize("tables", FOREIGN)
def test_another_programs_database_is_called_that_and_not_changed(
    tables: str, version: int, wal: bool, data: Path
) -> None:
    path = paths.results_database()
    with closing(sqlite3.connect(path)) as connection:
        if wal:
            connection.execute("PRAGMA journal_mode = WAL")
        connection.executescript(f"{tables}; PRAGMA user_version = {version}")
    before = files(data)
    for opened in (Store.open, Store.reading):
        with pytest.raises(InputError, match=r"is not tinylab's.*TINYLAB_DATA_DIR"):
            opened(path).__enter__()
    assert main(["history"]) == ExitCode.INPUT
    assert files(data) == before


def test_another_programs_unfinished_writes_are_left_as_they_are(data: Path) -> None:
    """Closing the last connection that may write would move them into the database."""
    path = paths.results_database()
    theirs = sqlite3.connect(path)
    theirs.execute("PRAGMA journal_mode = WAL")
    theirs.executescript(FOREIGN[0])
    before = {name: data.joinpath(name).read_bytes() for name in ("results.sqlite",)}
    with pytest.raises(InputError, match="is not tinylab's"):
        Store.open(path)
    assert {name: data.joinpath(name).read_bytes() for name in before} == before
    assert theirs.execute("SELECT * FROM runs").fetchall() == []
    theirs.close()


def test_a_newer_tinylabs_is_called_that(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(
            f"ALTER TABLE runs ADD COLUMN new TEXT; PRAGMA user_version = {len(MIGRATIONS) + 1}"
        )
    for opened in (Store.open, Store.reading):
        with pytest.raises(InputError, match=rf"{path} has version {len(MIGRATIONS) + 1}"):
            opened(path).__enter__()


# Read-only


@pytest.mark.parametrize("journal", ["wal", "delete"])
def test_a_database_on_a_read_only_disk_is_read_and_a_run_says_what_is_wrong(
    journal: str, path: Path, tmp_path: Path
) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA journal_mode = {journal}")
    mount = mounted.read_only(path.parent)
    done = mounted.run([mount, f"{mounted.TINYLAB} history --json"])
    assert done.returncode == 0, done.stderr
    [found] = json.loads(done.stdout)
    assert (found["state"], found["samples"]) == ("done", 3)
    out = tmp_path / "out.json"
    done = mounted.run([mount, f"{mounted.TINYLAB} export last -o '{out}'"])
    assert done.returncode == 0, done.stderr
    assert json.loads(out.read_text())["rows"][0]["model"] == "house_price"
    done = mounted.run([mount, f"{mounted.TINYLAB} run --on sim:nucleo_wb55rg"])
    assert done.returncode == ExitCode.INPUT
    assert f"The results database {path} cannot be used" in done.stderr
    assert "TINYLAB_DATA_DIR" in done.stderr


def test_writes_that_were_not_moved_yet_are_read_too(path: Path) -> None:
    with closing(sqlite3.connect(path)) as writer, Store.open(path) as store:
        writer.execute("SELECT * FROM runs").fetchall()  # as long as it is open, the WAL stays
        store.append(store.begin_run(RUN), 0, batch(0, 7))
        done = mounted.run([mounted.read_only(path.parent), f"{mounted.TINYLAB} history --json"])
    assert done.returncode == 0, done.stderr
    assert [run["samples"] for run in json.loads(done.stdout)] == [7, 3]


def test_an_old_read_only_database_is_read(data: Path) -> None:
    path = paths.results_database()
    path.write_bytes(VERSION_1.read_bytes())
    done = mounted.run([mounted.read_only(data), f"{mounted.TINYLAB} history --json"])
    assert done.returncode == 0, done.stderr
    assert len(json.loads(done.stdout)) == 7
    assert path.read_bytes() == VERSION_1.read_bytes()


def test_what_cannot_be_opened_for_writing_is_read_from_a_copy(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a read-only disk, also where a test may mount none."""
    connect = sqlite3.connect

    def read_only(place: object, *arguments: object, **options: object) -> sqlite3.Connection:
        if str(path) in str(place):
            raise sqlite3.OperationalError("attempt to write a readonly database")
        return connect(place, *arguments, **options)  # type: ignore[call-overload,no-any-return]

    monkeypatch.setattr(sqlite3, "connect", read_only)
    with Store.reading(path) as store:
        assert [run.samples for run in store.recent()] == [3]
        copy = store._connection.execute("PRAGMA database_list").fetchone()[2]
    assert not Path(copy).exists()
    with pytest.raises(OutputError, match="readonly"):
        Store.open(path)


# Locked


@contextmanager
def locked(path: Path, how: str) -> Iterator[None]:
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE" if how == "alone" else "SELECT 1")
        other.execute("BEGIN EXCLUSIVE")
        yield


def test_a_database_that_another_process_writes_is_read_meanwhile(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with Store.open(path) as store:
        store.begin_run(RUN)
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("UPDATE sessions SET pid = 0")
            connection.commit()
        with locked(path, "shared"):
            assert main(["history", "--json"]) == ExitCode.OK
    assert [run["id"] for run in json.loads(capsys.readouterr().out)] == [2, 1]


def test_a_locked_database_is_called_that(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tinylab.results.open_database.BUSY_S", 0.1)
    monkeypatch.setattr("tinylab.results.open_database.READING_BUSY_S", 0.1)
    with locked(path, "alone"):
        for opened in (Store.open, Store.reading):
            with pytest.raises(OutputError, match=r"locked by another program.*Wait for"):
                opened(path).__enter__()
    with (
        Store.open(path) as store,
        locked(path, "shared"),
        pytest.raises(OutputError, match="locked by another program"),
    ):
        store.begin_run(RUN)


# Full


def test_a_full_disk_is_told_with_its_folder_and_closing_does_not_fail(path: Path) -> None:
    with Store.open(path) as store:
        run = store.begin_run(RUN)
        store._connection.execute("PRAGMA max_page_count = 1")
        with pytest.raises(OutputError, match=rf"is full.*Free space on the disk of {path.parent}"):
            store.append(run, 0, batch(0, 10_000))
    with Store.open(path) as store:
        assert store.run(run).state == "interrupted"


def test_history_is_read_on_a_full_disk(path: Path, tmp_path: Path) -> None:
    kept = tmp_path / "kept.sqlite"
    kept.write_bytes(path.read_bytes())
    done = mounted.run(
        [
            mounted.small(path.parent, "1m"),
            f"cp '{kept}' '{path}'",
            mounted.fill(path.parent),
            f"{mounted.TINYLAB} history --json || exit",
            f"{mounted.TINYLAB} run --on sim:nucleo_wb55rg; echo $? >&2",
        ]
    )
    assert done.returncode == 0, done.stderr
    assert [run["state"] for run in json.loads(done.stdout)] == ["done"]
    assert f"The results database {path} cannot be" in done.stderr
    assert done.stderr.splitlines()[-1] == str(int(ExitCode.INPUT))


# Damaged


@pytest.mark.parametrize("seed", range(12))
def test_damaged_bytes_are_an_error_with_a_remedy_or_odd_rows(
    seed: int, path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    numbers = random.Random(seed)
    content = bytearray(path.read_bytes())
    if seed % 3 == 0:
        del content[numbers.randrange(len(content)) :]
    else:
        for _ in range(10 ** (seed % 3)):
            content[numbers.randrange(len(content))] = numbers.randrange(256)
    path.write_bytes(content)
    for command in (["history"], ["history", "--json"], ["export", "last"], ["export", "1"]):
        code = main(command)
        said = capsys.readouterr().err
        assert code in (ExitCode.OK, ExitCode.INPUT), said
        assert "Internal error" not in said
        if code == ExitCode.INPUT:
            assert len(said.splitlines()) >= 2, said


@pytest.mark.parametrize("kind", ["folder", "fifo", "device", "link to nothing"])
def test_what_is_no_file_is_refused_at_once(kind: str, data: Path) -> None:
    path = paths.results_database()
    if kind == "folder":
        path.mkdir()
    elif kind == "fifo":
        os.mkfifo(path)
    else:
        path.symlink_to("/dev/zero" if kind == "device" else "/nowhere/results.sqlite")
    for opened in (Store.open, Store.reading):
        with pytest.raises(OutputError, match="TINYLAB_DATA_DIR"):
            opened(path).__enter__()


def test_busy_is_one_limit_for_writers_and_a_shorter_one_for_readers() -> None:
    assert database.READING_BUSY_S < database.BUSY_S
