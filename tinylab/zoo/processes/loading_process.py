"""Runs the processes that open model files: with limits and a minimal environment."""

from __future__ import annotations

import errno
import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tinylab import child_environment, child_process, paths, temporary_folders
from tinylab.child_process import Ended, Program
from tinylab.errors import ModelFileError, OutputError
from tinylab.zoo.processes.process_limits import CPU_LIMIT_S, WRITE_FAILED

COMMAND: tuple[str, ...] = (sys.executable, "-P", "-m", "tinylab.zoo.processes.worker")
TIME_LIMIT_S = 60.0
"""Per file. Files of usual size take some tenths of a second."""
REMEDY = "Check that it is the right file, and save or download it again."
REMEDY_DISK = "Free disk space or make it writable, or set another folder in TINYLAB_CACHE_DIR."
OF_DISKS = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EIO, errno.ENAMETOOLONG)
ENDS = {
    -signal.SIGXCPU: (f"took longer than {CPU_LIMIT_S} s and was stopped", REMEDY),
    -signal.SIGKILL: (
        "was killed; the computer has probably run out of memory",
        "Close other programs and try again.",
    ),
}
"""Signals that the kernel sends, and remedies."""


class _TooLong(Exception):
    """The process has read one file for more than its time."""


def load_each(
    files: Sequence[Path], folder: Path, cancelled: Callable[[], bool]
) -> list[Path | ModelFileError]:
    """The result of each file: a .npz in `folder`, or the reason why there is none.

    One process loads all files; if it crashes or exceeds the time limit on a file, another
    process continues after that file. Raises Interrupted when cancelled; then no loading
    process is left. Raises OutputError if there is no space in `folder`.
    """
    results: list[Path | ModelFileError] = []
    while len(results) < len(files):
        waiting = files[len(results) :]
        place = folder / str(len(results))
        failure = _run(waiting, place, cancelled)
        for index, file in enumerate(waiting):
            found = _result(place, index)
            if found is not None:
                results.append(found)
                continue
            results.append(failure(file))
            break
    return results


def _run(
    files: Sequence[Path], place: Path, cancelled: Callable[[], bool]
) -> Callable[[Path], ModelFileError]:
    """One process reads files in turn; returns the error of the file that it did not finish."""
    done, since = 0, time.monotonic()

    def watched() -> bool:
        nonlocal done, since
        if _is_done(place, done):
            done, since = done + 1, time.monotonic()
        if time.monotonic() - since > TIME_LIMIT_S:
            raise _TooLong
        return cancelled()

    with full_disk_told(place.parent):
        place.mkdir()
        command = (*COMMAND, str(place), *(str(file.resolve()) for file in files))
        try:
            ended = run(command, place, watched)
        except _TooLong:
            how = f"took longer than {TIME_LIMIT_S:g} s and was stopped"
            return lambda file: _failed(file, how, REMEDY)
    if ended.code > WRITE_FAILED:
        number = ended.code - WRITE_FAILED
        raise cannot_write(place.parent, OSError(number, os.strerror(number)))
    how, remedy = ENDS.get(ended.code, (ended.how, REMEDY))
    return lambda file: _failed(file, how, remedy, useful(ended.last_words))


def _is_done(place: Path, index: int) -> bool:
    return any((place / f"{index}{suffix}").exists() for suffix in (".json", ".npz"))


def _result(place: Path, index: int) -> Path | ModelFileError | None:
    report, network = place / f"{index}.json", place / f"{index}.npz"
    if report.exists():
        return ModelFileError(**json.loads(report.read_text(encoding="utf-8")))
    return network if network.exists() else None


def run(
    command: Sequence[str],
    place: Path,
    cancelled: Callable[[], bool],
    limit_s: float | None = None,
    **environment: str,
) -> Ended:
    """Run one process in the folder `place`; returns how it ended.

    Raises Interrupted when cancelled, and OSError if nothing can be written into `place`.
    """
    program = Program(
        command,
        place,
        _environment() | environment,
        printed=place / "printed",
        limit_s=limit_s,
        quiet=True,
    )
    return child_process.run(program, cancelled, "Stopped while loading.")


def useful(printed: str) -> str:
    """What a process printed before it failed, without Python's traceback."""
    return printed.partition("Traceback (most recent call last)")[0].strip()[-4000:]


def unusable(file: Path, error: Exception) -> ModelFileError:
    """The result of a loading process cannot be read."""
    details = f"{type(error).__name__}: {error}"
    return _failed(file, "did not return a network", REMEDY, details)


def _failed(file: Path, how: str, remedy: str, details: str = "") -> ModelFileError:
    return ModelFileError(
        f"{file.name}: the process that loads it {how}.", remedy=remedy, details=details
    )


@contextmanager
def folder() -> Iterator[Path]:
    """A temporary folder for loading. Raises OutputError if it cannot be made."""
    with ExitStack() as stack:
        with full_disk_told(paths.cache() / temporary_folders.NAME / "new"):
            made = stack.enter_context(temporary_folders.make())
        yield made


@contextmanager
def full_disk_told(folder: Path) -> Iterator[None]:
    """Raises OutputError if something in the temporary `folder` cannot be written."""
    try:
        yield
    except OSError as error:
        if error.errno not in OF_DISKS:
            raise
        raise cannot_write(folder, error) from error


def cannot_write(folder: Path, error: OSError) -> OutputError:
    """`folder` is a temporary one, which is removed: the one that it was in is named."""
    why = error.strerror or error
    return OutputError(f"The folder {folder.parent} cannot be written: {why}.", remedy=REMEDY_DISK)


def _environment() -> dict[str, str]:
    return child_environment.minimal(
        PYTHONPATH=str(paths.PACKAGE.parent), PYTHONDONTWRITEBYTECODE="1", OMP_NUM_THREADS="1"
    )
