"""The command line before anything is measured: grammar, speed of start, first errors."""

from __future__ import annotations

import argparse
import gc
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tinylab.cli.command_table import Command
from tinylab.cli.main import _report as report
from tinylab.cli.main import main
from tinylab.errors import CompileError, ExitCode, InternalError, every_error

HEAVY = ("numpy", "pyocd", "numba", "unicorn", "textual", "tensorflow", "rich", "sqlite3")


@pytest.fixture(autouse=True)
def data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TINYLAB_DATA_DIR", str(tmp_path))
    monkeypatch.delenv("TINYLAB_DEBUG", raising=False)
    return tmp_path


def loaded_by(*arguments: str, cache: Path | None = None) -> tuple[int, set[str]]:
    """The exit code of a command in a process of its own, and what heavy things it imported.

    `cache` is the folder that the command may keep things in.
    """
    program = (
        "import sys\n"
        "from tinylab.cli.main import main\n"
        "try: code = main(sys.argv[1:])\n"
        "except SystemExit as exit: code = exit.code\n"
        f"print('LOADED', *(name for name in {HEAVY} if name in sys.modules))\n"
        "sys.exit(code)"
    )
    environment = os.environ | ({"TINYLAB_CACHE_DIR": str(cache)} if cache else {})
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        capture_output=True,
        text=True,
        check=False,
        env=environment,
    )
    return done.returncode, set(done.stdout.split("LOADED")[1].split())


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--help"], 0),
        (["--version"], 0),
        (["models", "--help"], 0),
        (["doctor", "--help"], 0),
        (["run", "--help"], 0),
        (["help", "firmware"], 0),
        (["--frobnicate"], 2),
        (["--headless", "--inferences", "many"], 2),
        (["run", "--time", "main"], 2),
        (["firmware", "x.elf", "--calls", "3"], 2),
        (["nonsense"], 2),
        (["-o", "run.json"], 2),
    ],
)
def test_help_and_mistakes_in_the_arguments_load_nothing_heavy(
    arguments: list[str], code: int
) -> None:
    assert loaded_by(*arguments) == (code, set())


def test_garbage_is_collected_rarely_during_a_command(monkeypatch: pytest.MonkeyPatch) -> None:
    """Importing what a run needs would otherwise collect hundreds of times."""
    seen: list[int] = []

    def run(_command: Command, _arguments: argparse.Namespace) -> int:
        seen.append(gc.get_threshold()[0])
        return 0

    before = gc.get_threshold()
    monkeypatch.setattr(Command, "run", run)
    assert main(["models"]) == 0
    assert seen[0] > 10 * before[0]
    assert gc.get_threshold() == before


def test_nothing_is_searched_for_garbage_when_the_process_ends() -> None:
    """The search takes a fifth of the time of importing."""
    program = (
        "import atexit, gc\n"
        "atexit.register(lambda: print(gc.get_freeze_count() > 1000))\n"
        "import tinylab.cli.main"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout == "True\n"


@pytest.mark.parametrize("command", ["probes", "boards", "models", "doctor"])
def test_listings_compile_no_cycle_model(command: str, tmp_path: Path) -> None:
    """Listing virtual boards builds none: neither Numba nor the emulator is loaded."""
    code, loaded = loaded_by(command, "--json", cache=tmp_path)
    assert code in (ExitCode.OK, ExitCode.STATION)  # the doctor may find USB amiss
    assert loaded.isdisjoint({"numba", "unicorn"})
    assert not (tmp_path / "numba").exists()


def test_importing_the_interface_loads_neither_tensorflow_nor_pyocd_nor_numba() -> None:
    program = (
        "import sys, tinylab.app\n"
        "print(*(n for n in ('tensorflow', 'pyocd', 'numba', 'unicorn', 'numpy')"
        " if n in sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == []


def test_without_a_terminal_the_interface_says_what_to_do(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main([]) == ExitCode.INPUT
    assert "requires a terminal" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [
        ["-o", "x.json"],
        ["--format", "csv"],
        ["--baseline", "x.json"],
        ["--max-regress", "3"],
        ["--max-regress", "0"],
        ["--wait", "5"],
    ],
)
def test_what_only_headless_does_asks_for_headless(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == ExitCode.INPUT
    assert f"{arguments[0].replace('-o', '--output')} is an option of" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--wait", "long"], "--wait takes seconds from 0 to 604,800, not 'long'."),
        (["--wait", "-1"], "--wait takes seconds from 0 to 604,800, not '-1'."),
        (["--wait", "nan"], "--wait takes seconds from 0 to 604,800, not 'nan'."),
        (["--firmware", "x.elf", "--calls", "2.5"], "--calls takes a whole number from 1 to 10,"),
        (["--firmware", "x.elf", "--time-limit", "0"], "--time-limit takes seconds, more than 0"),
    ],
)
def test_a_number_that_is_none_or_out_of_range_says_what_may_be_given(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--headless", *arguments]) == ExitCode.INPUT
    assert said in capsys.readouterr().err


def test_an_error_is_said_in_three_parts(capsys: pytest.CaptureFixture[str]) -> None:
    error = CompileError("It does not compile.", remedy="Mend it.", details="a.c:1: error\n  ^")
    assert report(error, argparse.Namespace()) == ExitCode.BUILD
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err == ("tinylab: It does not compile.\n  Mend it.\n    a.c:1: error\n      ^\n")


def test_a_bug_is_one_sentence_and_has_a_code_of_its_own(
    capsys: pytest.CaptureFixture[str],
) -> None:
    code = report(ZeroDivisionError("division by zero"), argparse.Namespace())
    assert code == ExitCode.INTERNAL == 70
    assert [kind for kind in every_error() if kind.exit_code == code] == [InternalError]
    said = capsys.readouterr().err
    assert "ZeroDivisionError: division by zero" in said
    assert "TINYLAB_DEBUG=1" in said
    assert "Traceback" not in said


def test_a_reader_that_goes_away_is_no_error(data_folder: Path) -> None:
    program = "from tinylab.cli.main import main; raise SystemExit(main())"
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-c", program, "boards", "--json"],
        stdout=writing,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (0, "")
