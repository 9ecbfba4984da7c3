"""The bench screen, driven by keys, with a scripted session."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Coroutine
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import RichLog, Static

from tests.fakes.scripted import Scripted, plan_of
from tinylab.app import TinylabApp
from tinylab.bench.plan import Plan
from tinylab.errors import LinkError, StationError
from tinylab.results.store import RunState, Store

SIZES = [(80, 24), (120, 40), (200, 60)]


@pytest.fixture(autouse=True)
def data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TINYLAB_DATA_DIR", str(tmp_path))
    return tmp_path


def shown(app: TinylabApp) -> str:
    """The text of the screen, line by line."""
    width, height = app.size
    strips = app.screen._compositor.render_strips()
    assert len(strips) == height
    return "\n".join(strip.text[:width].rstrip() for strip in strips)


def tables(app: TinylabApp) -> str:
    """All of the two tables, also what has scrolled out of sight."""
    from rich.console import Console

    console = Console(width=app.size.width, color_system=None)
    with console.capture() as capture:
        console.print(app.screen.query_one("#tables", Static).content)
    return capture.get()


def log(app: TinylabApp) -> str:
    return "\n".join(strip.text for strip in app.screen.query_one("#log", RichLog).lines)


async def until(pilot: Pilot[None], what: Callable[[], bool]) -> None:
    for _ in range(400):
        await pilot.pause(0.02)
        if what():
            return
    raise AssertionError("it did not happen in 8 seconds")


async def run_to_its_end(pilot: Pilot[None], app: TinylabApp) -> None:
    await pilot.press("R")
    await until(pilot, lambda: not app.bench.running)
    await pilot.pause(0.2)


def play(
    story: Callable[[TinylabApp, Pilot[None]], Coroutine[None, None, None]],
    session: Scripted | None = None,
    make_plan: Callable[[], Plan] = plan_of,
    size: tuple[int, int] = (80, 24),
) -> TinylabApp:
    """Opens the interface at that size, and lets a story happen in it."""
    app = TinylabApp(make_plan, session or Scripted())

    async def all_of_it() -> None:
        async with app.run_test(size=size) as pilot:
            await pilot.pause()
            await story(app, pilot)

    asyncio.run(all_of_it())
    return app


@pytest.mark.parametrize("size", SIZES)
def test_a_plan_runs_and_fills_both_tables(size: tuple[int, int]) -> None:
    async def story(app: TinylabApp, pilot: Pilot[None]) -> None:
        await run_to_its_end(pilot, app)
        text = shown(app)
        assert "done" in text.splitlines()[0]
        assert "sim:nucleo_wb55rg" in text
        assert "Time per inference" in text
        assert re.search(r"0.719 ms SIM +0.561 ms SIM +0.0940 ms SIM +0.0308 ms SIM", text)
        both = tables(app)
        assert "32,491 /s SIM" in both
        assert "16,700 Hz" in both
        assert all(len(line) <= size[0] for line in both.splitlines())
        for key in ("R Run", "Cancel", "Published", "Quit"):
            assert key in text.splitlines()[-1]

    play(story, size=size)


def test_before_the_first_run_the_screen_says_what_to_press() -> None:
    async def story(app: TinylabApp, pilot: Pilot[None]) -> None:
        assert "R runs the plan" in shown(app)

    play(story)


def test_while_a_station_measures_its_line_shows_live_figures() -> None:
    async def story(app: TinylabApp, pilot: Pilot[None]) -> None:
        await pilot.press("R")
        await until(pilot, lambda: "measure" in shown(app))
        line = next(line for line in shown(app).splitlines() if "measure" in line)
        assert "human_activity 48 MHz" in line
        assert "med 2.56 ms" in line
        both = tables(app)
        assert "0.719 ms SIM" in both
        assert "…" in both
        assert "queued" in both
        await pilot.press("escape")
        await until(pilot, lambda: not app.bench.running)

    session = Scripted(hold=2)
    play(story, session)


def test_escape_stops_and_keeps_what_was_measured(data_folder: Path) -> None:
    async def story(app: TinylabApp, pilot: Pilot[None]) -> None:
        await pilot.press("R")
        await until(pilot, lambda: session.holding.is_set())
        await pilot.press("escape")
        await until(pilot, lambda: not app.bench.running)

    session = Scripted(hold=5)
    document = play(story, session).bench.document
    assert document is not None
    assert document.interrupted
    assert len(document.rows) == 5
    assert document.failures == ()
    with Store.open(data_folder / "results.sqlite") as store:
        states = [run.state for run in store.last_session()]
    assert states == [RunState.DONE] * 5 + [RunState.INTERRUPTED]


def test_quitting_in_mid_run_stops_the_session_first(data_folder: Path) -> None:
    async def story(app: TinylabApp, pilot: Pilot[None]) -> None:
        await pilot.press("R")
        await until(pilot, lambda: session.holding.is_set())
        await pilot.press("q")
        await until(pilot, lambda: not app.is_running)

    session = Scripted(hold=5)
    document = play(story, session).bench.document
    assert document is not None
    assert len(document.rows) == 5


def test_p_hides_the_published_figures_and_shows_them_again() -> None:
    async def story(app: TinylabApp, pilot: Pilot[None]) -> None:
        await run_to_its_end(pilot, app)
        assert "1.35 ms" in tables(app)
        await pilot.press("p")
        assert "1.35 ms" not in tables(app)
        assert "0.719 ms SIM" in tables(app)
        await pilot.press("p")
        assert "1.35 ms" in tables(app)

    play(story)


def test_a_failed_run_is_marked_and_explained() -> None:
    async def story(app: TinylabApp, pilot: Pilot[None]) -> None:
        await run_to_its_end(pilot, app)
        assert "failed SIM" in tables(app)
        assert "! human_activity" in log(app)
        assert "The board stopped answering. Unplug it" in " ".join(log(app).split())

    error = LinkError("The board stopped answering.", remedy="Unplug it.")
    play(story, Scripted(failing={2: error}))


def test_a_plan_that_cannot_be_made_is_explained_and_can_be_tried_again() -> None:
    tries = []

    def make_plan() -> Plan:
        tries.append(1)
        if len(tries) == 1:
            raise StationError("nucleo_h723zg is not attached.", remedy="Plug it in.")
        return plan_of()

    async def story(app: TinylabApp, pilot: Pilot[None]) -> None:
        await run_to_its_end(pilot, app)
        assert "nucleo_h723zg is not attached. Plug it in." in log(app)
        assert app.bench.document is None
        await run_to_its_end(pilot, app)
        assert "0.719 ms SIM" in tables(app)

    play(story, make_plan=make_plan)


def test_the_tables_follow_the_terminals_width() -> None:
    async def story(app: TinylabApp, pilot: Pilot[None]) -> None:
        await run_to_its_end(pilot, app)
        assert "continued" not in tables(app)
        await pilot.resize_terminal(60, 24)
        await pilot.pause()
        assert "continued" in tables(app)
        assert "32,491 /s SIM" in tables(app)

    play(story)
