"""A database that tinylab 0.1.0 made, with runs that ended in every way, opened by today's."""

from __future__ import annotations

import platform
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from tinylab.cli.stored.export import document_of
from tinylab.errors import ExitCode
from tinylab.results.record import RunDocument
from tinylab.results.schema import MIGRATIONS
from tinylab.results.store import Store
from tinylab.results.stored_run import RunState

DATA = Path(__file__).parents[2] / "data"
VERSION_1, VERSION_2, VERSION_3 = (
    DATA / f"results_version_{number}.sqlite" for number in (1, 2, 3)
)
SIM_SERIAL = "SIM0WB55RG00000000000000"
PROBE = "066BFF303435554157"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A copy; the sessions in it are of a computer called `bench`."""
    return Path(shutil.copy(VERSION_1, tmp_path / "results.sqlite"))


def test_the_file_is_of_version_1() -> None:
    connection = sqlite3.connect(f"file:{VERSION_1}?mode=ro", uri=True)
    assert connection.execute("PRAGMA user_version").fetchone() == (1,)
    connection.close()


def test_every_run_is_found_with_its_state_and_samples(path: Path) -> None:
    with Store.open(path) as store:
        runs = store.recent()
        assert [(run.id, run.session, run.state, run.samples) for run in reversed(runs)] == [
            (1, 1, RunState.DONE, 20),
            (2, 2, RunState.FAILED, 0),
            (3, 3, RunState.DONE, 6),
            (4, 3, RunState.INVALID, 0),
            (5, 3, RunState.INTERRUPTED, 3),
            (6, 3, RunState.INTERRUPTED, 0),
            (7, 4, RunState.RUNNING, 2),
        ]
        assert {run.tinylab for run in runs} == {"0.1.0"}
        assert store.samples(5).tolist() == [127_900, 127_836, 127_836]
    with sqlite3.connect(path) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (len(MIGRATIONS),)
    connection.close()


def test_a_measured_run_has_the_identity_of_its_record(path: Path) -> None:
    with Store.open(path) as store:
        for run in (store.run(number) for number in (1, 3, 4)):
            assert run.record is not None
            assert run.identity == run.record.identity
            assert len(run.identity.model_sha256 or "") == 64
            assert run.identity.number_type is None, "version 1 did not keep it"
        theirs = store.run(3).identity
    assert (theirs.model, theirs.title) == ("models/house price.tflite", "predict house price")
    assert (theirs.runtime, theirs.runtime_version) == ("cubeai", "10.0.0")
    assert (theirs.serial, theirs.simulated, theirs.expected_error_percent) == (PROBE, False, None)


def test_a_run_without_a_record_keeps_what_was_known(path: Path) -> None:
    with Store.open(path) as store:
        failed, stopped, unplugged = (store.run(number) for number in (2, 5, 6))
    assert (failed.model, failed.serial) == ("image_classification", SIM_SERIAL)
    assert (failed.runtime, failed.identity.compression) == ("tinylab", None)
    assert "635,304 bytes missing" in failed.message
    assert failed.error is None
    assert stopped.message == ""
    assert unplugged.message.startswith(f"Probe {PROBE} was unplugged.")


def test_the_run_of_a_killed_process_becomes_interrupted_on_its_own_computer(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE sessions SET host = ?", (platform.node(),))
    connection.close()
    with Store.open(path) as store:
        assert store.run(7).state is RunState.INTERRUPTED
        assert store.samples(7).tolist() == [5_814_111, 5_810_001]


def test_all_of_it_is_exported_and_read_again(path: Path) -> None:
    with Store.open(path) as store:
        document = document_of([store.run(number) for number in range(1, 8)], store)
    assert [row.valid for row in document.rows] == [True, True, False]
    assert [(one.core, one.error.exit_code) for one in document.failures] == [
        ("cortex-m4", ExitCode.MEASUREMENT),
        ("cortex-m4", ExitCode.INTERRUPTED),
        ("cortex-m4", ExitCode.INTERRUPTED),
        ("cortex-m7", ExitCode.MEASUREMENT),
    ]
    assert "fits with --compression x4" in document.failures[0].error.message
    killed = document.failures[3].partial
    assert killed is not None
    assert (killed.cycles.n, killed.planned, killed.counted) == (2, None, "2")
    assert RunDocument.from_json(document.to_json()) == document


def test_a_database_of_version_2_gets_what_code_was_optimised_for(tmp_path: Path) -> None:
    path = Path(shutil.copy(VERSION_2, tmp_path / "results.sqlite"))
    with Store.open(path) as store:
        first, second = (store.run(number) for number in (1, 2))
        assert [first.model, second.model] == ["house_price", "house_price"]
        assert first.identity.optimize is None, "version 2 did not know it"
        assert first.record is not None
        assert (first.record.cycles.n, first.identity.number_type) == (6, "float32")
    with sqlite3.connect(path) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (len(MIGRATIONS),)
    connection.close()


def test_a_database_of_version_3_gets_where_the_parts_of_the_code_were(tmp_path: Path) -> None:
    path = Path(shutil.copy(VERSION_3, tmp_path / "results.sqlite"))
    with Store.open(path) as store:
        run = store.run(1)
        assert (run.model, run.identity.optimize) == ("house_price", "balanced")
        assert run.identity.placement is None, "version 3 did not know it"
        assert run.record is not None
        assert run.record.cycles.n == 3
    with sqlite3.connect(path) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (len(MIGRATIONS),)
    connection.close()


@pytest.mark.parametrize("version", range(1, len(MIGRATIONS) + 1))
def test_samples_of_every_version_are_read(version: int, tmp_path: Path) -> None:
    """Made by the steps of that version, with the rows that it wrote."""
    path = tmp_path / "results.sqlite"
    with closing(sqlite3.connect(path)) as connection, connection:
        for step in MIGRATIONS[:version]:
            connection.executescript(step)
        connection.execute(f"PRAGMA user_version = {version}")
        connection.execute("INSERT INTO sessions VALUES (1, '2025-01-01', '0.1.0', 'h', 1, 0.0)")
        connection.execute(
            "INSERT INTO runs (id, session, state, started, model, title, board, simulated,"
            " clock_hz) VALUES (1, 1, 'interrupted', '2025-01-01', 'm', 't', 'b', 1, 1)"
        )
        connection.execute(
            "INSERT INTO samples (run, first_index, count, cycles) VALUES (1, 0, 3, ?)",
            (np.array([7, 9, 8], "<u8").tobytes(),),
        )
    with Store.open(path) as store:
        assert store.samples(1).tolist() == [7, 9, 8]
        assert store.run(1).samples == 3
        assert document_of([store.run(1)], store).failures[0].partial is not None
        store.append(1, 3, np.array([6, 6], np.uint64))
        store.tag(1, "old")
        assert store.counted(1).size == 5
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (len(MIGRATIONS),)
