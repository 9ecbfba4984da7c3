"""How the command line opens the terminal interface, and what it refuses before that."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import tinylab.app
from tests.fakes.records import session
from tinylab.app import Closed
from tinylab.bench.plan.plan import Options
from tinylab.cli.main import main
from tinylab.errors import ExitCode
from tinylab.results.record import RunDocument
from tinylab.screens.selection import StartRequest


class Opened:
    """Stands in for the interface: what it was opened with, and the results it closes with."""

    def __init__(self) -> None:
        self.times = 0
        self.asked = StartRequest()
        self.picture: str | None = None
        self.document: RunDocument | None = None

    def __call__(self, asked: Callable[[], StartRequest], picture: str | None) -> Closed:
        self.times += 1
        self.asked = asked()
        self.picture = picture
        return Closed(self.document)


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Opened:
    made = Opened()
    monkeypatch.delenv("TINYLAB_DEBUG", raising=False)
    monkeypatch.setattr(tinylab.app, "run_app", made)
    return made


def at_a_terminal(*words: str) -> int:
    """The exit code of `tinylab WORDS`; pytest changes its streams until the test begins."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys.stdin, "isatty", lambda: True)
        patch.setattr(sys.stdout, "isatty", lambda: True)
        return main(words)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--compression", "x3"], "one of none, x4, x8, auto"),
        (["--inferences", "0"], "--inferences takes a whole number from 1 to 10,000,000, not"),
        (["--inferences", "many"], "--inferences takes a whole number from 1 to 10,000,000, not"),
        (["--min-time", "-1"], "seconds from 0 to 3,600"),
        (["--min-time", "nan"], "seconds from 0 to 3,600"),
        (["--warmup", "-1"], "--warmup takes a whole number from 0 to 1,000,000, not"),
        (["--warmup", "1.5"], "--warmup takes a whole number from 0 to 1,000,000, not"),
        (["--fail-fast=yes"], "explicit argument 'yes'"),
        (["--screenshot-theme", "contrast"], "one of light, dark"),
        (["--screenshot", "x.txt"], "End its name in .svg or .png"),
        (["--screenshot", "{tmp}/none/x.svg"], "there is no folder"),
        (["--runtime", "tvm"], "one of tinylab, cubeai, both"),
        (["--runtime", "cubeai", "--st-tool", "{tmp}/none"], "--st-tool takes the executable"),
        (["--st-tool", "{tmp}"], "Add --runtime cubeai"),
        (["--cubeai-dir", "{tmp}"], "`tinylab run` (or --headless) runs the code alone"),
        (["--cubeai-dir", "{tmp}", "--model", "house_price"], "no network that ST's tools"),
        (["--on", "nonsense"], "nucleo_wb55rg"),
        (["--on", "sim:nucleo_wb55rg@65"], "64 MHz"),
        (["--model", "nonsense"], "house_price"),
        (["--model", "{tmp}/none.tflite"], "There is no model file"),
    ],
)
def test_mistakes_are_told_before_a_screen_is_opened(
    words: list[str],
    says: str,
    opened: Opened,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert at_a_terminal(*(word.format(tmp=tmp_path) for word in words)) == ExitCode.INPUT
    said = capsys.readouterr()
    assert says in said.err
    assert said.out == ""
    assert opened.times == 0


def test_nothing_asked_for_opens_the_default_plan(opened: Opened) -> None:
    assert at_a_terminal() == ExitCode.OK
    assert opened.times == 1
    assert (opened.asked, opened.picture) == (StartRequest(), None)


def test_what_is_asked_for_reaches_the_bench(opened: Opened, tmp_path: Path) -> None:
    picture = tmp_path / "bench.png"
    stations = ["--on", "sim:nucleo_wb55rg@48", "--on", "nucleo_h723zg#A1"]
    options = ["--compression", "auto", "--inferences", "5", "--min-time", "2", "--fail-fast"]
    words = [*stations, "--model", "house_price", *options, "--screenshot", str(picture)]
    assert at_a_terminal(*words) == ExitCode.OK
    assert opened.asked.on == ("sim:nucleo_wb55rg@48", "nucleo_h723zg#A1")
    assert opened.asked.models == ("house_price",)
    assert opened.asked.measuring() == Options(
        compression="auto", inferences=5, min_time_s=2.0, fail_fast=True
    )
    assert opened.picture == str(picture)
    assert not picture.exists()


def test_a_warm_up_of_zero_is_asked_for_too(opened: Opened) -> None:
    assert at_a_terminal("--warmup", "0", "--min-time", "0") == ExitCode.OK
    assert opened.asked.options == {"warmup": 0, "min_time_s": 0.0}


def test_results_are_printed_when_the_interface_is_closed(
    opened: Opened, capsys: pytest.CaptureFixture[str]
) -> None:
    opened.document = session()
    assert at_a_terminal() == ExitCode.OK
    assert "32,491 /s" in capsys.readouterr().out
