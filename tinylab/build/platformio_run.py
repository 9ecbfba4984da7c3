"""Runs PlatformIO, reports its progress, and stops it on request."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib.machinery import PathFinder
from pathlib import Path

from tinylab import child_environment, child_process
from tinylab.build.image import BuildProgress
from tinylab.build.toolchain import VARIABLE
from tinylab.child_process import Program

SETTINGS = {
    "PLATFORMIO_SETTING_ENABLE_TELEMETRY": "no",
    "PLATFORMIO_SETTING_CHECK_PRUNE_SYSTEM_THRESHOLD": "0",
    "PLATFORMIO_SETTING_DISABLE_UDEV_RULES_CHECK": "yes",
    "PLATFORMIO_DISABLE_UPGRADE_CHECK": "true",
    "PLATFORMIO_DISABLE_PROGRESSBAR": "true",
    "PLATFORMIO_NO_ANSI": "true",
    "PYTHONUNBUFFERED": "1",
    "PYTHONUTF8": "1",
    # SCons would run the user's ~/.scons/site_scons/site_init.py.
    "SCONSFLAGS": "--no-site-dir",
    # Compiler messages in English, with ASCII quotes.
    "LC_ALL": "C",
}


@dataclass(frozen=True)
class Call:
    """One call of PlatformIO: the project, its tools, the log file, and the lock to inherit."""

    project: Path
    environment: str
    core: Path
    compiler: Path
    log: Path
    lock: int


@dataclass(frozen=True)
class Outcome:
    """Whether PlatformIO succeeded, and its output, line by line."""

    ok: bool
    lines: tuple[str, ...]


def run(
    call: Call, progress: Callable[[BuildProgress], None], cancelled: Callable[[], bool]
) -> Outcome:
    """Builds until completion or until `cancelled()` returns true.

    Raises Interrupted when cancelled; all processes of the build have then ended.
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
    # PlatformIO's automatic clean-up would empty the workspace whenever a file is added.
    arguments = ["run", "--disable-auto-clean", "-e", call.environment]
    return [sys.executable, "-m", "platformio", *arguments]


def _environment(call: Call) -> dict[str, str]:
    own = {
        "PLATFORMIO_CORE_DIR": str(call.core),
        # PlatformIO caches a platform's location by name alone; each workspace has its own copy.
        "PLATFORMIO_PLATFORMS_DIR": str(call.project / ".pio" / "platforms"),
        VARIABLE: str(call.compiler.parent),
    }
    return child_environment.minimal(**SETTINGS, **own, **_python_path())


def _python_path() -> dict[str, str]:
    """The user's PYTHONPATH if there is no other way to PlatformIO and SCons; else nothing."""
    named = os.environ.get("PYTHONPATH", "")
    places = [place for place in sys.path if place not in named.split(os.pathsep)]
    found = (PathFinder.find_spec(package, places) for package in ("platformio", "SCons"))
    return {} if all(found) else {"PYTHONPATH": named}


def _advance(state: BuildProgress, line: str) -> tuple[BuildProgress, str]:
    """The state after `line`, and the line to show; empty for tinylab's own progress mark."""
    if counted := re.fullmatch(r"@progress (\d+) (\d+)", line):
        # The count includes the file that SCons is about to build.
        return replace(state, done=int(counted[1]) - 1, total=int(counted[2])), ""
    if work := re.fullmatch(r"(Compiling|Linking) (?:\.pio/build/[^/]+/)?(.+)", line):
        state = replace(state, line=f"{work[1]} {work[2]}")
    return state, line
