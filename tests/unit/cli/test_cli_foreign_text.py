"""Names from files and messages of tools on standard output and standard error."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings

from tests import hostile_text
from tests.fakes.keras_files import dense, numbers, sequential, write_keras
from tests.fakes.streams import outcome
from tests.unit.test_display_text import hidden
from tinylab.bench.firmware.firmware_events import Heard
from tinylab.bench.plan.events import RunFailed, Stage, StageProgress, Warned
from tinylab.bench.plan.plan import Options, make_plan, parse_station
from tinylab.cli import log_lines
from tinylab.cli.firmware import Narration
from tinylab.cli.output import print_error, print_error_document, print_listing
from tinylab.cli.progress import Bars, Lines
from tinylab.errors import ExitCode, LinkError

NAME = "\x1b]0;title\x07[bold]\n::error::\u202e"
SHOWN = r"\x1b]0;title\x07[bold]\n::error::\u202e"


@pytest.fixture
def model(tmp_path: Path) -> Path:
    weights = [numbers(4, 2), numbers(2)]
    config = sequential(dense("dense", 2))
    return write_keras(tmp_path / f"{NAME}.keras", config, {"layers/dense": weights})


def printed(*words: str) -> tuple[int, str, str]:
    code, out, err = outcome(list(words))
    assert not hidden(out + err, but="\n")
    return code, out, err


def test_a_name_of_a_file_is_shown_and_not_obeyed(model: Path) -> None:
    code, out, _ = printed("models", str(model))
    assert code == ExitCode.OK
    assert len([line for line in out.splitlines() if line.startswith(SHOWN)]) == 1


def test_json_has_the_exact_name(model: Path) -> None:
    _, out, _ = printed("models", str(model), "--json")
    assert json.loads(out)["title"] == NAME


def test_a_kind_of_layer_in_an_error_is_shown_and_not_obeyed(tmp_path: Path) -> None:
    layer = {"class_name": NAME, "config": {"name": "first"}}
    path = write_keras(tmp_path / "odd.keras", sequential(layer), {})
    code, out, err = printed("models", str(path), "--json")
    assert code == ExitCode.INPUT
    assert SHOWN in err
    assert SHOWN in json.loads(out)["error"]["message"]


@given(hostile_text.names)
@settings(max_examples=40)
def test_nothing_that_is_printed_holds_a_hidden_sign(name: str) -> None:
    plan = make_plan(["house_price"], [parse_station("sim:nucleo_wb55rg@64")], Options())
    [job] = plan.jobs
    error = LinkError(name, remedy=name, details=name)
    with pytest.MonkeyPatch.context() as patch:
        out, err = io.StringIO(), io.StringIO()
        patch.setattr(sys, "stdout", out)
        patch.setattr(sys, "stderr", err)
        print_error(error)
        print_error_document(error)
        print_listing(("one", "two"), [(name, "x")])
        log_lines.on_stderr(name)
        with Lines(plan) as lines:
            lines.take(Warned(job, name))
            lines.take(StageProgress(job, Stage.LOAD, 0.5, name))
            lines.take(RunFailed(job, error))
        for bare in (True, False):
            narration = Narration(serial_is_result=bare)
            narration.take(Heard(parse_station("sim:nucleo_wb55rg"), name))
            narration.say(name)
    assert not hidden(out.getvalue() + err.getvalue(), but="\n\t")


def test_bars_show_names_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither markup nor the names of pictures mean anything in them."""
    plan = make_plan(["house_price"], [parse_station("sim:nucleo_wb55rg@64")], Options())
    [job] = plan.jobs
    err = io.StringIO()
    monkeypatch.setattr(sys, "stderr", err)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("TTY_COMPATIBLE", "1")
    with Bars(plan) as bars:
        bars.take(StageProgress(job, Stage.BUILD, 0.5, "[red]:smile:\x1b[2J[/]"))
        bars.take(Warned(job, "[red]:smile:\x1b[2J[/]"))
    text = err.getvalue()
    assert text.count(r"[red]:smile:\x1b[2J[/]") == 2
    assert "\x1b[2J" not in text


@pytest.mark.parametrize(
    ("encoding", "seen"), [("ascii", "+-2 %"), ("latin-1", "±2 %"), ("cp437", "±2 %")]
)
def test_what_the_encoding_lacks_is_readable_all_the_same(
    encoding: str, seen: str, tmp_path: Path
) -> None:
    code = (
        "import sys; from tinylab.cli import streams\n"
        "with streams.guarded():\n"
        "    print('1.5 µs ±2 % … \\udcff')\n"
        "    print('1.5 µs ±2 % …', file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONIOENCODING": encoding, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        check=True,
    )
    micro = "us" if encoding == "ascii" else "µs"
    assert done.stdout.decode(encoding) == f"1.5 {micro} {seen} ... ?\n"
    assert done.stderr.decode(encoding) == f"1.5 {micro} {seen} ...\n"
