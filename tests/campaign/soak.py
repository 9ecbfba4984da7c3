"""Many sessions in one process, as in a terminal interface that stays open for days."""

from __future__ import annotations

import gc
import os
import random
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from tests.campaign.commands import command
from tinylab import paths
from tinylab.errors import ExitCode

TITLE = "many sessions in one process: memory, threads and open files stay as they are"
BOARDS = ("nucleo_wb55rg@64", "nucleo_f446re@180", "nucleo_h723zg@550")
MODELS = ("house_price", "image_classification")
WARM_UP = ((BOARDS[:1], MODELS[:1]), *[(BOARDS, MODELS)] * 4)
"""The first sessions, after which everything is loaded that is loaded once."""
MEMORY_LIMIT = 48 * 1024 * 1024
"""Bytes above those after the warm-up. A session that leaks its virtual board leaks more."""


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
        lost = _run(*WARM_UP[session]) if session < len(WARM_UP) else _session(numbers)
        session += 1
        used = Used.now()
        if session == len(WARM_UP):
            first = used
        yield lost or (None if first is None else _grown(first, used, session))


def _session(numbers: random.Random) -> str | None:
    """Most end well; in some a model does not fit, or there is no such board."""
    boards = numbers.sample(BOARDS, numbers.choice([1, 1, 2]))
    models = [numbers.choice(MODELS)]
    if numbers.random() < 0.1:
        return _run(["no_board@1"], models, allowed=(ExitCode.INPUT,))
    return _run(boards, models, str(numbers.choice([1, 3, 200])))


def _run(
    boards: Sequence[str],
    models: Sequence[str],
    inferences: str = "1",
    allowed: Sequence[int] = (ExitCode.OK, ExitCode.BUILD),
) -> str | None:
    on = [word for board in boards for word in ("--on", f"sim:{board}")]
    of = [word for model in models for word in ("--model", model)]
    return command("run", *of, *on, "--inferences", inferences).fault(allowed)


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
