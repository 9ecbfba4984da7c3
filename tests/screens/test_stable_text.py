"""StableText that are told again cost nothing, and titles are shown as they are."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine

from rich.text import Text
from textual.app import App, ComposeResult
from textual.pilot import Pilot
from textual.widget import Widget

from tinylab.screens.widgets.stable_text import StableText, set_title


class Drawn(StableText):
    """Counts how often it is drawn."""

    times = 0

    def render(self) -> object:  # type: ignore[override]
        self.times += 1
        return super().render()


class OnePane(App[None]):
    CSS = "Drawn { border: round white; }"

    def compose(self) -> ComposeResult:
        yield Drawn()


def play(story: Callable[[Pilot[None], Drawn], Coroutine[None, None, None]]) -> None:
    async def all_of_it() -> None:
        app = OnePane()
        async with app.run_test() as pilot:
            await pilot.pause()
            await story(pilot, app.query_one(Drawn))

    asyncio.run(all_of_it())


def top_line(pane: Widget) -> str:
    return pane.app.screen._compositor.render_strips()[0].text


def test_the_same_words_again_are_not_drawn_again() -> None:
    async def story(pilot: Pilot[None], pane: Drawn) -> None:
        pane.say(Text("one", style="dim"))
        set_title(pane, "Live  [x]")
        await pilot.pause()
        before = pane.times
        for _ in range(5):
            pane.say(Text("one", style="dim"))
            set_title(pane, "Live  [x]")
            await pilot.pause()
        assert pane.times == before
        pane.say(Text("one", style="bold"))
        await pilot.pause()
        assert pane.times > before

    play(story)


def test_brackets_in_a_title_are_no_markup() -> None:
    async def story(pilot: Pilot[None], pane: Drawn) -> None:
        set_title(pane, "Live  /models/[old] net[1].keras")
        await pilot.pause()
        assert "/models/[old] net[1].keras" in top_line(pane)

    play(story)
