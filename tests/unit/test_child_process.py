"""Other programs: what they print, how they end, and that they never outlive tinylab."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.fakes.pids import lives
from tinylab import child_process, paths, temporary_folders
from tinylab.child_process import Ended, Program
from tinylab.errors import Interrupted

SOON_S = 30.0


def wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SOON_S
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def python(folder: Path, script: str, **options: object) -> Program:
    command = [sys.executable, "-u", "-c", script]
    program = Program(command, folder, dict(os.environ), folder / "printed")
    return Program(**{**vars(program), **options})  # type: ignore[arg-type]


def run(program: Program, heard: Callable[[str], None] = lambda _: None) -> Ended:
    return child_process.run(program, lambda: False, "Stopped.", heard)


PIDS = (
    "import os, pathlib, subprocess, sys, time; "
    "below = subprocess.Popen(['sleep', '600']); "
    "pathlib.Path('pids').write_text(f'{os.getpid()} {below.pid} '); "
    "print('begun'); time.sleep(600)"
)
"""A program that starts another one, as PlatformIO starts compilers, and comes to no end."""


def pids(folder: Path) -> list[int]:
    """Of PIDS, once both are there."""
    note = folder / "pids"
    wait_until(lambda: note.exists() and note.read_text().endswith(" "))
    return [int(pid) for pid in note.read_text().split()]


def test_lines_come_while_it_runs_and_both_streams_are_heard(tmp_path: Path) -> None:
    script = (
        "import pathlib, sys, time; print('one'); print('two', file=sys.stderr)\n"
        "while not pathlib.Path('go').exists(): time.sleep(0.01)\n"
        "print('three', end='')"
    )
    heard: list[str] = []

    def hear(line: str) -> None:
        heard.append(line)
        if line == "two":
            (tmp_path / "go").touch()

    ended = run(python(tmp_path, script), hear)
    assert heard == ["one", "two", "three"]
    assert (ended.code, ended.last_words) == (0, "one\ntwo\nthree")


def test_of_a_quiet_one_only_errors_are_kept(tmp_path: Path) -> None:
    script = "import sys; print('result'); print('trouble', file=sys.stderr); sys.exit(3)"
    ended = run(python(tmp_path, script, quiet=True))
    assert (ended.code, ended.last_words, ended.how) == (3, "trouble\n", "ended with trouble")


@pytest.mark.parametrize(
    ("script", "how"),
    [
        ("raise SystemExit(7)", "ended with exit code 7"),
        ("raise ValueError('no such layer.')", "ended with ValueError: no such layer"),
        ("import os; os.abort()", "was terminated by signal 6"),
        ("import os; os.kill(os.getpid(), 9)", "was terminated by signal 9"),
        ("import os; os.kill(os.getpid(), 15)", "was terminated by signal 15"),
    ],
)
def test_how_it_ended_is_said(script: str, how: str, tmp_path: Path) -> None:
    assert run(python(tmp_path, script)).how == how


def test_it_gets_its_arguments_environment_and_folder_and_nothing_to_read(tmp_path: Path) -> None:
    script = (
        "import os, sys; print(sys.argv[1:], sorted(os.environ), os.getcwd(), sys.stdin.read())"
    )
    given = python(tmp_path, script)
    command = [*given.command, "a b", "", "ä"]
    ended = run(Program(command, tmp_path, {"LC_ALL": "C.UTF-8", "OWN": "x"}, given.printed))
    names = ["LC_ALL", "OWN"]
    assert ended.last_words == f"{['a b', '', 'ä']} {names} {tmp_path} \n"


def test_signals_work_in_it_as_usual(tmp_path: Path) -> None:
    """What its leader and Python ignore, it does not."""
    script = "grep SigIgn /proc/self/status"
    program = Program(["sh", "-c", script], tmp_path, dict(os.environ), tmp_path / "printed")
    ignored = int(run(program).last_words.split()[1], 16)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGPIPE):
        assert not ignored & 1 << number - 1


def test_a_file_descriptor_is_inherited_if_it_is_to_be(tmp_path: Path) -> None:
    with (tmp_path / "held").open("w") as file:
        script = f"import os; os.write({file.fileno()}, b'x')"
        assert run(python(tmp_path, script)).code == 1
        assert run(python(tmp_path, script, keeps=(file.fileno(),))).code == 0


@pytest.mark.parametrize(
    ("name", "error"), [("missing", FileNotFoundError), ("printed", PermissionError)]
)
def test_what_cannot_be_started_says_why(name: str, error: type[OSError], tmp_path: Path) -> None:
    program = str(tmp_path / name)
    with pytest.raises(error) as caught:
        run(Program([program], tmp_path, {}, tmp_path / "printed"))
    assert caught.value.filename == program


def test_when_it_is_cancelled_nothing_that_it_started_is_left(tmp_path: Path) -> None:
    with pytest.raises(Interrupted, match=r"The build was stopped\."):
        child_process.run(
            python(tmp_path, PIDS), lambda: bool(pids(tmp_path)), "The build was stopped."
        )
    assert not any(map(lives, pids(tmp_path)))


def test_what_takes_too_long_is_stopped(tmp_path: Path) -> None:
    ended = run(python(tmp_path, PIDS, limit_s=3.0))
    assert ended.how == "took longer than 3 s and was stopped"
    assert not any(map(lives, pids(tmp_path)))


def test_an_error_of_the_listener_stops_it(tmp_path: Path) -> None:
    def fail(_line: str) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run(python(tmp_path, PIDS), fail)
    assert not any(map(lives, pids(tmp_path)))


def test_one_that_is_asked_to_stop_may_tidy_up(tmp_path: Path) -> None:
    script = (
        "import pathlib, signal, sys, time\n"
        "def end(*_): pathlib.Path('tidied').touch(); sys.exit()\n"
        "signal.signal(signal.SIGTERM, end); print('begun'); time.sleep(600)"
    )
    begun: list[str] = []
    with pytest.raises(Interrupted):
        child_process.run(python(tmp_path, script), lambda: bool(begun), "Stopped.", begun.append)
    assert (tmp_path / "tidied").exists()


PARENT = f"""
import os, threading
from pathlib import Path
from tinylab import child_process, temporary_folders
from tinylab.child_process import Program

def work():
    with temporary_folders.make() as place:
        Path("place").write_text(str(place))
        command = [{sys.executable!r}, "-u", "-c", {PIDS!r}]
        program = Program(command, Path.cwd(), dict(os.environ), place / "printed")
        child_process.run(program, lambda: False, "Stopped.")

thread = threading.Thread(target=work)
thread.start()
thread.join()
"""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_killed_tinylab_leaves_no_process_and_the_next_one_tidies_up(
    number: signal.Signals, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = tmp_path / "cache"
    monkeypatch.setenv("TINYLAB_CACHE_DIR", str(cache))
    environment = os.environ | {"PYTHONPATH": str(paths.PACKAGE.parent)}
    parent = subprocess.Popen([sys.executable, "-c", PARENT], cwd=tmp_path, env=environment)
    started = pids(tmp_path)
    assert all(map(lives, started))
    parent.send_signal(number)
    assert parent.wait() == -number
    wait_until(lambda: not any(map(lives, started)))
    left = Path((tmp_path / "place").read_text())
    assert left.is_dir()
    script = "from tinylab import temporary_folders\nwith temporary_folders.make(): pass"
    subprocess.run([sys.executable, "-c", script], check=True, env=environment)
    assert list((cache / "temporary").iterdir()) == []


def test_folders_of_processes_that_live_are_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TINYLAB_CACHE_DIR", str(tmp_path))
    with temporary_folders.make() as ours:
        process, start, *_ = ours.name.split("-")
        elsewhere = ours.with_name(f"{process}-{start}-another-host-abc")
        followed = ours.with_name(ours.name.replace(start, "1000000000.00"))
        foreign = ours.with_name("notes")
        for folder in (elsewhere, followed, foreign):
            folder.mkdir()
        temporary_folders.sweep()
        assert ours.is_dir()
        assert elsewhere.is_dir()
        assert foreign.is_dir()
        assert not followed.exists(), "the process number belongs to another process now"
    assert not ours.exists()


def test_without_a_cache_folders_are_with_the_systems(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("TINYLAB_CACHE_DIR", str(tmp_path / "file" / "x"))
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(tmp_path))
    with temporary_folders.make() as folder:
        assert folder.is_relative_to(tmp_path / f"tinylab-{os.getuid()}")
