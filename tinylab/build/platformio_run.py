"""Runs PlatformIO, tells how far it is, and stops it."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from tinylab import child_process
from tinylab.build.image import BuildProgress
from tinylab.build.toolchain import VARIABLE
from tinylab.child_process import Program

# They would change what is built without being part of the build's id.
FOREIGN = (
    "PLATFORMIO_", "SCONS", "GCC_", "COMPILER_PATH", "LIBRARY_PATH", "CPATH", "C_INCLUDE_PATH",
)  # fmt: skip
SETTINGS = {
    "PLATFORMIO_SETTING_ENABLE_TELEMETRY": "no",
    "PLATFORMIO_SETTING_CHECK_PRUNE_SYSTEM_THRESHOLD": "0",
    "PLATFORMIO_SETTING_DISABLE_UDEV_RULES_CHECK": "yes",
    "PLATFORMIO_DISABLE_UPGRADE_CHECK": "true",
    "PLATFORMIO_DISABLE_PROGRESSBAR": "true",
    "PLATFORMIO_NO_ANSI": "true",
    "PYTHONUNBUFFERED": "1",
    # The compiler's words in English, quoted in ASCII.
    "LC_ALL": "C",
}


@dataclass(frozen=True)
class Call:
    """One call of PlatformIO: what to build, with what, its output, and whose lock it holds."""

    project: Path
    environment: str
    core: Path
    compiler: Path
    log: Path
    lock: int


@dataclass(frozen=True)
class Outcome:
    """Whether PlatformIO succeeded, and all it printed, line by line."""

    ok: bool
    lines: tuple[str, ...]


def run(
    call: Call, progress: Callable[[BuildProgress], None], cancelled: Callable[[], bool]
) -> Outcome:
    """Builds until the end or until `cancelled()`.

    Raises Interrupted when cancelled; then no process of the build is left.
    """
    lines: list[str] = []
    state = BuildProgress(0, 0, "Starting PlatformIO")
    progress(state)

    def heard(line: str) -> None:
        nonlocal state
        lines.append(line)
        state, output = _advance(state, line)
        progress(replace(state, output=output))

    program = Program(
        _command(call), call.project, _environment(call), printed=call.log, keeps=(call.lock,)
    )
    ok = child_process.run(program, cancelled, "The build was stopped.", heard).code == 0
    if ok:
        progress(replace(state, done=state.total))
    return Outcome(ok, tuple(lines))


def _command(call: Call) -> list[str]:
    # PlatformIO's automatic clean-up empties the workspace when a file is added.
    arguments = ["run", "--disable-auto-clean", "-e", call.environment]
    return [sys.executable, "-m", "platformio", *arguments]


def _environment(call: Call) -> dict[str, str]:
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(FOREIGN)}
    own = {
        "PLATFORMIO_CORE_DIR": str(call.core),
        # PlatformIO remembers where a platform is by name alone, and each workspace has one.
        "PLATFORMIO_PLATFORMS_DIR": str(call.project / ".pio" / "platforms"),
        VARIABLE: str(call.compiler.parent),
    }
    return inherited | SETTINGS | own


def _advance(state: BuildProgress, line: str) -> tuple[BuildProgress, str]:
    """The state after `line`, and the line, unless it is our own mark."""
    if counted := re.fullmatch(r"@progress (\d+) (\d+)", line):
        # The file that SCons has just come to is not done yet.
        return replace(state, done=int(counted[1]) - 1, total=int(counted[2])), ""
    if work := re.fullmatch(r"(Compiling|Linking) (?:\.pio/build/[^/]+/)?(.+)", line):
        state = replace(state, line=f"{work[1]} {work[2]}")
    return state, line
