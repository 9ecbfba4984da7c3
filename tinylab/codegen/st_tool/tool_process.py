"""Runs ST's tool as a child process: no standard input, a time limit, complete termination."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tinylab import child_environment, child_process
from tinylab.child_process import Program
from tinylab.errors import GenerationError

PRINTED = "printed.log"
MOST_LINES = 20_000
"""Number of output lines kept, from the end."""


class TookTooLong(GenerationError):
    """The tool exceeded its time limit and was stopped."""


@dataclass(frozen=True)
class Run:
    """The command, its working folder, its time limit, and the message when it is cancelled."""

    command: Sequence[str]
    place: Path
    """The working folder; also contains the file with the tool's output."""
    root: Path | None
    """The installation's folder."""
    limit_s: float
    stopped: str


def run(
    what: Run, cancelled: Callable[[], bool], heard: Callable[[str], None] = lambda _: None
) -> tuple[int, list[str]]:
    """Run the command; returns its exit code and its output lines. `heard` is called with each.

    Raises OSError when it cannot be started, TookTooLong at the time limit, or Interrupted when
    cancelled.
    """
    printed: list[str] = []

    def heard_line(line: str) -> None:
        # Of a progress bar, keep the last state.
        printed.append(line.rstrip().rpartition("\r")[2])
        heard(printed[-1])

    program = Program(
        what.command,
        what.place,
        _environment(Path(what.command[0]), what.root),
        printed=what.place / PRINTED,
        limit_s=what.limit_s,
    )
    # A fresh installation asks a question at its first start and waits for an answer.
    ended = child_process.run(program, cancelled, what.stopped, heard_line)
    if ended.limit_s is not None:
        raise TookTooLong(
            f"{Path(what.command[0]).name} {ended.how}.",
            remedy="See the end of its output for what it waits for.",
            details="\n".join(printed),
        )
    return ended.code, printed[-MOST_LINES:]


def _environment(executable: Path, root: Path | None) -> dict[str, str]:
    """A minimal environment, plus the variables of ST's `setting_env.html`.

    The variables name this installation; those of another one would misdirect the tool.
    """
    own = {"PYTHONUNBUFFERED": "1", "PYTHONIOENCODING": "utf-8"}
    if root is not None:
        own |= {"STEDGEAI_CORE_DIR": str(root), "X_CUBE_AI_DIR": str(root)}
    if sys.platform == "darwin":
        beside = str(executable.parent)
        own |= {"DYLD_LIBRARY_PATH": beside, "DYLD_FALLBACK_LIBRARY_PATH": beside}
    return child_environment.minimal(**own)
