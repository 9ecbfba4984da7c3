"""The bench: stations at work, the two results tables filling, and a log."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import Screen
from textual.widgets import Footer, RichLog, Static

from tinylab.export.table import result_tables
from tinylab.export.text_table import table_view
from tinylab.screens.messages import Said, SessionBegan, SessionEnded

if TYPE_CHECKING:
    from tinylab.bench.outcomes import Session
    from tinylab.bench.plan import Plan
    from tinylab.results.record import RunDocument
    from tinylab.screens.live import LiveSession, Snapshot, StationLine

REDRAWS_PER_S = 8
WELCOME = (
    "R runs the plan: what the command line asked for, or else every network of the\n"
    "catalogue, on the boards that are attached, or else on the study's virtual boards."
)


class BenchScreen(Screen[None]):
    """Runs a plan in a thread of its own, and draws the latest snapshot of it."""

    CSS_PATH = "tinylab.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("R,r", "run", "Run", key_display="R"),
        Binding("escape", "cancel", "Cancel"),
        Binding("p", "published", "Published"),
        Binding("q", "app.quit", "Quit"),
    ]

    def __init__(self, make_plan: Callable[[], Plan], session: Session) -> None:
        super().__init__()
        self._make_plan = make_plan
        self._session = session
        self._cancelled: threading.Event | None = None
        self._live: LiveSession | None = None
        self._snapshot: Snapshot | None = None
        self._published = True

    @property
    def running(self) -> bool:
        return self._cancelled is not None

    @property
    def document(self) -> RunDocument | None:
        """The results of the last session; None before the first."""
        return self._live.document() if self._live else None

    def compose(self) -> ComposeResult:
        yield Static(" tinylab  bench", id="title")
        yield Static(WELCOME, id="stations")
        with VerticalScroll(id="results"):
            yield Static(id="tables")
        yield RichLog(id="log", wrap=True, min_width=20, max_lines=1000)
        yield Footer()

    def on_mount(self) -> None:
        self.set_interval(1 / REDRAWS_PER_S, self._refresh)
        self.query_one("#results").focus()

    def on_resize(self) -> None:
        self._draw_tables()

    def action_run(self) -> None:
        if self.running:
            self._say("A session is running; escape stops it.")
            return
        self._cancelled = cancelled = threading.Event()
        self._title("making the plan")
        self.run_worker(lambda: self._work(cancelled), thread=True, group="session")

    def action_cancel(self) -> None:
        """Asks the session to stop; it says itself when it has."""
        if self._cancelled and not self._cancelled.is_set():
            self._cancelled.set()
            self._say("Stopping; what was measured is kept.")

    def action_published(self) -> None:
        """Shows the published figures beside ours, or hides them."""
        self._published = not self._published
        self._draw_tables()

    @on(SessionBegan)
    def _began(self, message: SessionBegan) -> None:
        self._live = message.live

    @on(SessionEnded)
    def _ended(self) -> None:
        self._cancelled = None
        self._refresh()
        self._title("done" if self._live else "")

    @on(Said)
    def _said(self, message: Said) -> None:
        self._say(message.text, message.trouble)

    def _work(self, cancelled: threading.Event) -> None:
        from tinylab.screens.session_thread import carry_out

        carry_out(self._make_plan, self._session, cancelled, self.post_message)

    def _say(self, text: str, trouble: bool = False) -> None:
        log = self.query_one("#log", RichLog)
        log.write(Text(f"! {text}" if trouble else text, style="bold red" if trouble else ""))

    def _title(self, state: str) -> None:
        self.query_one("#title", Static).update(Text(f" tinylab  bench  {state}"))

    def _refresh(self) -> None:
        snapshot = self._live.changes() if self._live else None
        if snapshot is None:
            return
        self._snapshot = snapshot
        self._title(f"{snapshot.done} of {snapshot.total} runs done")
        self.query_one("#stations", Static).update(stations_view(snapshot.stations))
        self._draw_tables()

    def _draw_tables(self) -> None:
        if self._snapshot is None:
            return
        width = self.query_one("#results", VerticalScroll).size.width
        tables = result_tables(self._snapshot.entries)
        view = Group(*(table_view(table, width, self._published) for table in tables))
        self.query_one("#tables", Static).update(view)


def stations_view(lines: tuple[StationLine, ...]) -> RenderableType:
    """One line for each station: name, job, stage, figures."""
    grid = Table.grid(padding=(0, 2))
    for _ in ("station", "job", "stage"):
        grid.add_column(no_wrap=True)
    for line in lines:
        style = "bold" if line.job else "dim"
        grid.add_row(*(Text(t, style) for t in (line.station, line.job, line.stage, line.figures)))
    return grid
