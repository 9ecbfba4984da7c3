"""The stored runs, newest first; Enter opens one."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.widgets import DataTable, Footer, Static

from tinylab import paths
from tinylab.display_text import one_line
from tinylab.errors import TinylabError
from tinylab.export.table import entry_of
from tinylab.screens.error_boundary import ErrorBoundary
from tinylab.screens.foreign_text import shown
from tinylab.screens.messages import Troubled
from tinylab.screens.pages import RunPage
from tinylab.units import duration, megahertz

if TYPE_CHECKING:
    from tinylab.results.stored_run import StoredRun

SHOWN = 200
COLUMNS = ("run", "started", "model", "board", "clock", "state", "cycles", "time")


class HistoryPage(ErrorBoundary, Screen[None]):
    """The latest runs of all sessions."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,h", "app.pop_screen", "Back", key_display="esc"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._runs: list[StoredRun] = []

    def compose(self) -> ComposeResult:
        title = f" tinylab  history, the latest {SHOWN} runs; Enter opens one"
        yield Static(title, id="title", markup=False)
        yield DataTable[Text](id="history", cursor_type="row")
        yield Footer(compact=True, show_command_palette=False)

    def on_mount(self) -> None:
        from tinylab.results.store import Store

        table = self.query_one("#history", DataTable)
        table.add_columns(*COLUMNS)
        try:
            with Store.reading(paths.results_database()) as store:
                self._runs = store.recent(SHOWN)
                skipped = store.unreadable
            if skipped:
                more = f" {len(skipped)} in all: `tinylab history` lists them."
                told = f"{skipped[0]}{more if len(skipped) > 1 else ''}"
                self.notify(told, severity="warning", markup=False)
        except TinylabError as error:
            self.app.post_message(Troubled(error))
        for run in self._runs:
            table.add_row(*(shown(one_line(text)) for text in _line(run)))
        table.focus()

    @on(DataTable.RowSelected)
    def _opened(self, event: DataTable.RowSelected) -> None:
        run = self._runs[event.cursor_row]
        if run.record is not None:
            entry = entry_of(run.record)
            self.app.push_screen(RunPage(lambda: entry))
        else:
            said = run.message or f"{run.samples:,} samples of it are kept."
            self.notify(f"Run {run.id} was {run.state}: {said}", markup=False)


def _line(run: StoredRun) -> tuple[str, ...]:
    return (
        str(run.id),
        run.started[:16].replace("T", " "),
        run.what,
        f"{'sim:' if run.simulated else ''}{run.board}",
        megahertz(run.clock_hz),
        str(run.state),
        f"{run.record.cycles.median:,.0f}" if run.record else "-",
        duration(run.record.latency_ms.median / 1e3) if run.record else "-",
    )
