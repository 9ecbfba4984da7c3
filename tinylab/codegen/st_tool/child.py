"""One run of ST's tool: no standard input, a time limit, nothing left of it when it is stopped."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tinylab import child_process
from tinylab.child_process import Program
from tinylab.errors import GenerationError

PRINTED = "printed.log"
MOST_LINES = 20_000
"""So many lines of what it prints are kept, the last ones."""


class TookTooLong(GenerationError):
    """It did not come to an end in time, and was stopped."""


@dataclass(frozen=True)
class Run:
    """What to run, where, for how many seconds at most, and what to say when it is stopped."""

    command: Sequence[str]
    place: Path
    """The folder it runs in; what it prints goes into a file there, too."""
    root: Path | None
    """The installation's folder."""
    limit_s: float
    stopped: str


def run(
    what: Run, cancelled: Callable[[], bool], heard: Callable[[str], None] = lambda _: None
) -> tuple[int, list[str]]:
    """Run it to its end; its exit code, and the lines it printed, each told to `heard` first.

    Raises OSError when it cannot be started, TookTooLong, or Interrupted when cancelled.
    """
    printed: list[str] = []

    def heard_line(line: str) -> None:
        # Of a progress bar the state that was drawn last.
        printed.append(line.rstrip().rpartition("\r")[2])
        heard(printed[-1])

    program = Program(
        what.command,
        what.place,
        _environment(Path(what.command[0]), what.root),
        printed=what.place / PRINTED,
        limit_s=what.limit_s,
    )
    # A fresh installation asks something at its first start: no standard input answers it.
    ended = child_process.run(program, cancelled, what.stopped, heard_line)
    if ended.limit_s is not None:
        raise TookTooLong(
            f"{Path(what.command[0]).name} {ended.how}.",
            remedy="Its last words may say what it waits for.",
            details="\n".join(printed),
        )
    return ended.code, printed[-MOST_LINES:]


def _environment(executable: Path, root: Path | None) -> dict[str, str]:
    """Ours without what is meant for our Python, and what ST's `setting_env.html` has set.

    The variables name the very installation, as another one's would mislead it.
    """
    inherited = {name: value for name, value in os.environ.items() if name[:6] != "PYTHON"}
    own = {"PYTHONUNBUFFERED": "1", "PYTHONIOENCODING": "utf-8"}
    if root is not None:
        own |= {"STEDGEAI_CORE_DIR": str(root), "X_CUBE_AI_DIR": str(root)}
    if sys.platform == "darwin":
        beside = str(executable.parent)
        own |= {"DYLD_LIBRARY_PATH": beside, "DYLD_FALLBACK_LIBRARY_PATH": beside}
    return inherited | own
