"""Headless runs from the command line's words to files and exit codes, with a scripted session."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.records import session as fixed_session
from tests.fakes.scripted import Scripted
from tinylab.bench.plan.events import Event
from tinylab.bench.plan.plan import Plan
from tinylab.cli.arguments import parse
from tinylab.cli.headless import headless
from tinylab.cli.main import main
from tinylab.cli.output import wants_json
from tinylab.cli.progress import Lines
from tinylab.errors import (
    BuildError,
    ClockError,
    DoesNotFit,
    ExitCode,
    InputError,
    LinkError,
    MeasurementError,
    OutputError,
    UnknownName,
)
from tinylab.options import formats
from tinylab.results.record import RunDocument
from tinylab.results.store import Store
from tinylab.results.stored_run import RunState
from tinylab.units import either

STUDY = ["--on", "sim:nucleo_wb55rg@48,64", "--on", "sim:nucleo_h723zg@180,550"]

STOPPED = """
import sys
from tests.fakes.scripted import Scripted
from tinylab.cli.arguments import parse
from tinylab.cli.headless import headless
session = Scripted(hold=5)
class Loud(Scripted):
    def _run(self, *arguments):
        for event in super()._run(*arguments):
            yield event
            if type(event).__name__ == "Samples" and event.job.index == self.hold:
                print("HOLDING", file=sys.stderr, flush=True)
sys.exit(headless(parse(sys.argv[1:]), Loud(hold=5)))
"""


@pytest.fixture(autouse=True)
def data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    monkeypatch.setenv("TINYLAB_DATA_DIR", str(folder))
    return folder


def run(*arguments: str, session: Scripted | None = None) -> int:
    words = ["--headless", *STUDY, *arguments]
    return headless(parse(words), session or Scripted())


def test_the_tables_go_to_stdout_and_the_narration_to_stderr(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run() == ExitCode.OK
    said = capsys.readouterr()
    assert said.out.startswith("Time per inference\n")
    assert "32,491 /s SIM" in said.out
    assert "[12/12]" in said.err
    assert "house_price on sim:nucleo_wb55rg at 48 MHz: build 0.2 s" in said.err
    assert "house_price on sim:nucleo_wb55rg at 48 MHz: 0.719 ms, 34,532 cycles" in said.err
    assert "[12/12]" not in said.out


def test_json_on_stdout_is_the_documented_schema(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--format", "json") == ExitCode.OK
    document = RunDocument.parse(capsys.readouterr().out, "stdout")
    assert len(document.rows) == 12
    assert all(row.valid for row in document.rows)


def test_files_take_their_format_from_their_suffix(tmp_path: Path) -> None:
    names = ("run.json", "run.csv", "run.md", "run.html")
    files = [word for name in names for word in ("-o", str(tmp_path / name))]
    assert run(*files, "--screenshot", str(tmp_path / "run.PNG")) == ExitCode.OK
    assert json.loads((tmp_path / "run.json").read_text())["schema"] == "tinylab.run/1"
    assert (tmp_path / "run.csv").read_text().startswith("state,error,model,")
    assert (tmp_path / "run.md").read_text().startswith("## Time per inference")
    assert (tmp_path / "run.html").read_text().startswith("<!doctype html>")
    assert (tmp_path / "run.PNG").read_bytes().startswith(b"\x89PNG")
    assert {path.name for path in tmp_path.iterdir()} == {*names, "run.PNG", "data"}


def test_every_batch_and_record_is_in_the_database(data_folder: Path) -> None:
    run()
    with Store.open(data_folder / "results.sqlite") as store:
        runs = store.last_session()
        assert [r.state for r in runs] == [RunState.DONE] * 12
        assert store.samples(runs[0].id).tolist() == [34_532] * 6


@pytest.mark.parametrize(
    ("failing", "code"),
    [
        ({3: BuildError("It does not link.")}, ExitCode.BUILD),
        ({3: BuildError("It does not link."), 5: LinkError("Gone.")}, ExitCode.LINK),
        ({0: MeasurementError("Wrong output."), 5: LinkError("Gone.")}, ExitCode.MEASUREMENT),
    ],
)
def test_failed_rows_spoil_the_code_not_the_results(
    failing: dict[int, BuildError], code: ExitCode, tmp_path: Path
) -> None:
    target = tmp_path / "run.json"
    assert run("-o", str(target), session=Scripted(failing)) == code
    document = RunDocument.parse(target.read_text(), "run.json")
    assert len(document.rows) == 12 - len(failing)
    assert [f.error.message for f in document.failures] == [e.message for e in failing.values()]


def test_fail_fast_stops_there_with_the_failures_own_code(tmp_path: Path) -> None:
    target = tmp_path / "run.json"
    code = run("-o", str(target), "--fail-fast", session=Scripted({4: LinkError("Gone.")}))
    assert code == ExitCode.LINK
    document = RunDocument.parse(target.read_text(), "run.json")
    assert len(document.rows) == 4
    assert len(document.failures) == 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_ends_cleanly_with_130_and_keeps_what_was_measured(
    number: signal.Signals, tmp_path: Path, data_folder: Path
) -> None:
    target = tmp_path / "run.json"
    words = ["--headless", *STUDY, "-o", str(target)]
    with subprocess.Popen(
        [sys.executable, "-c", STOPPED, *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as child:
        assert child.stderr is not None
        for line in child.stderr:
            if line == "HOLDING\n":
                break
        os.kill(child.pid, number)
        out, err = child.communicate()
    assert child.returncode == ExitCode.INTERRUPTED, err
    assert "Stopping; measured samples are kept." in err
    assert "Traceback" not in err
    assert "0.719 ms SIM" in out
    document = RunDocument.parse(target.read_text(), "run.json")
    assert document.interrupted
    assert len(document.rows) == 5
    with Store.open(data_folder / "results.sqlite") as store:
        states = [r.state for r in store.last_session()]
    assert states == [RunState.DONE] * 5 + [RunState.INTERRUPTED]


def test_a_bug_in_mid_session_does_not_cost_what_was_measured(tmp_path: Path) -> None:
    class Broken(Scripted):
        def _run(self, job, plan, store, cancelled):  # type: ignore[no-untyped-def]
            if job.index == 3:
                raise ZeroDivisionError
            yield from super()._run(job, plan, store, cancelled)

    target = tmp_path / "run.json"
    with pytest.raises(ZeroDivisionError):
        run("-o", str(target), session=Broken())
    assert len(RunDocument.parse(target.read_text(), "run.json").rows) == 3


class Untouched(Scripted):
    """A session that must not begin."""

    def __call__(self, *_: object):  # type: ignore[no-untyped-def, override]
        raise AssertionError("something was measured")


@pytest.mark.parametrize(
    ("words", "error", "says"),
    [
        (["-o", "{tmp}/none/run.json"], OutputError, r"there is no folder .*none.*mkdir -p"),
        (["-o", "{tmp}"], InputError, "The format of"),
        (["-o", "{tmp}/folder.md"], OutputError, "is a folder"),
        (["-o", "{tmp}/run.xlsx"], InputError, re.escape(either(formats.documents()))),
        (["--screenshot", "{tmp}/run.gif"], InputError, r"\.svg or \.png"),
        (["-o", "{tmp}/a.md", "-o", "{tmp}/./a.md"], InputError, "named twice"),
        (["-o", "/proc/run.json"], OutputError, "cannot be written"),
        (["--baseline", "{tmp}/none.json"], InputError, "cannot be used"),
        (["--max-regress", "3"], InputError, "Add --baseline"),
        (["--on", "sim:nucleo_wb55"], UnknownName, "nucleo_wb55rg"),
        (["--on", "sim:nucleo_wb55rg@48"], InputError, "Two plans"),
        (["--inferences", "0"], InputError, "--inferences takes a whole number from 1"),
        (["--compression", "x3"], InputError, "--compression takes one of none, x4"),
        (
            ["--runtime", "other"],
            InputError,
            "--runtime takes one of tinylab, cubeai, both, not 'other'",
        ),
    ],
)
def test_bad_input_is_refused_before_anything_is_measured(
    words: list[str], error: type[InputError], says: str, tmp_path: Path
) -> None:
    (tmp_path / "folder.md").mkdir()
    with pytest.raises(error, match=says):
        run(*(word.format(tmp=tmp_path) for word in words), session=Untouched())


def test_a_clock_the_part_cannot_run_names_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    words = parse(["--headless", "--on", "sim:nucleo_wb55rg@65"])
    with pytest.raises(ClockError, match="64 MHz"):
        headless(words, Untouched())
    assert main(["--headless", "--on", "sim:nucleo_wb55rg@65"]) == ExitCode.INPUT
    assert "64 MHz" in capsys.readouterr().err


def test_checking_an_output_changes_nothing_in_it(tmp_path: Path) -> None:
    target = tmp_path / "run.md"
    target.write_text("precious")
    with pytest.raises(InputError):
        run("-o", str(target), "--inferences", "0", session=Untouched())
    assert target.read_text() == "precious"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data", "run.md"]


def test_a_written_file_keeps_its_mode_and_its_link(tmp_path: Path) -> None:
    target, link = tmp_path / "run.md", tmp_path / "link.md"
    target.write_text("old")
    target.chmod(0o640)
    link.symlink_to(target)
    assert run("-o", str(link)) == ExitCode.OK
    assert link.is_symlink()
    assert target.read_text().startswith("## Time")
    assert target.stat().st_mode & 0o777 == 0o640


def test_a_file_that_fails_at_the_end_costs_no_other(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()

    class Vanishing(Scripted):
        def __call__(self, plan, store, cancelled):  # type: ignore[no-untyped-def]
            yield from super().__call__(plan, store, cancelled)
            folder.rmdir()

    files = ["-o", str(folder / "run.md"), "-o", str(tmp_path / "run.json")]
    assert run(*files, session=Vanishing()) == ExitCode.INPUT
    said = capsys.readouterr()
    assert "tinylab export last -o FILE" in said.err
    assert "Time per inference" in said.out
    assert (tmp_path / "run.json").exists()


def test_a_baseline_as_fast_is_no_regression(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = tmp_path / "before.json"
    assert run("-o", str(before)) == ExitCode.OK
    assert run("--baseline", str(before)) == ExitCode.OK
    assert capsys.readouterr().err.count(": time same") == 12


def test_a_faster_baseline_is_a_regression(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document = fixed_session().to_json() | {"failures": []}
    for row in document["rows"]:  # type: ignore[attr-defined]
        for name in ("median", "median_low", "median_high"):
            row["cycles"][name] *= 0.9
        row["valid"] = True
    before = tmp_path / "before.json"
    before.write_text(json.dumps(document))
    assert run("--baseline", str(before)) == ExitCode.REGRESSION
    assert (
        "time 1.111x slower (+11.11 % cycles), more than 0 %: REGRESSION" in capsys.readouterr().err
    )
    assert run("--baseline", str(before), "--max-regress", "15") == ExitCode.OK


def test_a_baseline_that_is_no_such_document_is_refused_at_once(tmp_path: Path) -> None:
    bad = tmp_path / "bad.json"
    bad.write_text('{"schema": "somebody.else/2"}')
    with pytest.raises(InputError, match=r"somebody\.else/2"):
        run("--baseline", str(bad), session=Untouched())


def test_a_failure_is_exported_as_it_was_told(capsys: pytest.CaptureFixture[str]) -> None:
    told = DoesNotFit("It is 9 bytes too large.", remedy="Compress it.", details="in flash")
    assert run("--format", "json", session=Scripted({2: told})) == ExitCode.BUILD
    [live] = json.loads(capsys.readouterr().out)["failures"]
    assert main(["export", "last", "--json"]) == ExitCode.OK
    [kept] = json.loads(capsys.readouterr().out)["failures"]
    assert kept == live
    assert (kept["kind"], kept["exit_code"]) == ("does_not_fit", ExitCode.BUILD)
    assert (kept["remedy"], kept["details"]) == ("Compress it.", "in flash")


class BrokenAt(Scripted):
    """Ends with a bug, or as by a second Ctrl-C, in the job of this index."""

    def __init__(self, index: int, error: type[BaseException] = ZeroDivisionError) -> None:
        super().__init__()
        self.index, self.error = index, error

    def _run(self, job, plan, store, cancelled):  # type: ignore[no-untyped-def]
        if job.index == self.index:
            raise self.error("by hand")
        yield from super()._run(job, plan, store, cancelled)


def test_after_the_results_no_other_document_follows(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = parse(["--headless", *STUDY, "--format", "json"])
    assert wants_json(arguments)
    with pytest.raises(ZeroDivisionError):
        headless(arguments, BrokenAt(1))
    assert json.loads(capsys.readouterr().out)["schema"] == "tinylab.run/1"
    assert not wants_json(arguments), "its error would be a second document"


@pytest.mark.parametrize("error", [ZeroDivisionError, KeyboardInterrupt])
def test_a_session_that_breaks_before_a_result_leaves_files_as_they_are(
    error: type[BaseException], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "run.json"
    target.write_text("precious")
    arguments = parse(["--headless", *STUDY, "--format", "json", "-o", str(target)])
    with pytest.raises(error):
        headless(arguments, BrokenAt(0, error))
    assert target.read_text() == "precious"
    assert capsys.readouterr().out == ""
    assert wants_json(arguments), "its error is the document"


def test_a_session_that_is_stopped_before_a_result_leaves_files_as_they_are(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def stopped(plan: Plan, store: Store, cancelled: threading.Event) -> Iterator[Event]:
        cancelled.set()
        yield from Scripted()(plan, store, cancelled)

    target = tmp_path / "run.json"
    target.write_text("precious")
    arguments = parse(["--headless", *STUDY, "--format", "json", "-o", str(target)])
    assert headless(arguments, stopped) == ExitCode.INTERRUPTED
    assert target.read_text() == "precious"
    said = capsys.readouterr()
    assert json.loads(said.out)["interrupted"]
    assert f"{target} was kept: nothing was measured." in said.err


def test_a_bug_in_narration_does_not_end_the_measurement(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(Lines, "take", broken)
    target = tmp_path / "run.json"
    with pytest.raises(ZeroDivisionError):
        run("-o", str(target))
    assert len(RunDocument.parse(target.read_text(), "run.json").rows) == 12
