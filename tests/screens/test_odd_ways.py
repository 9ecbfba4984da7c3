"""What people do to a screen that nobody planned for."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from tests.fakes.scripted import Scripted
from tests.screens.stage import Bench, play
from tinylab.screens.dialogs import AddModelDialog, ConfirmDialog
from tinylab.screens.selection import StartRequest
from tinylab.screens.settings_page import SettingsPage
from tinylab.screens.widgets.clock import ClockInput
from tinylab.screens.widgets.live_pane import LivePane
from tinylab.screens.widgets.results_pane import ResultGrid


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("~nobody-at-all/net.keras", "There is no model file"),
        ("/tmp/" + "x" * 300, "There is no model file"),
        ("/etc/passwd", "/etc/passwd is not a model file"),
    ],
)
def test_any_path_may_be_typed(path: str, said: str) -> None:
    async def story(bench: Bench) -> None:
        await bench.press("a")
        bench.app.screen.query_one("#model-path").value = path[:-1]  # type: ignore[attr-defined]
        await bench.pilot.pause()
        await bench.press(path[-1], "enter")
        await bench.until(lambda: not isinstance(bench.app.screen, AddModelDialog))
        assert said in bench.trouble
        assert bench.app.mistakes == []

    play(story)


def test_pictures_taken_in_a_hurry_leave_the_colours_alone(home: Path) -> None:
    async def story(bench: Bench) -> None:
        for _ in range(3):
            bench.app.action_picture()
        await bench.until(lambda: "is written." in bench.notices)
        await bench.press("x")
        await bench.until(lambda: bench.notices.count("is written.") == 2)
        assert bench.app.theme == "dark"

    play(story)
    assert len(list((home / "here").glob("tinylab-*.svg"))) == 2


def test_a_picture_with_simulated_figures_says_so_in_its_name(home: Path) -> None:
    async def story(bench: Bench) -> None:
        await bench.run_all()
        await bench.press("x")
        await bench.until(lambda: "is written." in bench.notices)

    play(story)
    assert len(list((home / "here").glob("tinylab-sim-*.svg"))) == 1


@pytest.mark.parametrize(
    ("typed", "taken"), [("16 32", (16, 32)), ("16;32", (16, 32)), ("16,,32", (16, 32))]
)
def test_clocks_may_be_parted_in_any_way(typed: str, taken: tuple[int, ...]) -> None:
    async def story(bench: Bench) -> None:
        await bench.press("c")
        bench.app.bench.query_one(ClockInput).value = typed
        await bench.press("enter")
        station, _ = bench.app.bench.pane.chosen
        assert station is not None
        assert tuple(hz / 1e6 for hz in station.clocks_hz) == taken

    play(story)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("....", "'....' is not a frequency"),
        ("9" * 400, "is not a frequency"),
        (",".join(map(str, range(1, 60))), "59 clocks are too many"),
    ],
)
def test_what_is_no_clock_is_refused_and_stays_to_be_mended(typed: str, said: str) -> None:
    async def story(bench: Bench) -> None:
        await bench.press("c")
        entry = bench.app.bench.query_one(ClockInput)
        entry.value = typed
        await bench.press("enter")
        assert said in bench.prose("#clock")
        assert entry.value == typed

    play(story)


def test_letters_in_the_clock_are_keys_as_elsewhere() -> None:
    async def story(bench: Bench) -> None:
        await bench.press("c", "1", "6", "p")
        assert bench.app.bench.query_one(ClockInput).value == "16"
        assert bench.app.bench.published

    play(story)


def test_the_end_of_a_session_takes_nothing_from_what_is_typed() -> None:
    class Held(Scripted):
        """Ends well when it is told to."""

        def __call__(self, plan, store, cancelled):  # type: ignore[no-untyped-def]
            go_on.wait(30)
            yield from super().__call__(plan, store, cancelled)

    go_on = threading.Event()

    async def story(bench: Bench) -> None:
        await bench.press("R", "c", "1", "6")
        go_on.set()
        await bench.ended()
        assert bench.app.bench.query_one(ClockInput).value == "16"
        assert isinstance(bench.focused(), ClockInput)

    play(story, Held(), size=(80, 24))


def test_on_a_small_screen_the_focus_goes_where_one_looks() -> None:
    async def story(bench: Bench) -> None:
        await bench.press("2")
        assert isinstance(bench.focused(), LivePane)
        await bench.run_all()
        assert isinstance(bench.focused(), ResultGrid)
        await bench.press("down", "enter")
        assert "human activity recognition on sim:nucleo_wb55rg at 48 MHz" in bench.text

    play(story, size=(80, 24))


def test_the_report_cuts_no_figure_on_a_small_screen() -> None:
    async def story(bench: Bench) -> None:
        await bench.run_all()
        await bench.press("e")
        await bench.sees("M7 550 MHz")
        assert "0.0308 ms SIM" in bench.text

    play(story, size=(80, 24))


def test_the_report_is_there_while_a_session_goes_on() -> None:
    async def story(bench: Bench) -> None:
        await bench.press("R")
        await bench.until(session.holding.is_set)
        await bench.sees("5/12 runs")
        await bench.press("e")
        assert "0.719 ms SIM" in bench.text

    session = Scripted(hold=5)
    play(story, session)


def test_the_title_counts_what_went_well_failed_and_was_stopped() -> None:
    async def story(bench: Bench) -> None:
        await bench.press("R")
        await bench.until(session.holding.is_set)
        await bench.press("escape")
        await bench.ended()
        assert "■ 5/12 runs, 7 stopped" in bench.text.splitlines()[0]

    session = Scripted(hold=5)
    play(story, session)


def test_after_a_session_the_live_view_follows_the_cursor() -> None:
    async def story(bench: Bench) -> None:
        await bench.run_all()
        await bench.press("s", "down")
        assert "image_classification on sim:nucleo_h723zg at 550 MHz" in bench.line("Live")
        await bench.press("up")
        assert "image_classification on sim:nucleo_wb55rg at 64 MHz" in bench.line("Live")

    play(story)


def test_pages_open_once_however_often_their_key_is_pressed() -> None:
    async def story(bench: Bench) -> None:
        await bench.press("h", "o", "h", "question_mark", "question_mark")
        kinds = [type(screen) for screen in bench.app.screen_stack]
        assert len(kinds) == len(set(kinds))

    play(story)


def test_changing_an_option_keeps_what_changed_meanwhile() -> None:
    async def story(bench: Bench) -> None:
        await bench.press("o")
        page = bench.app.screen
        assert isinstance(page, SettingsPage)
        bench.app.bench.remember(bench.app.bench.selection.settings.with_value("warmup", 3))  # type: ignore[union-attr]
        await bench.press("tab")
        await bench.type("5")
        await bench.press("escape")
        selection = bench.app.bench.selection
        assert selection is not None
        assert (selection.options.warmup, selection.options.inferences) == (3, 5)

    play(story)


def test_the_question_goes_away_with_the_session_it_is_about() -> None:
    async def story(bench: Bench) -> None:
        await bench.press("R")
        await bench.until(session.holding.is_set)
        await bench.press("q")
        assert isinstance(bench.app.screen, ConfirmDialog)
        bench.app.bench.action_stop()
        await bench.ended()
        await bench.until(lambda: not isinstance(bench.app.screen, ConfirmDialog))
        assert bench.app.is_running

    session = Scripted(hold=0)
    play(story, session, StartRequest(on=("sim:nucleo_wb55rg@48",)))
