"""The tables take the room there is, also after it has changed."""

from __future__ import annotations

import asyncio

from textual.app import App, ComposeResult

from tests.fakes.records import record
from tinylab.export.table import entry_of
from tinylab.screens.widgets.results_pane import ResultsPane

TITLE = "human activity recognition"


class OnePane(App[None]):
    def compose(self) -> ComposeResult:
        yield ResultsPane(id="results")


def shown(app: App[None]) -> str:
    return "\n".join(strip.text for strip in app.screen._compositor.render_strips())


def test_titles_are_whole_once_the_hidden_tables_are_shown() -> None:
    async def story() -> None:
        app = OnePane()
        async with app.run_test(size=(80, 24)) as pilot:
            pane = app.query_one(ResultsPane)
            pane.display = False
            await pilot.pause()
            pane.show([entry_of(record("human_activity"))], published=False)
            pane.display = True
            await pilot.pause()
            assert TITLE in shown(app)
            await pilot.resize_terminal(36, 24)
            await pilot.pause()
            assert TITLE not in shown(app)
            assert "ms SIM" in shown(app)

    asyncio.run(story())
