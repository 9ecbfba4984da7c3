"""Many sessions in one process, as in a terminal interface that stays open for days."""

from __future__ import annotations

import gc
import os
import random
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

from tests.fakes.commands import command
from tinylab import paths
from tinylab.errors import ExitCode

TITLE = "many sessions in one process: memory, threads and open files stay as they are"
WARM_UP = 6
"""Sessions after which everything is loaded that is loaded once."""
MEMORY_LIMIT = 48 * 1024 * 1024
"""Bytes above those after the warm-up. A session that leaks its virtual board leaks more."""
BOARDS = ("nucleo_wb55rg@64", "nucleo_f446re@180", "nucleo_h723zg@550")


@dataclass(frozen=True)
class Used:
    """What this process uses."""

    memory: int
    threads: int
    files: int
    children: int

    @classmethod
    def now(cls) -> Used:
        gc.collect()
        process = psutil.Process()
        memory = process.memory_info().rss
        children = len(process.children(recursive=True))
        return cls(memory, threading.active_count(), process.num_fds(), children)


def attempts(numbers: random.Random, folder: Path) -> Iterator[str | None]:
    os.environ["TINYLAB_DATA_DIR"] = str(folder / "data")
    first: Used | None = None
    session = 0
    while True:
        session += 1
        lost = _session(numbers, session)
        used = Used.now()
        if session == WARM_UP:
            first = used
        yield lost or (None if first is None else _grown(first, used, session))


def _session(numbers: random.Random, session: int) -> str | None:
    """Most end well; some do not fit, name a bad board, or use two boards at once."""
    boards = [BOARDS[session % len(BOARDS)], *numbers.sample(BOARDS, numbers.choice([0, 0, 1]))]
    on = [word for board in dict.fromkeys(boards) for word in ("--on", f"sim:{board}")]
    model, allowed = ("house_price", (ExitCode.OK,))
    if numbers.random() < 0.2:
        model, allowed = "image_classification", (ExitCode.OK, ExitCode.BUILD)
    if numbers.random() < 0.1:
        on, allowed = ["--on", "sim:no_board@1"], (ExitCode.INPUT,)
    count = str(numbers.choice([1, 3, 200]))
    ended = command("run", "--model", model, *on, "--inferences", count, "--compression", "none")
    return ended.fault(allowed)


def _grown(first: Used, now: Used, session: int) -> str | None:
    grown = now.memory - first.memory
    if grown > MEMORY_LIMIT:
        return f"session {session}: {grown / 1e6:.0f} MB more memory"
    for name in ("threads", "files", "children"):
        before, after = getattr(first, name), getattr(now, name)
        if after > before:
            return f"session {session}: {after} {name}, {before} before"
    if list((paths.cache() / "temporary").glob("*")):
        return f"session {session}: temporary folders are left"
    return None
