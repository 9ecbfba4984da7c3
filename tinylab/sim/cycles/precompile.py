"""Compiles a cycle model in advance, in a process that can be stopped.

Compilation takes seconds and cannot be interrupted, and a program must not end during it. So a
separate process performs it once and leaves the result in Numba's cache, from which the model
is loaded quickly. This also compiles two models in parallel.

    python -m tinylab.sim.cycles.precompile    compiles the models of all cores
"""

from __future__ import annotations

import os
import re
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path

from tinylab import child_process, paths, temporary_folders
from tinylab.boards.board import Core
from tinylab.child_process import Program
from tinylab.sim.cycles.compiled import numba_cache
from tinylab.sim.cycles.compiled.numba_setup import CACHE_VARIABLE, IS_KEPT, compiled_share

COMMAND: tuple[str, ...] = (sys.executable, "-P", "-m", "tinylab.sim.cycles.precompile")
TELL_S = 0.3

Tell = Callable[[str, float], None]
"""The activity, and its progress (0..1)."""


def compile_ahead(
    core: Core, cancelled: Callable[[], bool], tell: Tell = lambda text, done: None
) -> None:
    """Ensure that the model for `core` is cached, if possible; `tell` reports the progress.

    Raises Interrupted when cancelled; then no compilation continues. Other failures occur again
    when the model is used, which compiles what is not in the cache.
    """
    done = _mark(core)
    if done.exists():
        return
    numba_cache.sweep(done.parent)
    often = "once" if IS_KEPT else "each time, as the cache cannot be written"
    text = f"compiling the {core.label} cycle model ({often}; about 10 s)"
    tell(text, 0.0)
    with suppress(OSError):
        if _run(core, cancelled, lambda share: tell(text, share)) == 0:
            done.touch()


def _mark(core: Core) -> Path:
    """The file that marks a cached model. Numba compiles again if a source file is newer."""
    sources = Path(__file__).parent.rglob("*.py")
    newest = max(source.stat().st_mtime_ns for source in sources)
    return Path(os.environ[CACHE_VARIABLE]) / f"{core.value}-{newest:x}.compiled"


def _run(core: Core, cancelled: Callable[[], bool], tell: Callable[[float], None]) -> int:
    """The exit code of the process that compiles."""

    def heard(line: str) -> None:
        if share := re.fullmatch(r"compiled ([1-9]\d*) %", line):
            tell(int(share[1]) / 100)

    with temporary_folders.make() as place:
        program = Program(
            [*COMMAND, core.value],
            place,
            {**os.environ, "PYTHONPATH": str(paths.PACKAGE.parent)},
            printed=place / "printed",
        )
        stopped = "Stopped before it was measured."
        return child_process.run(program, cancelled, stopped, heard).code


def main(arguments: Sequence[str]) -> None:
    """Compile the model of the given core in this process; without one, those of all cores."""
    for core in () if arguments else Core:
        compile_ahead(core, lambda: False, announce)
    for name in arguments:
        _compile(Core(name))


def announce(text: str, done: float) -> None:
    """A `Tell` that prints the activity once, on stderr."""
    if not done:
        print(text, file=sys.stderr, flush=True)


def _compile(core: Core) -> None:
    """Importing compiles; meanwhile the progress is printed repeatedly."""
    ended = threading.Event()

    def tell() -> None:
        while not ended.wait(TELL_S):
            print(f"compiled {100 * compiled_share():.0f} %", flush=True)

    threading.Thread(target=tell, daemon=True).start()
    import_module("tinylab.sim.cycles.hooks.device_reads")
    from tinylab.sim.cycles.models import model_of

    model_of(core)
    ended.set()


if __name__ == "__main__":
    main(sys.argv[1:])
