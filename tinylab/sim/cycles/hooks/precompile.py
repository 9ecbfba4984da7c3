"""Compiling a cycle model ahead of its use, in a process that can be stopped.

Compiling takes seconds and cannot be interrupted, nor may a program end in the middle of it.
So a process of its own does it once and leaves the result in Numba's cache, from where the
model is loaded quickly. Two models are compiled side by side that way.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from tinylab import paths
from tinylab.boards.board import Core
from tinylab.errors import Interrupted
from tinylab.sim.cycles.compiled.numba_setup import CACHE_VARIABLE

COMPILE = (
    "import sys; from tinylab.boards.board import Core; "
    "import tinylab.sim.cycles.hooks.device_reads; "
    "from tinylab.sim.cycles.models import model_of; model_of(Core(sys.argv[1]))"
)
COMMAND: tuple[str, ...] = (sys.executable, "-P", "-c", COMPILE)
POLL_S = 0.05


def compile_ahead(core: Core, cancelled: Callable[[], bool]) -> None:
    """Have the model for `core` in the cache, if it can be.

    Raises Interrupted when cancelled; then nothing goes on compiling. Whatever else goes
    wrong shows when the model is used, which compiles what is not in the cache.
    """
    done = _mark(core)
    if done.exists():
        return
    with suppress(OSError):
        if _run(core, cancelled) == 0:
            done.touch()


def _mark(core: Core) -> Path:
    """The file that says so. Numba compiles again when a source file is newer."""
    sources = Path(__file__).parent.parent.rglob("*.py")
    newest = max(source.stat().st_mtime_ns for source in sources)
    return Path(os.environ[CACHE_VARIABLE]) / f"{core.value}-{newest:x}.compiled"


def _run(core: Core, cancelled: Callable[[], bool]) -> int:
    """The exit code of the process that compiles. A Ctrl-C at the terminal is not for it."""
    process = subprocess.Popen(
        [*COMMAND, core.value],
        env={**os.environ, "PYTHONPATH": str(paths.PACKAGE.parent)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        while True:
            if cancelled():
                raise Interrupted("Stopped before it was measured.")
            with suppress(subprocess.TimeoutExpired):
                return process.wait(POLL_S)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
