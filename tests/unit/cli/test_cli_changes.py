"""`tinylab history --changes`, from stored runs to what is printed."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tests.fakes.records import profile, record
from tinylab import paths
from tinylab.cli.main import main
from tinylab.errors import ExitCode
from tinylab.results.comparison.changes import Dated, steps
from tinylab.results.comparison.figures import figures_of
from tinylab.results.record import RunRecord
from tinylab.results.store import Store
from tinylab.stats.cycles import summarize


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TINYLAB_DATA_DIR", str(tmp_path / "data"))
    (tmp_path / "data").mkdir()


def keep(*runs: RunRecord) -> None:
    with Store.open(paths.results_database()) as store:
        for run in runs:
            store.finish(store.begin_run(run.identity), run)


def simulated(cycles: int, **changes: object) -> RunRecord:
    counted = summarize(np.full(6, cycles, np.uint64))
    return record(cycles=counted, profile=profile(), **changes)


def silicon(median: int, count: int = 40) -> RunRecord:
    spread = np.arange(median - count // 2, median + count // 2, dtype=np.uint64)
    return record(cycles=summarize(spread), simulated=False, expected_error_percent=None)


def found(*runs: RunRecord) -> list[tuple[int, str, bool]]:
    dated = [Dated(number, "", figures_of(run)) for number, run in enumerate(runs, 1)]
    return [(step.run, step.measure, step.alone) for step in steps(dated)]


def test_one_simulated_cycle_is_a_step_and_its_run_is_named(
    capsys: pytest.CaptureFixture[str],
) -> None:
    keep(*[simulated(33_531)] * 3, simulated(33_532, toolchain="gcc 14.2"), simulated(33_532))
    assert main(["history", "--changes"]) == ExitCode.OK
    out = capsys.readouterr().out
    [line] = [line for line in out.splitlines() if "house_price" in line]
    assert line.split()[0] == "4"
    for text in ("33,531", "33,532", "+0.003 %", "compiler", "gcc 14.2"):
        assert text in line


def test_exact_figures_that_move_are_steps_too() -> None:
    runs = [simulated(9), simulated(9, ram_bytes=3_001), simulated(9, ram_bytes=3_001)]
    assert found(*runs) == [(2, "ram_bytes", False)]


def test_other_boards_clocks_and_models_are_series_of_their_own() -> None:
    assert found(record(), record(column=1), record("human_activity"), record()) == []


def test_on_silicon_noise_is_no_step_and_a_drift_becomes_one() -> None:
    quiet = [silicon(100_000 + jitter) for jitter in (0, 300, -200, 500)]
    assert found(*quiet) == []
    drift = [silicon(100_000 + 400 * number) for number in range(7)]
    assert found(*drift) == [(4, "cycles", False), (7, "cycles", False)]
    assert found(*quiet, silicon(105_000), silicon(105_100)) == [(5, "cycles", False)]


def test_a_single_run_that_departs_is_told_as_such() -> None:
    runs = [silicon(100_000), silicon(120_000), silicon(100_010), silicon(100_000)]
    assert found(*runs) == [(2, "cycles", True)]


def test_as_json_and_with_nothing_to_tell(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["history", "--changes"]) == ExitCode.OK
    assert "No stored valid run fits" in capsys.readouterr().err
    keep(record("human_activity"))
    assert main(["history", "--changes"]) == ExitCode.OK
    assert "No change can be told" in capsys.readouterr().err
    keep(simulated(5), simulated(5))
    assert main(["history", "--changes"]) == ExitCode.OK
    assert "No figure moved in 3 valid runs" in capsys.readouterr().err
    keep(simulated(7))
    assert main(["history", "--changes", "--json"]) == ExitCode.OK
    [step] = json.loads(capsys.readouterr().out)
    assert (step["run"], step["previous"], step["before"], step["now"]) == (4, 3, 5, 7)


def test_the_options_select_the_runs_and_the_number_of_steps(
    capsys: pytest.CaptureFixture[str],
) -> None:
    keep(*(simulated(number) for number in range(5, 10)))
    assert main(["history", "--changes", "--limit", "2", "--json"]) == ExitCode.OK
    assert [step["run"] for step in json.loads(capsys.readouterr().out)] == [5, 4]
    assert main(["history", "--changes", "--board", "h723"]) == ExitCode.OK
    assert capsys.readouterr().out == ""
    assert main(["history", "--changes", "--purge"]) == ExitCode.INPUT


def test_an_unknown_run_is_answered_with_near_ones(capsys: pytest.CaptureFixture[str]) -> None:
    keep(*[simulated(5)] * 3)
    assert main(["export", "4"]) == ExitCode.INPUT
    assert "The nearest are: 1, 2, 3." in capsys.readouterr().err


def test_two_figures_that_differ_are_shown_different(capsys: pytest.CaptureFixture[str]) -> None:
    keep(simulated(10_000_000), simulated(10_000_001))
    assert main(["compare", "1", "2"]) == ExitCode.OK
    out = capsys.readouterr().out
    assert "1.0000001x slower (+0.00001 % cycles)" in out
    assert "ratio" in out
    assert " 1.000\n" not in out
