"""Runs an executable with `--version` or `--help` and caches the output until the file changes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from tinylab import atomic_files, paths, temporary_folders
from tinylab.codegen.st_tool import tool_process
from tinylab.errors import NoTool

TIME_LIMIT_S = 120.0
"""The tool unpacks a whole Python before its first output, which is slow on a slow disk."""
MOST_CHARACTERS = 200_000


def query(
    executable: Path,
    option: str,
    cancelled: Callable[[], bool],
    understood: Callable[[str], bool],
) -> str:
    """The output of `executable option`, regardless of its exit code.

    Output that is not `understood` is not cached: its cause may be temporary.
    Raises NoTool when it does not start or exceeds the time limit, OutputError when there is
    no cache folder, Interrupted when cancelled.
    """
    record = _record(executable)
    try:
        state = executable.stat()
        stamp = [str(executable), state.st_mtime_ns, state.st_size]
        outputs = _cached(record, stamp)
        if option not in outputs:
            outputs[option] = _run(executable, option, cancelled)
            if understood(outputs[option]):
                _store(record, stamp, outputs)
    except OSError as error:
        why = error.strerror or str(error)
        raise NoTool(f"{executable} does not start: {why}.") from error
    except tool_process.TookTooLong as error:
        raise NoTool(
            f"{executable} {option} did not end within {TIME_LIMIT_S:g} s.",
            details=error.details,
        ) from error
    return outputs[option]


def _run(executable: Path, option: str, cancelled: Callable[[], bool]) -> str:
    with temporary_folders.make() as place:
        stopped = "Stopped while reading the version of ST's tool."
        what = tool_process.Run([str(executable), option], place, None, TIME_LIMIT_S, stopped)
        _, printed = tool_process.run(what, cancelled)
    return "\n".join(printed)[:MOST_CHARACTERS]


def _record(executable: Path) -> Path:
    name = hashlib.sha256(str(executable).encode()).hexdigest()[:16]
    return paths.cache() / "st_tools" / f"{name}.json"


def _cached(record: Path, stamp: list[object]) -> dict[str, str]:
    with suppress(OSError, ValueError, KeyError, TypeError, AttributeError):
        known = json.loads(record.read_text(encoding="utf-8"))
        if known["stamp"] == stamp:
            return {str(key): str(value) for key, value in known["answers"].items()}
    return {}


def _store(record: Path, stamp: list[object], outputs: dict[str, str]) -> None:
    """Write the cache file; on a full disk nothing is cached."""
    with suppress(OSError):
        record.parent.mkdir(parents=True, exist_ok=True)
        atomic_files.write(record, json.dumps({"stamp": stamp, "answers": outputs}))
