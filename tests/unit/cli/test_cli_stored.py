"""`tinylab history`, `note`, `tag` and `compare`, from the words to what is printed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.fakes.records import changed, profile, record
from tests.hostile_text import SAMPLES
from tinylab import paths
from tinylab.cli.main import main
from tinylab.display_text import is_seen
from tinylab.errors import ExitCode
from tinylab.results.record import RunDocument, RunRecord
from tinylab.results.store import Store
from tinylab.stats.cycles import summarize

Said = Callable[..., tuple[int, str, str]]


@pytest.fixture(autouse=True)
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two sessions, each of one run, and one that was stopped."""
    monkeypatch.setenv("TINYLAB_DATA_DIR", str(tmp_path / "data"))
    (tmp_path / "data").mkdir()
    for cycles, gcc in ((30_000, "gcc 12.2"), (33_000, "gcc 14.2")):
        with Store.open(paths.results_database()) as store:
            made = taking(cycles, toolchain=gcc)
            store.finish(store.begin_run(made.identity, 3), made)
            if cycles == 33_000:
                stopped = store.begin_run(record().identity, 600)
                store.append(stopped, 0, np.full(524, 31_000, np.uint64))
                store.interrupt(stopped)


def taking(cycles: int, **changes: object) -> RunRecord:
    counted = summarize(np.array([cycles] * 3, dtype=np.uint64))
    return record(cycles=counted, profile=profile(), **changes)


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Said:
    def outcome(*words: str) -> tuple[int, str, str]:
        code = main(list(words))
        out, err = capsys.readouterr()
        return code, out, err

    return outcome


def test_the_history_marks_what_was_measured_in_part(said: Said) -> None:
    code, out, _ = said("history")
    assert code == ExitCode.OK
    assert "524 of 600" in out
    assert "not compressed" in out
    assert "gcc 14.2" in out


def test_a_stopped_run_is_exported_with_its_partial_figure(said: Said, tmp_path: Path) -> None:
    files = [tmp_path / name for name in ("a.json", "a.csv", "a.md", "a.html")]
    code, out, _ = said("export", "3", *(word for path in files for word in ("-o", str(path))))
    assert code == ExitCode.OK
    assert "0.646 ms (524 of 600)" in out
    for path in files[2:]:
        assert "524 of 600" in path.read_text()
    row = json.loads(files[0].read_text())["failures"][0]["partial"]
    assert (row["cycles"]["median"], row["planned"]) == (31_000, 600)
    head, line = (text.split(",") for text in files[1].read_text().splitlines())
    cells = dict(zip(head, line, strict=False))
    assert (cells["state"], cells["cycles_n"], cells["planned"]) == ("interrupted", "524", "600")


def test_filters_select_and_an_empty_list_says_why(said: Said) -> None:
    assert said("history", "--valid", "--model", "house")[1].count("house_price") == 2
    code, out, err = said("history", "--board", "h723", "--tag", "none")
    assert (code, out) == (ExitCode.OK, "")
    assert "No stored run fits --board, --tag" in err


def test_a_tag_names_runs_for_other_commands(said: Said) -> None:
    assert said("tag", "1", "before", "ok")[0] == ExitCode.OK
    assert said("tag")[1].replace("─", "").split() == ["tag", "runs", "before", "1", "ok", "1"]
    code, out, _ = said("compare", "before", "2")
    assert code == ExitCode.OK
    assert "1.1x slower (+10.00 % cycles)" in out
    assert "gcc 12.2" in out
    assert said("tag", "1", "ok", "--remove")[0] == ExitCode.OK
    assert "ok" not in said("tag")[1]


@pytest.mark.parametrize("word", ["7", "last", "last~1", "@x", "", "two words", "a" * 61, "a\nb"])
def test_what_cannot_be_told_from_another_name_is_no_tag(said: Said, word: str) -> None:
    assert said("tag", "1", word)[0] == ExitCode.INPUT


def test_a_note_is_shown_and_removed(said: Said) -> None:
    assert said("note", "1", "with", "the new | linker")[0] == ExitCode.OK
    assert "1: with the new | linker" in said("history")[2]
    assert said("note", "1", "")[0] == ExitCode.OK
    assert "linker" not in said("history")[2]
    assert said("note", "1", "x" * 10_001)[0] == ExitCode.INPUT


def test_deleting_says_how_to_undo_it(said: Said) -> None:
    code, _, err = said("history", "--delete", "1", "--delete", "3")
    assert code == ExitCode.OK
    assert "--restore 1 --restore 3" in err
    assert "  1 " not in said("history")[1]
    assert said("history", "--deleted")[1].count("house_price") == 2
    assert said("history", "--restore", "1")[0] == ExitCode.OK
    code, _, err = said("history", "--purge")
    assert "1 deleted run was removed for good" in err
    assert said("history", "--delete", "99")[0] == ExitCode.INPUT


def test_sessions_are_compared_by_how_far_they_lie_back(said: Said) -> None:
    code, out, err = said("compare", "last~1", "last")
    assert code == ExitCode.OK
    assert "1 run without a valid result" in err
    assert out.index("compiler") < out.index("Cycles and time")
    assert "1.1x slower" in out


def test_a_file_is_compared_like_a_run_also_as_json_and_markdown(
    said: Said, tmp_path: Path
) -> None:
    path = tmp_path / "old.json"
    document = RunDocument("0.1", "then", (taking(15_000),))
    path.write_text(json.dumps(document.to_json()))
    code, out, _ = said("compare", str(path), "1", "2", "--json")
    assert code == ExitCode.OK
    found = json.loads(out)
    assert found["schema"] == "tinylab.comparison/1"
    assert [one["verdict"]["ratio"] for one in found["comparisons"]] == [2.0, 2.2]
    assert "2x slower" in said("compare", str(path), "1", "--format", "markdown")[1]


def test_runs_of_other_networks_are_refused_unless_asked_for(said: Said) -> None:
    with Store.open(paths.results_database()) as store:
        other = changed(taking(60_000), model="other", model_sha256="00" * 32)
        store.finish(store.begin_run(other.identity), other)
    code, _, err = said("compare", "1", "4")
    assert code == ExitCode.INPUT
    assert "another network" in err
    assert "--unlike" in err
    assert "2x slower" in said("compare", "1", "4", "--unlike")[1]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("compare", "1"), "nothing to compare with"),
        (("compare", "1", "99"), "no run 99"),
        (("compare", "last~9", "1"), "fewer than 10 sessions"),
        (("compare", "befor", "1"), "Similar tags: before"),
        (("compare", "3", "1"), "3 has no valid run"),
        (("compare", "/nowhere.json", "1"), "No such file"),
        (("compare", "x.toml:main", "1"), "There is no baseline 'main'"),
        (("history", "--since", "tomorrow"), "--since tomorrow is no time"),
        (("history", "--sort", "colour"), "cannot be ordered by 'colour'"),
    ],
)
def test_a_name_that_selects_nothing_is_told_with_what_there_is(
    said: Said, words: tuple[str, ...], says: str
) -> None:
    said("tag", "1", "before")
    code, _, err = said(*words)
    assert code == ExitCode.INPUT
    assert says in err


@pytest.mark.parametrize(
    "words", [("note", "", "x"), ("tag", "", "x"), ("export", ""), ("compare", "", "1")]
)
def test_an_empty_name_is_no_run_and_not_all_of_them(said: Said, words: tuple[str, ...]) -> None:
    code, out, err = said(*words)
    assert (code, out) == (ExitCode.INPUT, "")
    assert "is not a run number" in err
    assert "x" not in said("tag")[1].replace("runs", "")


@pytest.mark.parametrize("name", [one for one in SAMPLES if "\udcff" not in one and one])
def test_names_from_elsewhere_steer_nothing_that_shows_them(said: Said, name: str) -> None:
    with Store.open(paths.results_database()) as store:
        for cycles in (10, 11):
            made = changed(taking(cycles, toolchain=name + str(cycles)), model=name, title=name)
            run = store.begin_run(made.identity, 3)
            store.finish(run, made)
            store.note(run, name)
    several = (
        ("history",), ("history", "--json"), ("history", "--changes"),
        ("history", "--changes", "--json"), ("compare", "4", "5"),
        ("compare", "4", "5", "--format", "markdown"), ("compare", "4", "5", "--json"),
    )  # fmt: skip
    for words in several:
        code, out, err = said(*words)
        assert code == ExitCode.OK
        assert all(is_seen(sign) or sign == "\n" for sign in out + err), words
        if "--json" in words:
            exact = json.dumps(name, ensure_ascii=False)[1:-1]
            assert exact in json.dumps(json.loads(out), ensure_ascii=False)
