"""The results database: nothing acknowledged is ever lost."""

from __future__ import annotations

import os
import platform
import signal
import sqlite3
import subprocess
import sys
import threading
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest

from tests.fakes.records import record
from tinylab.errors import InputError, LinkError, OutputError
from tinylab.results.identity import RunIdentity
from tinylab.results.schema import MIGRATIONS
from tinylab.results.store import Store
from tinylab.results.stored_run import RunState

RUN = RunIdentity(
    model="house_price",
    title="predict house price",
    board="nucleo_wb55rg",
    core="cortex-m4",
    serial=None,
    simulated=True,
    clock_hz=48_000_000,
)

WRITER = """
import sys, numpy as np
from pathlib import Path
from tinylab.results.identity import RunIdentity
from tinylab.results.store import Store
store = Store.open(Path(sys.argv[1]))
run = store.begin_run(RunIdentity("m", "t", "b", "cortex-m4", None, True, 1))
for batch in range(1_000_000):
    store.append(run, 100 * batch, np.arange(100 * batch, 100 * batch + 100, dtype=np.uint64))
    print(100 * batch + 100, flush=True)
"""


def batch(first: int, count: int) -> np.ndarray:
    return np.arange(first, first + count, dtype=np.uint64)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "results.sqlite"


def test_samples_and_record_come_back_as_they_were(path: Path) -> None:
    with Store.open(path) as store:
        run = store.begin_run(RUN)
        store.append(run, 0, batch(2**40, 3))
        store.append(run, 3, batch(7, 2))
        store.finish(run, record())
    with Store.open(path) as store:
        found = store.run(run)
        assert found.record == record()
        assert (found.state, found.samples, found.model) == (RunState.DONE, 5, "house_price")
        assert store.samples(run).tolist() == [2**40, 2**40 + 1, 2**40 + 2, 7, 8]


def test_the_end_of_a_run_is_remembered(path: Path) -> None:
    with Store.open(path) as store:
        runs = [store.begin_run(RUN) for _ in range(4)]
        store.finish(runs[0], record())
        store.finish(runs[1], replace(record(), valid=False, warnings=("wrong output",)))
        store.fail(runs[2], LinkError("The board stopped answering."))
        store.interrupt(runs[3])
        states = [store.run(run).state for run in runs]
        assert states == ["done", "invalid", "failed", "interrupted"]
        assert store.run(runs[1]).message == "wrong output"
        assert store.run(runs[2]).message == "The board stopped answering."


def test_a_kill_in_mid_run_loses_nothing_that_was_acknowledged(path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        acknowledged = [int(child.stdout.readline()) for _ in range(30)][-1]
        os.kill(child.pid, signal.SIGKILL)
        acknowledged = max([acknowledged, *(int(line) for line in child.stdout if line.strip())])
    with Store.open(path) as store:
        (run,) = store.recent()
        assert run.state is RunState.INTERRUPTED
        kept = store.samples(run.id)
        assert len(kept) >= acknowledged
        assert np.array_equal(kept, batch(0, len(kept)))
        assert run.samples == len(kept)
        again = store.begin_run(RUN)
        store.append(again, 0, batch(0, 1))
        assert store.samples(again).tolist() == [0]


def test_runs_of_a_living_process_stay_running(path: Path) -> None:
    with Store.open(path) as first:
        run = first.begin_run(RUN)
        with Store.open(path) as second:
            assert second.run(run).state is RunState.RUNNING
        first.finish(run, record())
        assert first.run(run).state is RunState.DONE


def set_writer(path: Path, **columns: object) -> None:
    """Lets all sessions have been written by another process."""
    with sqlite3.connect(path) as connection:
        changes = ", ".join(f"{name} = ?" for name in columns)
        connection.execute(f"UPDATE sessions SET {changes}", tuple(columns.values()))
    connection.close()


def test_runs_of_another_host_stay_running_and_those_of_a_dead_process_here_do_not(
    path: Path,
) -> None:
    with Store.open(path) as first:
        run = first.begin_run(RUN)
        set_writer(path, host="another host", process_started=0.0)
        with Store.open(path) as second:
            assert second.run(run).state is RunState.RUNNING
        set_writer(path, host=platform.node())
        with Store.open(path) as third:
            assert third.run(run).state is RunState.INTERRUPTED


def test_only_the_dead_process_loses_its_runs(path: Path) -> None:
    with Store.open(path) as dead, Store.open(path) as living:
        gone = dead.begin_run(RUN)
        set_writer(path, process_started=0.0)
        done = dead.begin_run(RUN)
        dead.finish(done, record())
        stays = living.begin_run(RUN)
        with Store.open(path) as third:
            states = [third.run(run).state for run in (gone, done, stays)]
    assert states == [RunState.INTERRUPTED, RunState.DONE, RunState.RUNNING]


def test_samples_and_runs_come_in_their_order_however_the_rows_are_found(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite promises no order that was not asked for."""

    class Unordered(sqlite3.Connection):
        def __init__(self, *arguments: Any, **options: Any) -> None:
            super().__init__(*arguments, **options)
            super().execute("PRAGMA reverse_unordered_selects = ON")

    monkeypatch.setattr(sqlite3, "connect", partial(sqlite3.connect, factory=Unordered))
    with Store.open(path) as store:
        runs = [store.begin_run(RUN) for _ in range(3)]
        for first in (4, 0, 2):
            store.append(runs[0], first, batch(first, 2))
        assert store.samples(runs[0]).tolist() == list(range(6))
        assert [run.id for run in store.last_session()] == runs
        assert [run.id for run in store.recent()] == runs[::-1]


def refusing(code: int, times: int, asked: list[str]) -> type[sqlite3.Connection]:
    """A connection that is refused the change of mode so many times."""

    class Refusing(sqlite3.Connection):
        def execute(self, sql: str, *values: Any) -> sqlite3.Cursor:
            if "journal_mode" in sql:
                asked.append(sql)
                if len(asked) <= times:
                    error = sqlite3.OperationalError("refused")
                    error.sqlite_errorcode = code
                    raise error
            return super().execute(sql, *values)

    return Refusing


@pytest.mark.parametrize(
    ("code", "times", "patience_s", "opens", "asks"),
    [
        pytest.param(sqlite3.SQLITE_BUSY, 3, 20.0, True, 4, id="another process is at work"),
        pytest.param(sqlite3.SQLITE_BUSY, 99, 0.0, False, 2, id="and stays there"),
        pytest.param(sqlite3.SQLITE_IOERR, 1, 20.0, False, 1, id="the disk fails"),
    ],
)
def test_only_a_busy_database_is_waited_for(
    code: int,
    times: int,
    patience_s: float,
    opens: bool,
    asks: int,
    path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[str] = []
    connection = refusing(code, times, asked)
    monkeypatch.setattr(sqlite3, "connect", partial(sqlite3.connect, factory=connection))
    monkeypatch.setattr("tinylab.results.open_database.BUSY_S", patience_s)
    if opens:
        Store.open(path).close()
        assert len(asked) == asks
    else:
        with pytest.raises(OutputError, match=r"(used|locked by another program): refused"):
            Store.open(path)
        assert len(asked) <= asks


def test_closing_marks_what_was_left_unfinished(path: Path) -> None:
    with Store.open(path) as store:
        run = store.begin_run(RUN)
    with Store.open(path) as store:
        assert store.run(run).state is RunState.INTERRUPTED


def test_two_stations_write_at_the_same_time(path: Path) -> None:
    def work(run: int) -> None:
        for first in range(0, 2_000, 20):
            store.append(run, first, batch(first, 20))

    with Store.open(path) as store:
        runs = [store.begin_run(RUN) for _ in range(2)]
        threads = [threading.Thread(target=work, args=(run,)) for run in runs]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for run in runs:
            assert np.array_equal(store.samples(run), batch(0, 2_000))


def test_several_processes_begin_one_new_database_together(path: Path) -> None:
    program = WRITER.replace("1_000_000", "20")
    children = [
        subprocess.Popen([sys.executable, "-c", program, str(path)], stdout=subprocess.DEVNULL)
        for _ in range(4)
    ]
    assert [child.wait() for child in children] == [0] * 4
    with Store.open(path) as store:
        assert [run.samples for run in store.recent()] == [2_000] * 4


def test_recent_runs_come_newest_first_and_sessions_are_told_apart(path: Path) -> None:
    with Store.open(path) as store:
        old = store.begin_run(RUN)
        store.begin_session()
        new = [store.begin_run(RUN) for _ in range(2)]
        store.begin_session()
        assert [run.id for run in store.recent(2)] == new[::-1]
        assert [run.id for run in store.recent()] == [*new[::-1], old]
        assert [run.id for run in store.last_session()] == new


def test_a_batch_that_is_refused_leaves_nothing_half_done(path: Path) -> None:
    with Store.open(path) as store:
        run = store.begin_run(RUN)
        store.append(run, 0, batch(0, 2))
        with pytest.raises(OutputError):
            store.append(run, 0, batch(7, 2))
        store.append(run, 2, batch(2, 2))
        assert store.samples(run).tolist() == [0, 1, 2, 3]


def test_a_record_that_is_no_json_is_not_kept(path: Path) -> None:
    with Store.open(path) as store:
        run = store.begin_run(RUN)
        with pytest.raises(ValueError, match="JSON compliant"):
            store.finish(run, record(clock_measured_hz=float("nan")))
        assert store.run(run).state is RunState.RUNNING


def test_fifty_runs_are_recent_unless_said_otherwise(path: Path) -> None:
    with Store.open(path) as store:
        runs = [store.begin_run(RUN) for _ in range(51)]
        assert [run.id for run in store.recent()] == runs[:0:-1]


def test_readers_and_writers_do_not_wait_for_one_another_and_nothing_dangles(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[sqlite3.Connection] = []

    class Noted(sqlite3.Connection):
        def __init__(self, *arguments: Any, **options: Any) -> None:
            super().__init__(*arguments, **options)
            made.append(self)

    monkeypatch.setattr(sqlite3, "connect", partial(sqlite3.connect, factory=Noted))
    with Store.open(path):
        asked = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        found = [made[-1].execute(f"PRAGMA {name}").fetchone()[0] for name in asked]
        assert found == ["wal", 1, 1, 20_000]


def test_a_foreign_runtime_is_named_once_it_is_known(path: Path) -> None:
    with Store.open(path) as store:
        ours, theirs, unknown = (store.begin_run(RUN) for _ in range(3))
        store.finish(ours, record())
        store.finish(theirs, record(runtime="cubeai", runtime_version="10.0"))
        named = [store.run(run).what for run in (ours, theirs, unknown)]
    assert named == ["house_price", "house_price (cubeai)", "house_price"]


def test_an_unknown_run_is_an_input_error(path: Path) -> None:
    with Store.open(path) as store, pytest.raises(InputError, match=r"no run 99.*history"):
        store.run(99)


def test_a_corrupt_database_is_refused_and_left_alone(path: Path) -> None:
    path.write_bytes(b"not a database, but somebody's file" * 100)
    before = path.read_bytes()
    with pytest.raises(OutputError, match=r"damaged.*Move it \(`mv .*results\.sqlite"):
        Store.open(path)
    assert path.read_bytes() == before


def test_damage_inside_is_told_when_it_is_met(path: Path) -> None:
    with Store.open(path) as store:
        run = store.begin_run(RUN)
        for index in range(50):
            store.append(run, 1_000 * index, batch(0, 1_000))
    with path.open("r+b") as file:
        file.seek(4096 * 4)
        file.write(b"\xa5" * 4096 * 40)
    with pytest.raises(OutputError, match="damaged"), Store.open(path) as store:
        store.samples(run)


def test_a_database_in_no_folder_is_an_output_error(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="TINYLAB_DATA_DIR"):
        Store.open(tmp_path / "nowhere" / "results.sqlite")


def test_a_database_of_a_newer_tinylab_is_refused(path: Path) -> None:
    Store.open(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(InputError, match="version 99"):
        Store.open(path)
    assert str(path) not in {file.path for file in psutil.Process().open_files()}


def test_an_older_database_is_brought_up_to_date(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Store.open(path) as store:
        run = store.begin_run(RUN)
        store.append(run, 0, batch(0, 5))
    newer = (*MIGRATIONS, "ALTER TABLE runs ADD COLUMN new TEXT; UPDATE runs SET new = 'kept';")
    monkeypatch.setattr("tinylab.results.schema.MIGRATIONS", newer)
    with Store.open(path) as store:
        assert store.samples(run).tolist() == [0, 1, 2, 3, 4]
    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT new FROM runs").fetchall() == [("kept",)]
        assert connection.execute("PRAGMA user_version").fetchone() == (len(newer),)
    connection.close()
