"""The bench: stations, models and clocks at the left, the run beside them, results below."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container, Horizontal, VerticalScroll
from textual.events import Resize
from textual.widgets import Footer, Static

from tinylab.errors import TinylabError
from tinylab.screens import bench_text, keys
from tinylab.screens.bench_pages import BenchPages
from tinylab.screens.dialogs import AddModelDialog, TroubleDialog
from tinylab.screens.messages import (
    ModelRead,
    ProbesChanged,
    SelectionReady,
    SessionEnded,
    Troubled,
)
from tinylab.screens.widgets.clock import ClockInput
from tinylab.screens.widgets.live_pane import LivePane, describe
from tinylab.screens.widgets.results_pane import ResultsPane
from tinylab.screens.widgets.selection_pane import SelectionPane
from tinylab.screens.widgets.stable_text import StableText
from tinylab.settings import Settings, save

if TYPE_CHECKING:
    from textual.message import Message

    from tinylab.bench.plan.plan import Plan
    from tinylab.probe.discovery import ProbeInfo
    from tinylab.results.record import RunDocument
    from tinylab.screens.app_context import AppContext
    from tinylab.screens.selection import Selection

REDRAWS_PER_S = 8
COMPACT_BELOW = (120, 32)
"""Columns and rows; with fewer of either, the panes are shown as tabs."""
WIDE_FROM = (196, 44)
"""From this size on, the inspector is shown at the right."""
TABS = ("setup", "live", "results")


class BenchScreen(BenchPages):
    """The selection, the running measurement, and the results.

    A session runs in a thread of its own; the screen asks it for a snapshot on a timer.
    """

    BINDINGS: ClassVar[list[BindingType]] = [*keys.BENCH]

    def __init__(self, app_context: AppContext) -> None:
        super().__init__()
        self.probes: tuple[ProbeInfo, ...] = ()
        """All attached probes, as last reported by the watch."""
        self.published = False
        self._app_context = app_context
        self._gone = threading.Event()

    @property
    def running(self) -> bool:
        return self.sessions.running

    @property
    def simulated(self) -> bool:
        """Whether figures of virtual boards are on the screen."""
        return any(entry.simulated for entry in self.sessions.entries)

    @property
    def document(self) -> RunDocument | None:
        """The results of all sessions; None before the first has ended."""
        return self.sessions.document

    # What the screen is made of, and what it starts.

    def compose(self) -> ComposeResult:
        with Horizontal(id="top"):
            yield StableText(" tinylab", id="title", markup=False)
            yield Static(id="errors", markup=False)
        yield Static(id="tabs", markup=False)
        with Container(id="desk"):
            yield self.pane
            yield LivePane(id="live")
            with VerticalScroll(id="inspector"):
                yield Static(id="inspected")
            yield ResultsPane(id="results")
        yield Footer(compact=True, show_command_palette=False)

    def on_mount(self) -> None:
        self.query_one("#inspector").border_title = "Inspector"
        self.query_one(LivePane).hint(bench_text.first(seen=True))
        self.query_one("#stations").focus()
        self.set_interval(1 / REDRAWS_PER_S, self._refresh)
        self.call_after_refresh(self._begin)

    def on_unmount(self) -> None:
        self._gone.set()

    def _begin(self) -> None:
        """Heavy work starts after the first paint, in threads."""
        self._in_thread("make_selection", self._app_context.asked, self._post)
        self._in_thread("watch_probes", self._app_context.usb, self._gone, self._post)

    def _in_thread(self, name: str, *arguments: object) -> None:
        """A function of `threads`, in a thread of its own."""

        def work() -> None:
            from tinylab.screens import threads

            getattr(threads, name)(*arguments)

        self.run_worker(work, thread=True, group=name, exit_on_error=False)

    def _post(self, message: Message) -> None:
        if not self._gone.is_set():
            self.post_message(message)

    def _read_models(self, names: list[str]) -> None:
        self._in_thread("read_models", names, self._gone, self._post)

    # Messages of the threads.

    @on(SelectionReady)
    def _selection_ready(self, message: SelectionReady) -> None:
        selection = message.selection
        self.pane.open(selection)
        self.app.theme = selection.settings.theme
        self.published = selection.settings.published
        if message.trouble is not None:
            self.trouble("The settings", message.trouble)
        self.query_one(LivePane).hint(bench_text.first(selection.settings.seen_hint))
        self.query_one("#errors", Static).update(bench_text.simulation_errors(selection.stations))
        self._read_models([model.name for model in selection.models])

    @on(ModelRead)
    def _read(self, message: ModelRead) -> None:
        self.pane.learn(message.name, message.facts)

    @on(ProbesChanged)
    def _probes(self, message: ProbesChanged) -> None:
        self.probes = message.probes
        if self.selection is None:  # the selection is still being made
            self.set_timer(0.05, lambda: self._probes(message))
            return
        self.pane.see(message.probes)

    @on(Troubled)
    def _troubled(self, message: Troubled) -> None:
        message.stop()
        self.trouble("Error", message.error)

    # A session, from the plan to its end.

    def action_run(self) -> None:
        self._start(lambda selection: selection.plan_of(*self.pane.chosen))

    def action_run_all(self) -> None:
        self._start(lambda selection: selection.whole_plan())

    def _start(self, plan_of: Callable[[Selection], Plan]) -> None:
        """Executes a plan, unless a session is running or the plan cannot be made."""
        if self.running:
            self.notify("A session is running; esc stops it.")
            return
        if self.selection is None:
            self.notify("The bench is still loading; press the key again in a moment.")
            return
        try:
            plan = plan_of(self.selection)
        except TinylabError as error:
            self.trouble("The run cannot be started", error)
            return
        live, cancelled = self.sessions.begin(plan)
        self._in_thread("carry_out", live, self._app_context.session, cancelled, self.post_message)
        self.turn_to("live")
        if not self.selection.settings.seen_hint:
            self.remember(replace(self.selection.settings, seen_hint=True))

    def action_stop(self) -> None:
        """Asks the session to stop; SessionEnded reports its end."""
        if self.sessions.stop():
            self.notify("Stopping; measured samples are kept.")

    @on(SessionEnded)
    def _ended(self) -> None:
        failures = self.sessions.end()
        self.draw_results()
        self.pane.work(())
        self._draw_live()
        self.turn_to("results")
        if failures:
            told = [(describe(failed.job), failed.error) for failed in failures]
            self.app.push_screen(TroubleDialog(bench_text.failures(len(told)), told))

    def action_freeze(self) -> None:
        """Freezes or resumes the live view."""
        self.sessions.freeze(self.pane.station_key)
        self._draw_live()

    # What is saved of the selection.

    def action_add_model(self) -> None:
        self.app.push_screen(AddModelDialog(), self._add_model)

    def _add_model(self, path: str | None) -> None:
        if path is None:
            return
        try:
            name = self.pane.add_model(path)
        except TinylabError as error:
            self.trouble("This model cannot be added", error)
            return
        if name is not None:
            self._remember_models()
            self._read_models([name])

    def action_remove_model(self) -> None:
        try:
            self.pane.remove_model()
        except TinylabError as error:
            self.notify(str(error), markup=False)
        else:
            self._remember_models()

    def _remember_models(self) -> None:
        if self.selection is not None:
            added = tuple(model.name for model in self.selection.models if model.added)
            self.remember(replace(self.selection.settings, models=added))

    def take_settings(self, settings: Settings, name: str) -> None:
        """The option `name` was changed, and is saved: it applies from now on."""
        if self.selection is None:
            return
        value = getattr(settings, name)
        self.selection.settings = self.selection.settings.with_value(name, value)
        self.selection.asked = self.selection.asked.without(name)
        self.app.theme = settings.theme
        if name == "published":
            self.published = settings.published
        self.pane.draw()
        self.draw_results()

    def remember(self, settings: Settings) -> None:
        """Applies the settings, and saves them."""
        if self.selection is None:
            return
        before, self.selection.settings = self.selection.settings, settings
        try:
            save(settings, before)
        except TinylabError as error:
            self.notify(str(error), severity="warning", markup=False)

    # Size, tabs and focus.

    @on(Resize)
    def _fit(self, event: Resize) -> None:
        width, height = event.size
        compact = width < COMPACT_BELOW[0] or height < COMPACT_BELOW[1]
        self.set_class(compact, "compact")
        self.set_class(width >= WIDE_FROM[0] and height >= WIDE_FROM[1], "wide")
        self._inspect_model()
        if not any(self.has_class(name) for name in TABS):
            self.show_tab("setup")

    def show_tab(self, name: str) -> None:
        """The part that a small screen shows; others show all."""
        for tab in TABS:
            self.set_class(tab == name, tab)
        self.query_one("#tabs", Static).update(bench_text.tabs(TABS, name))

    def turn_to(self, name: str) -> None:
        """Shows a tab by itself: not while something is typed. What is hidden has no focus."""
        if not self.has_class("compact"):
            self.show_tab(name)
        elif not isinstance(self.focused, ClockInput):
            self.action_tab(name)

    def action_tab(self, name: str) -> None:
        self.show_tab(name)
        self.query_one({"setup": "#stations", "live": "#live", "results": "#times"}[name]).focus()

    def action_to(self, name: str) -> None:
        """Puts the focus on a widget, and on a small screen its tab in front."""
        widget = self.query_one(f"#{name}")
        self.show_tab("results" if name == "times" else "setup")
        widget.focus()

    # Drawing.

    def action_published(self) -> None:
        self.published = not self.published
        self.draw_results()

    def draw_results(self) -> None:
        if self.sessions.live is not None:
            self.query_one(ResultsPane).show(self.sessions.entries, self.published)

    def _refresh(self) -> None:
        snapshot = self.sessions.look() if self.running else None
        if snapshot is not None:
            self.draw_results()
            self.pane.work(snapshot.stations)
            self._draw_live()

    def _draw_live(self) -> None:
        """The station under the cursor at work, and the line about it at the top."""
        live, snapshot = self.sessions.live, self.sessions.snapshot
        view = live.view(self.pane.station_key) if live else None
        if view is None or snapshot is None:
            if self.running:
                self.query_one(LivePane).hint(Text(bench_text.OPENING))
            return
        title = bench_text.title(snapshot, view, self.running)
        self.query_one("#title", StableText).say(title, layout=False)
        frozen = self.sessions.frozen
        self.query_one(LivePane).show(frozen or view, frozen is not None)

    @on(ResultsPane.Pointed)
    def _pointed(self, event: ResultsPane.Pointed) -> None:
        if event.entry is not None and self.has_class("wide"):
            from tinylab.screens.run_view import run_view

            self.query_one("#inspected", Static).update(run_view(event.entry))

    @on(SelectionPane.Moved)
    def _moved(self) -> None:
        self._inspect_model()
        if not self.running:  # else it is drawn all the time
            self._draw_live()

    def _inspect_model(self) -> None:
        """On a wide screen the model under the cursor stands open at the right."""
        _, model = self.pane.chosen
        facts = model.facts if model else None
        if facts is None or isinstance(facts, TinylabError) or not self.has_class("wide"):
            return
        from tinylab.screens.pages import model_view

        self.query_one("#inspected", Static).update(model_view(facts, self.pane.lacking))
