"""Runs the processes that open model files: a time limit, no display, nothing of the user's."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from tinylab import paths
from tinylab.errors import Interrupted, ModelFileError

COMMAND: tuple[str, ...] = (sys.executable, "-P", "-m", "tinylab.zoo.worker")
TIME_LIMIT_S = 60.0
"""For one start, which takes some tenths of a second for files of usual size."""
POLL_S = 0.05
LONGEST_WORDS = 200
LAST_BYTES = 16_000
"""So much of what the process printed is kept."""
REMEDY = "Check that it is the right file, and save or download it again."


def load_each(
    files: Sequence[Path], folder: Path, cancelled: Callable[[], bool]
) -> list[Path | ModelFileError]:
    """What became of each file: a .npz in `folder`, or the reason why there is none.

    All are loaded by one process; if it crashes over a file or does not come to an end,
    another one goes on behind that file. Raises Interrupted when cancelled; then no process
    of the loading is left.
    """
    results: list[Path | ModelFileError] = []
    while len(results) < len(files):
        place = folder / str(len(results))
        place.mkdir()
        waiting = files[len(results) :]
        command = (*COMMAND, str(place), *(str(file.resolve()) for file in waiting))
        failure = run(command, place, cancelled, TIME_LIMIT_S)
        for index, file in enumerate(waiting):
            found = _result(place, index)
            if found is not None:
                results.append(found)
                continue
            results.append(_failed(file, failure))
            break
    return results


def _result(place: Path, index: int) -> Path | ModelFileError | None:
    report, network = place / f"{index}.json", place / f"{index}.npz"
    if report.exists():
        return ModelFileError(**json.loads(report.read_text(encoding="utf-8")))
    return network if network.exists() else None


def run(
    command: Sequence[str],
    place: Path,
    cancelled: Callable[[], bool],
    limit_s: float,
    **environment: str,
) -> tuple[str, str]:
    """Run one process in the folder `place`, to its end; how it ended, and its last words.

    Raises Interrupted when cancelled.
    """
    printed = place / "printed"
    process = _start(command, place, printed, environment)
    try:
        ended = _wait(process, cancelled, limit_s)
    finally:
        _kill(process)
    if not ended:
        return f"took longer than {limit_s:g} s and was stopped", ""
    words = _last_words(printed)
    if process.returncode < 0:
        return f"was ended by signal {-process.returncode}", words
    lines = words.strip().splitlines() or [f"exit code {process.returncode}"]
    return f"ended with {lines[-1][:LONGEST_WORDS].rstrip('.')}", words


def _start(
    command: Sequence[str], place: Path, printed: Path, environment: dict[str, str]
) -> subprocess.Popen[bytes]:
    with printed.open("wb") as output:
        return subprocess.Popen(
            command,
            env=_environment() | environment,
            cwd=place,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=output,
            start_new_session=True,
        )


def _wait(process: subprocess.Popen[bytes], cancelled: Callable[[], bool], limit_s: float) -> bool:
    """Whether it came to its end in time. Raises Interrupted when cancelled."""
    deadline = time.monotonic() + limit_s
    while time.monotonic() < deadline:
        if cancelled():
            raise Interrupted("Stopped while loading.")
        with suppress(subprocess.TimeoutExpired):
            process.wait(POLL_S)
            return True
    return False


def _kill(process: subprocess.Popen[bytes]) -> None:
    """End the process, if it still runs, and all that it started."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _last_words(printed: Path) -> str:
    with printed.open("rb") as file:
        file.seek(max(0, printed.stat().st_size - LAST_BYTES))
        return file.read().decode("utf-8", "replace")


def _failed(file: Path, failure: tuple[str, str]) -> ModelFileError:
    how, printed = failure
    return ModelFileError(
        f"{file.name}: the process that loads it {how}.", remedy=REMEDY, details=printed[-4000:]
    )


def _environment() -> dict[str, str]:
    kept = ("PATH", "HOME", "LANG", "LC_ALL", "SYSTEMROOT", "TMPDIR", "LD_LIBRARY_PATH")
    return {
        **{name: os.environ[name] for name in kept if name in os.environ},
        "PYTHONPATH": str(paths.PACKAGE.parent),
        "PYTHONDONTWRITEBYTECODE": "1",
        "OMP_NUM_THREADS": "1",
    }
