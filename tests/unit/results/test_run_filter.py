"""Which runs a list shows: filters, order, tags, notes, deletion."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fakes.records import changed, record
from tests.unit.results.test_results_store import RUN, batch
from tinylab.errors import InputError, LinkError
from tinylab.results.run_filter import ORDERS, RunFilter, moment
from tinylab.results.store import Store
from tinylab.stats.cycles import summarize


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Four runs: two of house_price, one of int8 on silicon, one that failed."""
    with Store.open(tmp_path / "results.sqlite") as opened:
        for cycles, changes in (
            (3_000, {}),
            (1_000, {"board": "nucleo_h723zg"}),
            (2_000, {"model": "human_activity:int8", "simulated": False, "runtime": "cubeai"}),
        ):
            counted = summarize(np.array([cycles] * 3, dtype=np.uint64))
            made = changed(record(cycles=counted), **changes)
            opened.finish(opened.begin_run(made.identity, 3), made)
        opened.fail(opened.begin_run(RUN), LinkError("Gone."))
        yield opened


def ids(store: Store, **wanted: object) -> list[int]:
    return [run.id for run in store.found(RunFilter(**wanted))]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({}, [4, 3, 2, 1]),
        ({"limit": 2}, [4, 3]),
        ({"model": "INT8"}, [3]),
        ({"board": "sim:"}, [4, 2, 1]),
        ({"board": "h723"}, [2]),
        ({"runtime": "cubeai"}, [3]),
        ({"valid": True}, [3, 2, 1]),
        ({"model": "%"}, []),
        ({"model": "_price"}, [4, 2, 1]),
        ({"order": "-run"}, [1, 2, 3, 4]),
        ({"order": "cycles", "valid": True}, [1, 3, 2]),
        ({"order": "-cycles", "valid": True}, [2, 3, 1]),
        ({"text": "int8 cubeai"}, [3]),
        ({"tag": "'; DROP TABLE runs; --"}, []),
    ],
)
def test_a_filter_lets_through_what_it_says(
    store: Store, wanted: dict[str, object], found: list[int]
) -> None:
    assert ids(store, **wanted) == found


@pytest.mark.parametrize("name", ORDERS)
def test_every_order_can_be_turned_round(store: Store, name: str) -> None:
    assert sorted(ids(store, order=name)) == sorted(ids(store, order=f"-{name}")) == [1, 2, 3, 4]


def test_an_unknown_order_is_refused(store: Store) -> None:
    with pytest.raises(InputError, match="colour"):
        ids(store, order="colour")


def test_runs_since_a_time_are_found_whatever_their_offset(store: Store, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "results.sqlite") as connection:
        for run, time in ((1, "2026-01-01T23:00:00-05:00"), (2, "2026-01-02T03:00:00+00:00")):
            connection.execute("UPDATE runs SET started = ? WHERE id = ?", (time, run))
    connection.close()
    assert ids(store, since="2026-01-02T03:30:00+00:00") == [4, 3, 1]


def test_a_time_ago_is_before_now() -> None:
    for text, span in (("90m", timedelta(minutes=90)), ("2w", timedelta(weeks=2))):
        off = datetime.now().astimezone() - span - datetime.fromisoformat(moment(text))
        assert abs(off) < timedelta(minutes=1)
    assert moment("2026-11-30").startswith("2026-11-30T00:00:00")


@pytest.mark.parametrize("text", ["", "yesterday", "7", "7y", "-3d", "999999w", "2026-13-01"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="--since"):
        moment(text)


@settings(max_examples=100)
@given(st.text(max_size=12))
def test_any_text_is_a_time_or_refused(text: str) -> None:
    try:
        found = moment(text)
    except InputError:
        return
    assert datetime.fromisoformat(found).tzinfo is not None


def test_tags_and_notes_are_kept_and_found(store: Store) -> None:
    store.tag(1, "good")
    store.tag(1, "good")
    store.tag(2, "good")
    store.tag(2, "ä,\"b'")
    store.note(3, 'a "note", <b>\nwith lines')
    assert store.run(2).tags == ("good", "ä,\"b'")
    assert store.run(3).note == 'a "note", <b>\nwith lines'
    assert store.tags() == {"good": 2, "ä,\"b'": 1}
    assert ids(store, tag="good") == [2, 1]
    assert ids(store, text="with LINES") == [3]
    store.tag(1, "good", remove=True)
    store.note(3, "")
    assert (store.run(1).tags, store.run(3).note) == ((), "")


def test_what_is_deleted_can_be_restored_until_it_is_purged(store: Store) -> None:
    store.append(2, 0, batch(0, 7))
    store.delete([2, 4])
    assert ids(store) == [3, 1]
    assert ids(store, deleted=True) == [4, 2]
    assert [run.id for run in store.last_session()] == [1, 3]
    store.restore([4])
    assert ids(store) == [4, 3, 1]
    assert store.purge() == 1
    assert ids(store, deleted=True) == []
    with pytest.raises(InputError, match="no run 2"):
        store.run(2)
    assert store.samples(2).size == 0


def test_sessions_are_counted_back_from_the_last_that_has_runs(tmp_path: Path) -> None:
    path = tmp_path / "results.sqlite"
    for _ in range(3):
        with Store.open(path) as store:
            store.begin_run(RUN)
            store.begin_run(RUN)
    with Store.open(path) as store:
        store.begin_session()
        store.delete([5, 6])
        assert [run.id for run in store.last_session()] == [3, 4]
        assert [run.id for run in store.last_session(1)] == [1, 2]
        assert store.last_session(2) == []


def test_a_run_that_did_not_reach_its_end_says_how_far_it_came(tmp_path: Path) -> None:
    with Store.open(tmp_path / "results.sqlite") as store:
        run = store.begin_run(RUN, 600)
        store.append(run, 0, batch(0, 524))
        assert store.run(run).counted == "524 of 600"
        store.interrupt(run)
        assert store.run(run).counted == "524 of 600"
        done = record()
        store.finish(store.begin_run(done.identity, 600), replace(done))
        assert store.run(2).counted == "0"
