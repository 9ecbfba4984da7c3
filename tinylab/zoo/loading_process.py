"""Runs the processes that open model files: with a time limit and a minimal environment."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from tinylab import child_environment, child_process, paths
from tinylab.child_process import Program
from tinylab.errors import ModelFileError

COMMAND: tuple[str, ...] = (sys.executable, "-P", "-m", "tinylab.zoo.worker")
TIME_LIMIT_S = 60.0
"""Per process, which takes some tenths of a second for files of usual size."""
REMEDY = "Check that it is the right file, and save or download it again."


def load_each(
    files: Sequence[Path], folder: Path, cancelled: Callable[[], bool]
) -> list[Path | ModelFileError]:
    """The result of each file: a .npz in `folder`, or the reason why there is none.

    One process loads all files; if it crashes or exceeds the time limit on a file, another
    process continues after that file. Raises Interrupted when cancelled; then no loading
    process is left.
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
    """Run one process in the folder `place`; returns how it ended and the end of its output.

    Raises Interrupted when cancelled.
    """
    program = Program(
        command,
        place,
        _environment() | environment,
        printed=place / "printed",
        limit_s=limit_s,
        quiet=True,
    )
    ended = child_process.run(program, cancelled, "Stopped while loading.")
    return ended.how, "" if ended.limit_s is not None else ended.last_words


def _failed(file: Path, failure: tuple[str, str]) -> ModelFileError:
    how, printed = failure
    return ModelFileError(
        f"{file.name}: the process that loads it {how}.", remedy=REMEDY, details=printed[-4000:]
    )


def _environment() -> dict[str, str]:
    return child_environment.minimal(
        PYTHONPATH=str(paths.PACKAGE.parent), PYTHONDONTWRITEBYTECODE="1", OMP_NUM_THREADS="1"
    )
