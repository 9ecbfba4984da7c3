"""Rows that tinylab did not write: each is told and skipped, and every command still works."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fakes.records import record
from tests.unit.results.test_results_store import RUN, batch
from tinylab import paths
from tinylab.cli.main import main
from tinylab.errors import ExitCode, InputError
from tinylab.results.store import Store

ODD_CELLS: dict[str, object] = {
    "state": "exploded",
    "started": "yesterday",
    "model": b"\xff\xfe",
    "title": b"",
    "clock_hz": 0,
    "simulated": 7,
    "message": b"blob",
    "parameters": -4,
    "macc": "many",
    "expected_error_percent": float("inf"),
    "record": "{not json",
    "error": "[]",
}


@pytest.fixture(autouse=True)
def own_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TINYLAB_DATA_DIR", str(tmp_path))


@pytest.fixture
def path() -> Path:
    """The user's database, of one good run and one to be spoilt; the checks of cells are off."""
    path = paths.results_database()
    with Store.open(path) as store:
        for _ in range(2):
            run = store.begin_run(RUN)
            store.append(run, 0, batch(5, 3))
            store.finish(run, record())
    return path


def change(path: Path, statement: str, *values: object) -> None:
    """Changes the file as another program could."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA ignore_check_constraints = ON")
        connection.execute(statement, values)
        connection.commit()


def spoil(path: Path, column: str, value: object) -> None:
    change(path, f"UPDATE runs SET {column} = ? WHERE id = 2", value)


def listed(capsys: pytest.CaptureFixture[str]) -> tuple[list[dict[str, object]], str]:
    capsys.readouterr()
    assert main(["history", "--json"]) == ExitCode.OK
    said = capsys.readouterr()
    return json.loads(said.out), said.err


@pytest.mark.parametrize(("column", "value"), ODD_CELLS.items(), ids=ODD_CELLS)
def test_an_odd_row_is_told_once_and_skipped(
    column: str, value: object, path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spoil(path, column, value)
    good, odd = listed(capsys)[0]
    assert (good["id"], good["state"]) == (1, "done")
    assert (odd["id"], odd["state"], odd["model"]) == (2, "unreadable", None)
    assert good.keys() == odd.keys()
    assert main(["history"]) == ExitCode.OK
    said = capsys.readouterr()
    assert "house_price" in said.out
    assert said.err.count("Run 2 cannot be read and was skipped: its ") == 1
    assert column in said.err
    assert main(["export", "last"]) == ExitCode.OK
    assert "Run 2 cannot be read" in capsys.readouterr().err
    assert main(["export", "2"]) == ExitCode.INPUT
    said = capsys.readouterr()
    assert "Run 2 in" in said.err
    assert column in said.err


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"clock_hz": 0}, "its record.clock_hz is 0; expected `int` >= 1"),
        ({"clock_hz": -64}, "its record.clock_hz is -64"),
        ({"clock_hz": 10**30}, "expected `int` <= "),
        ({"cycles": {"median": "ten"}}, "its record.cycles"),
        ({"rows": []}, None),
    ],
)
def test_the_figures_of_a_record_are_checked(
    changes: dict[str, object],
    reason: str | None,
    path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    spoil(path, "record", json.dumps(record().to_json() | changes))
    rows, said = listed(capsys)
    assert [row["state"] for row in rows] == ["done", "done" if reason is None else "unreadable"]
    assert (reason or "") in said


@pytest.mark.parametrize("text", ["[" * 100_000, "\x00", '"' + "x" * 10_000, "[]", "3"])
def test_what_is_no_record_is_told_shortly(
    text: str, path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spoil(path, "record", text)
    rows, said = listed(capsys)
    assert [row["state"] for row in rows] == ["done", "unreadable"]
    assert len(said) < 300


def test_a_run_of_no_session_is_told(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spoil(path, "session", 99)
    rows, said = listed(capsys)
    assert [row["state"] for row in rows] == ["done", "unreadable"]
    assert "it belongs to no session" in said


@pytest.mark.parametrize(
    ("column", "value"),
    [("pid", -1), ("pid", 10**18), ("pid", 1e30), ("pid", "me"), ("pid", b""),
     ("process_started", "noon"), ("process_started", float("inf")), ("host", b"\xff"),
     ("started", b"x"), ("tinylab", 5)],
)  # fmt: skip
def test_an_odd_session_of_an_unfinished_run_stops_no_command(
    column: str, value: object, path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    change(path, "UPDATE runs SET state = 'running' WHERE id = 2")
    change(path, f"UPDATE sessions SET {column} = ?", value)
    rows, _ = listed(capsys)
    assert sorted(str(row["id"]) for row in rows) == ["1", "2"]
    with Store.open(path) as store:
        store.finish(store.begin_run(RUN), record())


@pytest.mark.parametrize(
    ("column", "value"),
    [("count", 2**62), ("count", "many"), ("count", -(2**62)), ("cycles", "text"), ("cycles", 5)],
)
def test_an_odd_batch_costs_only_its_samples(
    column: str, value: object, path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for _ in range(3):
        change(path, "INSERT INTO samples VALUES (1, random(), 0, x'', 'plain')")
    change(path, f"UPDATE samples SET {column} = ? WHERE first_index != 0 OR run = 2", value)
    assert len(listed(capsys)[0]) == 2
    with Store.open(path) as store:
        assert store.samples(1).tolist() == [5, 6, 7]
        assert store.samples(2).tolist() == []


@pytest.mark.parametrize("number", ["0", "9" * 18, "9" * 19, "9" * 5_000, "-1", "0x1"])
def test_a_number_that_no_run_has_is_refused(
    number: str, path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["export", "--", number]) == ExitCode.INPUT
    assert "tinylab history" in capsys.readouterr().err


CELLS = st.one_of(
    st.none(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=True),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
    st.binary(max_size=8),
    st.sampled_from(["{}", "[]", "done", "running", json.dumps(record().to_json()), "2025-01-01"]),
)
NULLABLE = {
    "runs": "session state started model title board serial simulated clock_hz message record core"
    " runtime runtime_version expected_error_percent parameters macc compression model_sha256"
    " number_type error",
    "sessions": "started tinylab host pid process_started",
    "samples": "run first_index count cycles",
}
PLACES = [(table, column) for table, names in NULLABLE.items() for column in names.split()]


@settings(max_examples=25)
@given(st.lists(st.tuples(st.sampled_from(PLACES), CELLS), min_size=1, max_size=5))
def test_any_cells_leave_every_command_working(
    odd: list[tuple[tuple[str, str], object]],
) -> None:
    path = paths.results_database()
    path.unlink(missing_ok=True)
    with Store.open(path) as store:
        run = store.begin_run(RUN)
        store.append(run, 0, batch(5, 3))
        store.finish(run, record())
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA ignore_check_constraints = ON")
        for (table, column), value in odd:
            try:
                connection.execute(f"UPDATE {table} SET {column} = ?", (value,))
            except sqlite3.IntegrityError:
                continue  # NULL in a column that takes none
        connection.commit()
    with Store.reading(path) as store:
        runs = store.recent()
        for found in runs:
            json.dumps(found.to_json(), allow_nan=False)
            assert store.run(found.id) == found
        assert {one.id for one in store.unreadable} | {one.id for one in runs} == {run}
        store.last_session()
        store.samples(run)
    with Store.open(path) as store:
        fresh = store.begin_run(RUN)
        store.append(fresh, 0, batch(0, 2))
        store.finish(fresh, record())
        assert store.run(fresh).record == record()
        with pytest.raises(InputError):
            store.run(10**17)
