"""What the screens look like at three sizes, letter by letter.

After a change that is meant: `TINYLAB_WRITE_GOLDEN=1 pytest tests/screens/test_snapshots.py`,
and look at the difference before it is committed.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Coroutine
from pathlib import Path

import pytest

from tests.fakes.examined import examined
from tests.fakes.scripted import Scripted
from tests.screens.stage import SIZES, Bench, play

FOLDER = Path(__file__).resolve().parents[1] / "golden" / "screens"
WRITING = "TINYLAB_WRITE_GOLDEN"
RUNNING_FOR = re.compile(r"▶ +\d+(\.\d)?s")
"""How long a stage has been running: of no two tests the same."""

Scene = Callable[[Bench], Coroutine[None, None, None]]


async def opened(bench: Bench) -> None:
    """Before anything was run."""


async def live(bench: Bench) -> None:
    """While the third run measures."""
    await bench.press("R", "2")
    await bench.sees("measure ▶")
    await bench.until(lambda: re.search(r"n +6 ", bench.text) is not None)
    await bench.sees("2/12 runs")
    await bench.pilot.pause(0.3)


async def finished(bench: Bench) -> None:
    await bench.run_all()
    await bench.press("p", "t")


async def run_page(bench: Bench) -> None:
    await bench.run_all()
    await bench.press("t", "enter")


async def model_page(bench: Bench) -> None:
    await bench.press("m", "down", "i")


async def help_page(bench: Bench) -> None:
    await bench.press("question_mark")


async def doctor_page(bench: Bench) -> None:
    await bench.press("d")
    await bench.sees("Faults: 1; warnings: 1.")


async def options_page(bench: Bench) -> None:
    await bench.press("o")


async def question(bench: Bench) -> None:
    await bench.press("R")
    await bench.sees("measure ▶")
    await bench.press("q")


SCENES: list[Scene] = [
    opened,
    live,
    finished,
    run_page,
    model_page,
    help_page,
    doctor_page,
    options_page,
    question,
]


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.__name__)
def test_snapshot(scene: Scene, size: tuple[int, int]) -> None:
    seen: list[str] = []

    async def story(bench: Bench) -> None:
        await scene(bench)
        await bench.pilot.pause(0.2)
        seen.append(RUNNING_FOR.sub(lambda found: "▶ .s".ljust(len(found[0])), bench.text))

    held = scene in (live, question)
    play(story, Scripted(hold=2) if held else Scripted(), size=size, doctor=examined)
    [text] = seen
    path = FOLDER / f"{scene.__name__}-{size[0]}x{size[1]}.txt"
    if os.environ.get(WRITING):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text + "\n", encoding="utf-8")
    assert text + "\n" == path.read_text(encoding="utf-8")
