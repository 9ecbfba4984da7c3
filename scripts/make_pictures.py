"""Takes the pictures in docs/ anew: `python -m scripts.make_pictures [NAME...]`.

They are of virtual boards, with the settings of a new user. It takes some minutes.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from collections.abc import Callable, Coroutine
from pathlib import Path

import numpy as np
from textual.pilot import Pilot

from tinylab.app import TinylabApp
from tinylab.cli.main import main
from tinylab.screens.app_context import AppContext
from tinylab.screens.selection import StartRequest
from tinylab.sim.virtual_probe.usb_bus import VirtualBus
from tinylab.zoo import catalog
from tinylab.zoo.samples import files

DOCS = Path(__file__).resolve().parents[1] / "docs"
SIZE = (120, 40)
STEP_S = 0.05
SEEN = 200
"""Samples that the live view shows when it is taken."""
DATA_MODEL = "human_activity"


def study(folder: Path) -> None:
    """The tables of the default plan."""
    if main(["run", "--screenshot", str(DOCS / "study.svg")]) != 0:
        raise SystemExit("The study failed.")


def bench(folder: Path) -> None:
    """The interface after the default plan."""

    async def story(app: TinylabApp, pilot: Pilot[None]) -> None:
        await pilot.press("R")
        await until(pilot, lambda: app.bench.running)
        await until(pilot, lambda: not app.bench.running)

    taken("bench", StartRequest(), story)


def live(folder: Path) -> None:
    """The live view while two boards measure."""

    async def story(app: TinylabApp, pilot: Pilot[None]) -> None:
        await pilot.press("R")
        await until(pilot, lambda: samples_of(app, "human_activity") > SEEN)

    on = ("sim:nucleo_wb55rg@64", "sim:nucleo_h723zg@550")
    taken("live", StartRequest(on=on, options={"inferences": 10 * SEEN}), story)


def data(folder: Path) -> None:
    """The live view after a run over samples of one's own."""
    golden = catalog.golden(catalog.model(DATA_MODEL))
    np.savez(folder / "test.npz", x=golden.inputs, y=golden.targets)
    models = (DATA_MODEL, f"{DATA_MODEL}:int8")
    own = files.read(folder / "test.npz")

    async def story(app: TinylabApp, pilot: Pilot[None]) -> None:
        await pilot.press("R")
        await until(pilot, lambda: app.bench.running)
        await until(pilot, lambda: not app.bench.running)

    taken("data", StartRequest(models=models, on=("sim:nucleo_wb55rg@64",), data=own), story)


def samples_of(app: TinylabApp, model: str) -> int:
    """How many inferences of that model the live view shows."""
    shown = app.bench.sessions.live
    view = shown.view(app.bench.pane.station_key) if shown else None
    return view.stats.n if view and view.stats and view.job.model == model else 0


Story = Callable[[TinylabApp, "Pilot[None]"], Coroutine[None, None, None]]


def taken(name: str, asked: StartRequest, story: Story) -> None:
    """Opens the interface, lets the story happen, and takes its picture."""
    path = DOCS / f"{name}.svg"
    app = TinylabApp(AppContext(lambda: asked, usb=VirtualBus, picture=str(path)))

    async def all_of_it() -> None:
        path.unlink(missing_ok=True)
        async with app.run_test(size=SIZE) as pilot:
            await until(pilot, lambda: app.bench.selection is not None)
            await until(pilot, lambda: all(one.facts for one in app.bench.selection.models))  # type: ignore[union-attr]
            await story(app, pilot)
            app.clear_notifications()
            await pilot.pause(0.5)
            await pilot.press("x")
            await until(pilot, path.exists)
            app.bench.action_stop()
            await until(pilot, lambda: not app.bench.running)

    asyncio.run(all_of_it())


async def until(pilot: Pilot[None], what: Callable[[], bool]) -> None:
    while not what():
        await pilot.pause(STEP_S)


PICTURES = {"study": study, "bench": bench, "live": live, "data": data}

if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as made:
        for kind in ("CONFIG", "DATA", "STATE"):
            os.environ[f"TINYLAB_{kind}_DIR"] = str(Path(made) / kind.lower())
        for picture in sys.argv[1:] or PICTURES:
            PICTURES[picture](Path(made))
