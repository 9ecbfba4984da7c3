"""A stream that fails costs nothing else: files, database, verdict and exit code stay the same."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

import pytest

from tests.fakes.records import session as fixed_session
from tests.fakes.scripted import Scripted
from tests.fakes.streams import FAILING, full, outcome
from tinylab.cli import headless as command
from tinylab.cli.command_table import COMMANDS
from tinylab.errors import ExitCode, LinkError
from tinylab.options.option import (
    CHOOSE,
    COMPARE,
    EXPORT,
    FIRMWARE,
    INTERFACE,
    MANIFEST,
    MODELS,
    NOTE,
    OPTION_BYTES,
    RUN,
    TAG,
    VERIFY,
)
from tinylab.results.record import RunDocument
from tinylab.results.store import RunState, Store

RUN_WORDS = ["run", "--on", "sim:nucleo_wb55rg@48,64", "--on", "sim:nucleo_h723zg@180,550"]
WORDS = {EXPORT: ["last"], MODELS: ["house_price"], COMPARE: ["last", "last"]}
OTHERS = (INTERFACE, RUN, FIRMWARE, OPTION_BYTES, VERIFY, NOTE, TAG, MANIFEST, CHOOSE)
LISTINGS = [
    [command.name, *WORDS.get(command.name, [])]
    for command in COMMANDS
    if command.name
    not in (INTERFACE, RUN, FIRMWARE, OPTION_BYTES, VERIFY, NOTE, TAG, MANIFEST, CHOOSE)
]
TINYLAB = [sys.executable, "-m", "tinylab"]


@pytest.fixture(autouse=True)
def data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    monkeypatch.setenv("TINYLAB_DATA_DIR", str(folder))
    monkeypatch.delenv("TINYLAB_DEBUG", raising=False)
    return folder


@pytest.fixture
def scripted(monkeypatch: pytest.MonkeyPatch) -> Scripted:
    """What `tinylab run` executes."""
    made = Scripted()
    monkeypatch.setattr(command.headless, "__defaults__", (made,))
    return made


@FAILING
@pytest.mark.parametrize("name", ["stdout", "stderr"])
@pytest.mark.parametrize("shown", ["table", "json"])
def test_a_run_is_the_same_with_a_stream_that_fails(
    failing, name: str, shown: str, scripted: Scripted, tmp_path: Path, data_folder: Path
) -> None:  # type: ignore[no-untyped-def]
    target = tmp_path / "run.json"
    with failing() as stream:
        words = [*RUN_WORDS, "--format", shown, "-o", str(target)]
        code, out, err = outcome(words, **{name: stream})
    lost = failing is full and name == "stdout"
    assert code == (ExitCode.INPUT if lost else ExitCode.OK)
    assert ("tinylab: Standard output cannot be written: No space left" in err) is lost
    assert "[12/12]" in err or name == "stderr"
    assert out or name == "stdout"
    assert len(RunDocument.parse(target.read_text(), "run.json").rows) == 12
    with Store.open(data_folder / "results.sqlite") as store:
        assert [run.state for run in store.last_session()] == [RunState.DONE] * 12


@FAILING
@pytest.mark.parametrize("name", ["stdout", "stderr"])
def test_a_failure_keeps_its_exit_code(failing, name: str, scripted: Scripted) -> None:  # type: ignore[no-untyped-def]
    scripted.failing[3] = LinkError("Gone.")
    with failing() as stream:
        assert outcome(RUN_WORDS, **{name: stream})[0] == ExitCode.LINK


@FAILING
@pytest.mark.parametrize(("factor", "code"), [(1.0, ExitCode.OK), (0.9, ExitCode.REGRESSION)])
def test_the_verdict_of_the_baseline_stays(
    failing, factor: float, code: ExitCode, scripted: Scripted, tmp_path: Path
) -> None:  # type: ignore[no-untyped-def]
    document = fixed_session().to_json() | {"failures": []}
    for row in document["rows"]:  # type: ignore[attr-defined]
        for figure in ("median", "median_low", "median_high"):
            row["cycles"][figure] *= factor
        row["valid"] = True
    before = tmp_path / "before.json"
    before.write_text(json.dumps(document))
    with failing() as stream:
        assert outcome([*RUN_WORDS, "--baseline", str(before)], stderr=stream)[0] == code


@FAILING
@pytest.mark.parametrize("words", LISTINGS, ids=" ".join)
@pytest.mark.parametrize("json_too", [False, True])
def test_every_listing_has_its_own_code_or_says_that_it_is_lost(
    failing, words: list[str], json_too: bool, scripted: Scripted
) -> None:  # type: ignore[no-untyped-def]
    outcome(RUN_WORDS)
    words = [*words, "--json"] if json_too else words
    usual, printed, _ = outcome(words)
    with failing() as stream:
        code, _, err = outcome(words, stdout=stream)
    assert code == (max(usual, ExitCode.INPUT) if failing is full else usual)
    assert ("Standard output cannot be written" in err) is (failing is full)
    with failing() as stream:
        code, out, _ = outcome(words, stderr=stream)
    assert code == usual
    assert len(out) == pytest.approx(len(printed), abs=100)  # free bytes, seconds


@FAILING
@pytest.mark.parametrize("words", [["--help"], ["run", "--help"], ["--version"]])
def test_help_is_an_output_like_any(failing, words: list[str]) -> None:  # type: ignore[no-untyped-def]
    with failing() as stream:
        code, _, err = outcome(words, stdout=stream)
    assert code == (ExitCode.INPUT if failing is full else ExitCode.OK)
    assert ("No space left" in err) is (failing is full)


@FAILING
@pytest.mark.parametrize(
    "words", [["--nonsense"], ["run", "--format"], ["models", "none", "--json"]]
)
def test_an_error_keeps_its_code(failing, words: list[str]) -> None:  # type: ignore[no-untyped-def]
    for name in ("stdout", "stderr"):
        with failing() as stream:
            assert outcome(words, **{name: stream})[0] == ExitCode.INPUT


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize(
    ("redirection", "code", "out", "err"),
    [
        ("", 0, True, False),
        (">/dev/full", 2, False, True),
        ("2>/dev/full", 0, True, False),
        (">/dev/full 2>&1", 2, False, False),
        (">&-", 0, False, False),
        ("2>&-", 0, True, False),
        ("<&- >&- 2>&-", 0, False, False),
        ("| true", 0, False, False),
        ("| head -c1", 0, True, False),
        ("2>&1 | true", 0, False, False),
    ],
)
def test_streams_as_the_shell_connects_them(
    redirection: str, code: int, out: bool, err: bool, unbuffered: str
) -> None:
    done = subprocess.run(
        ["bash", "-c", f'set -o pipefail; "$@" {redirection}', "bash", *TINYLAB, "boards"],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PYTHONUNBUFFERED": unbuffered},
    )
    assert (done.returncode, bool(done.stdout), bool(done.stderr)) == (code, out, err)
    assert "Exception" not in done.stderr


def test_an_error_is_never_printed_on_standard_output() -> None:
    done = subprocess.run(
        ["bash", "-c", '"$@" 2>&-', "bash", *TINYLAB, "--nonsense"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (ExitCode.INPUT, "")


def test_a_full_pipe_that_does_not_block_gets_everything() -> None:
    """Another program may have set it so."""
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    filled = 0
    with suppress(BlockingIOError):
        while True:
            filled += os.write(writing, b" " * 4096)
    got: list[bytes] = []

    def read() -> None:
        with open(reading, "rb") as pipe:
            got.append(pipe.read())

    reader = threading.Timer(0.2, read)
    reader.start()
    with open(writing, "w", encoding="utf-8") as stream:
        code, _, err = outcome(["boards", "--json"], stdout=stream)
    reader.join()
    assert (code, err) == (ExitCode.OK, "")
    assert len(json.loads(got[0][filled:])) > 3
