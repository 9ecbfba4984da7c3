"""What opens on top of the bench: pages and dialogs about what it shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on
from textual.screen import Screen

from tinylab.errors import TinylabError
from tinylab.screens.dialogs import TroubleDialog
from tinylab.screens.error_boundary import ErrorBoundary
from tinylab.screens.sessions import Sessions
from tinylab.screens.widgets.results_pane import ResultsPane
from tinylab.screens.widgets.selection_pane import SelectionPane

if TYPE_CHECKING:
    from tinylab.screens.selection import Selection


class BenchPages(ErrorBoundary, Screen[None]):
    """The state of the bench, and the keys that open something about it."""

    def __init__(self) -> None:
        super().__init__()
        self.pane = SelectionPane(id="setup")
        self.sessions = Sessions()

    @property
    def selection(self) -> Selection | None:
        """None until it is ready."""
        return self.pane.selection

    def trouble(self, what: str, error: TinylabError) -> None:
        """Shows an error with its remedy."""
        self.app.push_screen(TroubleDialog(what, [("", error)]))

    def action_data(self) -> None:
        from tinylab.screens.data_dialog import DataDialog

        if self.selection is not None:
            self.app.push_screen(DataDialog(self.selection), self._data_taken)

    def _data_taken(self, said: str | None) -> None:
        if said is not None:
            self.pane.draw()
            self.notify(said, markup=False)

    def action_inspect(self) -> None:
        from tinylab.screens.pages import ModelPage

        _, model = self.pane.chosen
        if model is None:
            return
        if model.facts is None:
            self.notify(f"{model.title} is still being read.", markup=False)
        elif isinstance(model.facts, TinylabError):
            self.trouble(f"{model.title} cannot be used", model.facts)
        else:
            self.app.push_screen(ModelPage(model.facts, self.pane.lacking))

    def action_log(self) -> None:
        from tinylab.screens.pages import BuildLogPage

        live, key = self.sessions.live, self.pane.station_key
        self.app.push_screen(BuildLogPage(lambda: live.log(key) if live else ()))

    def action_report(self) -> None:
        from tinylab.screens.pages import ResultsPage

        document = self.sessions.report
        if document is None:
            self.notify("No run is complete yet; r or R starts one.")
        else:
            self.app.push_screen(ResultsPage(document))

    @on(ResultsPane.Opened)
    def _opened(self, event: ResultsPane.Opened) -> None:
        from tinylab.screens.pages import RunPage

        self.app.push_screen(RunPage(lambda: self.sessions.entry_at(event.entry)))
