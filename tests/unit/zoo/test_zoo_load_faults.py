"""Loading when something else goes wrong: changed files, slow files, full disks, killed parents."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.fakes.keras_files import dense, numbers, sequential, write_h5
from tests.fakes.pids import lives
from tests.fakes.stations import wait_until
from tinylab import paths
from tinylab.errors import ModelFileError, OutputError
from tinylab.zoo import catalog, load, model_bytes
from tinylab.zoo.network import Network
from tinylab.zoo.operations import Dense
from tinylab.zoo.processes import loading_process, process_limits, second_opinion

WORKER = loading_process.COMMAND


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TINYLAB_CACHE_DIR", str(tmp_path / "cache"))


def write(path: Path, seed: int) -> Path:
    weights = [numbers(4, 2, seed=seed), numbers(2, seed=seed)]
    return write_h5(path, sequential(dense("one", 2)), {"one": weights})


def first_weight(network: Network) -> float:
    operation = network.layers[0].operation
    assert isinstance(operation, Dense)
    return float(operation.weights[0, 0])


def before_each_start(monkeypatch: pytest.MonkeyPatch, act: Callable[[], object]) -> None:
    run = loading_process.run

    def acted(*arguments: object, **more: object) -> object:
        act()
        return run(*arguments, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(loading_process, "run", acted)


def test_a_file_saved_while_it_is_loaded_is_never_kept_under_the_old_content(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, other = write(tmp_path / "net.h5", 1), write(tmp_path / "other.h5", 2)
    old = file.read_bytes()
    with monkeypatch.context() as patch:
        before_each_start(patch, lambda: other.replace(file))
        loaded = load.load(file)
    assert first_weight(loaded) == numbers(4, 2, seed=1)[0, 0]
    assert file.read_bytes() != old
    assert first_weight(load.load(file)) == numbers(4, 2, seed=2)[0, 0]
    file.write_bytes(old)
    assert first_weight(load.load(file)) == numbers(4, 2, seed=1)[0, 0]


def test_a_file_overwritten_in_place_or_deleted_while_it_is_loaded_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "net.h5"
    for act in (lambda: file.write_bytes(b"half a f"), file.unlink):
        write(file, 1)
        shutil.rmtree(tmp_path / "cache", ignore_errors=True)
        with monkeypatch.context() as patch:
            before_each_start(patch, act)
            assert first_weight(load.load(file)) == numbers(4, 2, seed=1)[0, 0]


def test_keras_is_not_asked_about_another_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(second_opinion, "find_spec", lambda name: name)
    file = write(tmp_path / "net.h5", 1)
    network = load.load(file)
    write(file, 2)
    with pytest.raises(ModelFileError, match=r"net\.h5: has changed since it was read"):
        second_opinion.ask_keras(file, network)


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        ("pipe", "net.keras: cannot be read: it is not a regular file."),
        ("device", "net.keras: cannot be read: it is not a regular file."),
        ("sparse", "net.keras: larger than 256 MiB."),
    ],
)
def test_what_is_no_regular_file_is_not_waited_for(
    tmp_path: Path, kind: str, sentence: str
) -> None:
    file = tmp_path / "net.keras"
    if kind == "pipe":
        os.mkfifo(file)
    elif kind == "device":
        file.symlink_to("/dev/zero")
    else:
        with file.open("wb") as handle:
            handle.truncate(5 * 1024**3)
    with pytest.raises(ModelFileError) as caught:
        load.load(file)
    assert caught.value.message.endswith(sentence)


SLOW = """
import pathlib, signal, sys, time
from tinylab.zoo.processes import worker
read = worker._read
def slow(path):
    {act}
    return read(path)
worker._read = slow
worker.main(sys.argv[1:])
"""


def reading(act: str) -> tuple[str, ...]:
    """The real loading process, which does something before it reads a file."""
    return (sys.executable, "-P", "-c", SLOW.format(act=act))


def test_a_slow_file_does_not_take_the_time_of_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last of twelve hangs; the others together take more than the time of one."""
    act = "time.sleep(600 if path.stem == 'net11' else 0.4)"
    monkeypatch.setattr(loading_process, "COMMAND", reading(act))
    monkeypatch.setattr(loading_process, "TIME_LIMIT_S", 3.0)
    files = [write(tmp_path / f"net{index}.h5", index) for index in range(12)]
    *others, last = load.load_each(files)
    assert all(isinstance(one, Network) for one in others)
    assert "net11.h5: the process that loads it took longer than 3 s" in str(last)


def test_endless_work_in_one_file_ends_by_the_processor_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As for code in C that never returns; no parent is needed."""
    act = "worker.limit_processor_time(1)\n    while path.stem == 'net1': pass"
    monkeypatch.setattr(loading_process, "COMMAND", reading(act))
    files = [write(tmp_path / f"net{index}.h5", index) for index in range(3)]
    first, second, third = load.load_each(files)
    assert isinstance(first, Network)
    assert isinstance(third, Network)
    assert isinstance(second, ModelFileError)
    assert f"took longer than {process_limits.CPU_LIMIT_S} s and was stopped" in second.message


def test_the_limit_of_processor_time_is_for_each_file() -> None:
    before = resource.getrlimit(resource.RLIMIT_CPU)
    used = time.process_time()
    try:
        for seconds in (1000, 2000):
            process_limits.limit_processor_time(seconds)
            limit = resource.getrlimit(resource.RLIMIT_CPU)[0]
            assert used + seconds <= limit <= time.process_time() + seconds + 1
    finally:
        resource.setrlimit(resource.RLIMIT_CPU, before)


def test_a_process_killed_for_memory_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kill = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
    monkeypatch.setattr(loading_process, "COMMAND", (sys.executable, "-c", kill))
    with pytest.raises(ModelFileError, match="was killed; the computer has probably run out of"):
        load.load(write(tmp_path / "net.h5", 1))


def test_a_full_disk_is_not_blamed_on_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the loading process writes its result."""
    act = (
        "import errno\n"
        "    def full(*_, **__): raise OSError(errno.ENOSPC, 'No space left on device')\n"
        "    worker.stored.save = full"
    )
    monkeypatch.setattr(loading_process, "COMMAND", reading(act))
    with pytest.raises(OutputError) as caught:
        load.load(write(tmp_path / "net.h5", 1))
    assert "No space left on device" in caught.value.message
    assert str(tmp_path / "cache") in caught.value.message
    assert "TINYLAB_CACHE_DIR" in caught.value.remedy


def test_a_disk_that_is_full_before_loading_is_told_as_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write(tmp_path / "net.h5", 1)
    script = (
        "import errno, pathlib, sys\n"
        "from tinylab.zoo import load\n"
        "def full(self, data): raise OSError(errno.ENOSPC, 'No space left on device')\n"
        "pathlib.Path.write_bytes = full\n"
        "try: load.load(pathlib.Path(sys.argv[1]))\n"
        "except Exception as error: print(type(error).__name__, error.message)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(file)], capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith(f"OutputError The folder {tmp_path / 'cache'}")
    assert "No space left on device" in done.stdout


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_killed_tinylab_leaves_no_loading_process(number: signal.Signals, tmp_path: Path) -> None:
    """One that would read for ever, at full speed."""
    file = write(tmp_path / "net.h5", 1)
    note = tmp_path / "pid"
    act = (
        f"import os; pathlib.Path({str(note)!r}).write_text(f'{{os.getpid()}} ')\n"
        "    while True: pass"
    )
    script = (
        "import pathlib, sys\n"
        "from tinylab.zoo import load\n"
        "from tinylab.zoo.processes import loading_process\n"
        f"loading_process.COMMAND = {reading(act)!r}\n"
        f"load.load(pathlib.Path({str(file)!r}))"
    )
    environment = os.environ | {"PYTHONPATH": str(paths.PACKAGE.parent)}
    parent = subprocess.Popen([sys.executable, "-c", script], env=environment)
    wait_until(lambda: note.exists() and note.read_text().endswith(" "))
    child = int(note.read_text())
    assert lives(child)
    parent.send_signal(number)
    parent.wait()
    wait_until(lambda: not lives(child))


def test_every_model_of_the_catalogue_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[Path] = []
    read = model_bytes.read

    def counted(source: Path, expected: str = "") -> model_bytes.ModelBytes:
        opened.append(source)
        return read(source, expected)

    monkeypatch.setattr(model_bytes, "read", counted)
    files = [catalog.model(name).tflite for name in catalog.names()]
    load.load_many(files)
    assert opened == files
