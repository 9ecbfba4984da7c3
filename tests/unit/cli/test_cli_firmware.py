"""`tinylab firmware` with a fixed session: its files, its exit code, and streams that fail."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import TextIO

import pytest

from tests.fakes.streams import FAILING, full, outcome
from tinylab.bench.firmware.firmware_events import (
    CallTimed,
    FirmwareEvent,
    FirmwareFinished,
    FirmwareStep,
    Heard,
)
from tinylab.bench.plan.plan import parse_station
from tinylab.cli import firmware as command
from tinylab.errors import ExitCode, LinkError
from tinylab.results.error_record import ErrorRecord
from tinylab.results.firmware_record import FirmwareRun, ImageRecord

Failing = Callable[[], AbstractContextManager[TextIO]]

WB = parse_station("sim:nucleo_wb55rg")
IMAGE = ImageRecord("mine.elf", "elf", "ab" * 32, 1_000)
RUN = FirmwareRun("nucleo_wb55rg", "cortex-m4", None, True, 2.0, IMAGE, calls=(64_000, 128_000))
FAILED = replace(RUN, error=ErrorRecord.of(LinkError("Gone.", remedy="Plug it in.")))


class Fixed:
    """A session that ends in these runs, and then in `error` if there is one."""

    def __init__(self) -> None:
        self.runs = [RUN]
        self.error: type[BaseException] | None = None

    def __call__(self, plan: object, cancelled: threading.Event) -> Iterator[FirmwareEvent]:
        for run in self.runs:
            yield FirmwareStep(WB, "flashed in 0.3 s")
            for text in ("frame 1\n", "frame 1\n", "frame 2\n", "the end"):
                yield Heard(WB, text)
            yield CallTimed(WB, 1, 64_000, warmup=False)
            yield FirmwareFinished(WB, run)
        if self.error is not None:
            raise self.error("by hand")


@pytest.fixture
def fixed(monkeypatch: pytest.MonkeyPatch) -> Fixed:
    made = Fixed()
    monkeypatch.setattr(command.firmware, "__defaults__", (made,))
    monkeypatch.setattr(command, "plan_firmware", lambda *_: None)
    monkeypatch.delenv("TINYLAB_DEBUG", raising=False)
    return made


def words(target: Path, *more: str) -> list[str]:
    return ["firmware", "mine.elf", "--on", "sim:nucleo_wb55rg", "-o", str(target), *more]


@FAILING
@pytest.mark.parametrize("name", ["stdout", "stderr"])
@pytest.mark.parametrize("more", [(), ("--time", "f"), ("--format", "json")])
@pytest.mark.parametrize("run", [RUN, FAILED], ids=["ok", "failed"])
def test_a_run_is_the_same_with_a_stream_that_fails(
    failing: Failing,
    name: str,
    more: tuple[str, ...],
    run: FirmwareRun,
    fixed: Fixed,
    tmp_path: Path,
) -> None:
    fixed.runs = [run]
    target = tmp_path / "run.json"
    with failing() as stream:
        code, out, err = outcome(words(target, *more), **{name: stream})
    lost = failing is full and name == "stdout"
    usual = ExitCode.OK if run.error is None else ExitCode.LINK
    assert code == (max(usual, ExitCode.INPUT) if lost else usual)
    assert ("Standard output cannot be written: No space left" in err) is lost
    assert "sim:nucleo_wb55rg: flashed in 0.3 s" in err or name == "stderr"
    assert out or name == "stdout"
    [row] = json.loads(target.read_text())["rows"]
    assert row["calls"] == [64_000, 128_000]


@pytest.mark.parametrize("error", [ZeroDivisionError, KeyboardInterrupt])
def test_a_session_that_breaks_keeps_what_has_ended(
    error: type[BaseException], fixed: Fixed, tmp_path: Path
) -> None:
    target = tmp_path / "run.json"
    fixed.error = error
    code, out, err = outcome(words(target, "--format", "json"))
    assert code in (ExitCode.INTERNAL, ExitCode.INTERRUPTED)
    assert "by hand" in err or error is KeyboardInterrupt
    assert len(json.loads(target.read_text())["rows"]) == 1
    assert json.loads(out)["schema"] == "tinylab.firmware/1", "one document, and no other"


def test_a_session_that_breaks_before_a_result_leaves_files_as_they_are(
    fixed: Fixed, tmp_path: Path
) -> None:
    target = tmp_path / "run.json"
    target.write_text("precious")
    fixed.runs, fixed.error = [], ZeroDivisionError
    code, out, _ = outcome(words(target, "--format", "json"))
    assert code == ExitCode.INTERNAL
    assert target.read_text() == "precious"
    assert json.loads(out)["schema"] == "tinylab.error/1"


def test_a_bug_in_narration_does_not_end_the_run(
    fixed: Fixed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(command.Narration, "take", broken)
    target = tmp_path / "run.json"
    fixed.runs = [RUN, RUN]
    assert outcome(words(target))[0] == ExitCode.INTERNAL
    assert len(json.loads(target.read_text())["rows"]) == 2


def test_repeated_lines_are_counted_beside_results(fixed: Fixed, tmp_path: Path) -> None:
    _, _, err = outcome(words(tmp_path / "run.json", "--time", "f"))
    said = err.splitlines()
    at = said.index("serial| frame 1")
    assert said[at : at + 3] == [
        "serial| frame 1",
        "serial|   (the same 1 times more)",
        "serial| frame 2",
    ]
