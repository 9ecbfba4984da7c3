"""Sizes, colours, mistakes: nothing ends the application with a traceback."""

from __future__ import annotations

import asyncio

import pytest

from tests.fakes.scripted import Scripted
from tests.screens.stage import Bench, play
from tinylab.errors import InputError
from tinylab.screens.widgets.pick_list import PickLine, PickList
from tinylab.screens.widgets.selection_pane import SelectionPane

TINY = [(20, 5), (1, 1), (30, 8), (80, 24), (119, 31), (120, 32), (169, 60), (300, 100)]


@pytest.mark.parametrize("size", TINY)
def test_any_size_will_do(size: tuple[int, int]) -> None:
    async def story(bench: Bench) -> None:
        await bench.run_all()
        for key in ("1", "2", "3", "p", "e", "escape", "question_mark", "escape", "o", "escape"):
            await bench.press(key)
        assert bench.app.mistakes == []

    play(story, size=size)


def test_resizing_while_a_run_goes_on() -> None:
    async def story(bench: Bench) -> None:
        await bench.press("R")
        await bench.until(session.holding.is_set)
        for size in [(20, 5), (200, 60), (80, 24), (1, 1), (120, 40)]:
            await bench.pilot.resize_terminal(*size)
            await bench.pilot.pause(0.2)
        assert "measure ▶" in bench.text
        assert bench.app.mistakes == []

    session = Scripted(hold=5)
    play(story, session)


def test_a_small_screen_goes_to_the_live_view_and_then_to_the_results() -> None:
    async def story(bench: Bench) -> None:
        assert "[1 Setup]" in bench.text
        assert "Clock  c" in bench.text
        await bench.press("R")
        await bench.until(session.holding.is_set)
        await bench.sees("[2 Live]", "measure ▶")
        await bench.pilot.click("#tabs", offset=(4, 0))
        await bench.pilot.pause()
        assert "Stations" in bench.text
        assert "n 6  med" in bench.text.splitlines()[0], "the live line stays in sight"
        await bench.press("escape")
        await bench.sees("[3 Results]", "0.719 ms SIM")

    session = Scripted(hold=5)
    play(story, session, size=(80, 24))


def test_a_mistake_in_tinylab_becomes_a_dialog(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("by hand")

    async def story(bench: Bench) -> None:
        monkeypatch.setattr(type(bench.app.bench), "action_published", broken)
        await bench.press("p")
        assert "ZeroDivisionError: by hand" in bench.trouble
        assert "action_published" in bench.trouble or "broken" in bench.trouble
        assert "Please report it" in bench.trouble
        await bench.press("escape")
        await bench.run_all()
        assert "0.719 ms SIM" in bench.text
        assert len(bench.app.mistakes) == 1

    play(story)


def test_a_screen_that_cannot_be_drawn_at_all_ends_the_application(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A dialog that breaks as it opens must not open for ever."""
    from tinylab.screens.dialogs import TroubleDialog

    times: list[int] = []

    def broken(*_: object) -> None:
        times.append(1)
        raise ZeroDivisionError(f"number {len(times)}")

    async def story(bench: Bench) -> None:
        monkeypatch.setattr(TroubleDialog, "compose", broken)
        bench.app.bench.call_next(broken)
        while bench.app.is_running:  # its screens answer no pilot any more
            await asyncio.sleep(0.02)

    app = play(story)
    assert app.broken is not None
    assert "ZeroDivisionError: number 1" in app.broken.message, "the first, not what followed"


def test_a_mistake_that_repeats_itself_is_told_once_and_hides_no_other() -> None:
    async def story(bench: Bench) -> None:
        for _ in range(20):
            bench.app._handle_exception(ZeroDivisionError("again and again"))
            await bench.pilot.pause()
        bench.app._handle_exception(KeyError("another"))
        await bench.pilot.pause()
        assert "KeyError" in bench.trouble
        await bench.press("escape")
        assert "again and again" in bench.trouble
        await bench.press("escape")
        await bench.run_all()
        assert "0.719 ms SIM" in bench.text
        assert len(bench.app.mistakes) == 2

    play(story)


def test_the_focused_part_is_told_by_the_shape_of_its_frame() -> None:
    async def story(bench: Bench) -> None:
        assert "┏━ Stations" in bench.text
        assert "╭─ Models" in bench.text
        await bench.press("m")
        assert "╭─ Stations" in bench.text
        assert "┏━ Models" in bench.text

    play(story)


def test_the_line_under_the_cursor_has_a_sign() -> None:
    async def story(bench: Bench) -> None:
        assert bench.line("sim:nucleo_wb55rg").lstrip("┃").startswith("> [x]")
        await bench.press("down")
        assert bench.line("sim:nucleo_wb55rg").lstrip("┃").startswith("  [x]")
        assert bench.line("sim:nucleo_h723zg").lstrip("┃").startswith("> [x]")

    play(story)


def test_the_mouse_ticks_and_opens() -> None:
    async def story(bench: Bench) -> None:
        await bench.pilot.click("#models", offset=(12, 3))
        await bench.pilot.pause()
        assert "> [x] human_activity" in bench.text, "a click elsewhere only moves the cursor"
        await bench.pilot.click("#models", offset=(4, 3))
        await bench.pilot.pause()
        assert "[ ] human_activity" in bench.text
        await bench.run_all()
        await bench.pilot.click("#times", offset=(34, 4))
        await bench.pilot.pause()
        await bench.pilot.click("#times", offset=(34, 4))
        await bench.sees("image classification on sim:nucleo_wb55rg at 64 MHz")

    play(story)


def test_a_list_told_anew_keeps_its_cursor_on_its_line() -> None:
    async def story(bench: Bench) -> None:
        models = bench.app.bench.query_one("#models", PickList)
        models.show([PickLine(key, key) for key in "abc"])
        models.go_to("b")
        models.show([PickLine(key, key) for key in "xaybz"])
        assert models.key == "b"
        models.show([PickLine(key, key) for key in "xy"])
        assert models.key == "y"
        models.show([])
        assert models.key is None

    play(story)


def test_what_a_hidden_list_was_told_is_legible_when_it_shows() -> None:
    async def story(bench: Bench) -> None:
        pane = bench.app.bench.query_one(SelectionPane)
        await bench.press("2")
        pane.learn("house_price", InputError("is gone", remedy="put it back"))
        await bench.press("1")
        await bench.until(lambda: "not usable" in bench.text)
        assert "house_price" in bench.line("not usable")

    play(story, size=(80, 24))
