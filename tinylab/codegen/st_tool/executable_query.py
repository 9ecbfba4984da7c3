"""Asks an executable who it is; the answers are remembered until the file changes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from tinylab import atomic_files, paths, temporary_folders
from tinylab.codegen.st_tool import child
from tinylab.errors import NoTool

TIME_LIMIT_S = 120.0
"""The tool unpacks a whole Python before it says a word, on a slow disk slowly."""
MOST_CHARACTERS = 200_000


def ask(
    executable: Path,
    question: str,
    cancelled: Callable[[], bool],
    understood: Callable[[str], bool],
) -> str:
    """What `executable question` prints, whatever its exit code.

    An answer that is not `understood` is not remembered: it may have had a passing cause.
    Raises NoTool when it does not start or does not come to an end, OutputError when there is
    no cache folder, Interrupted when cancelled.
    """
    record = _record(executable)
    try:
        state = executable.stat()
        stamp = [str(executable), state.st_mtime_ns, state.st_size]
        answers = _remembered(record, stamp)
        if question not in answers:
            answers[question] = _run(executable, question, cancelled)
            if understood(answers[question]):
                _remember(record, stamp, answers)
    except OSError as error:
        why = error.strerror or str(error)
        raise NoTool(f"{executable} does not start: {why}.") from error
    except child.TookTooLong as error:
        raise NoTool(
            f"{executable} does not answer {question} within {TIME_LIMIT_S:g} s.",
            details=error.details,
        ) from error
    return answers[question]


def _run(executable: Path, question: str, cancelled: Callable[[], bool]) -> str:
    with temporary_folders.make() as place:
        stopped = "Stopped while asking ST's tool for its version."
        what = child.Run([str(executable), question], place, None, TIME_LIMIT_S, stopped)
        _, printed = child.run(what, cancelled)
    return "\n".join(printed)[:MOST_CHARACTERS]


def _record(executable: Path) -> Path:
    name = hashlib.sha256(str(executable).encode()).hexdigest()[:16]
    return paths.cache() / "st_tools" / f"{name}.json"


def _remembered(record: Path, stamp: list[object]) -> dict[str, str]:
    with suppress(OSError, ValueError, KeyError, TypeError, AttributeError):
        known = json.loads(record.read_text(encoding="utf-8"))
        if known["stamp"] == stamp:
            return {str(key): str(value) for key, value in known["answers"].items()}
    return {}


def _remember(record: Path, stamp: list[object], answers: dict[str, str]) -> None:
    """A full disk costs only the time saved."""
    with suppress(OSError):
        record.parent.mkdir(parents=True, exist_ok=True)
        atomic_files.write(record, json.dumps({"stamp": stamp, "answers": answers}))
