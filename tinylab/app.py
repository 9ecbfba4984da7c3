"""The terminal interface: the bench, and the functions of every screen."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from textual.app import App, SystemCommand
from textual.binding import BindingType
from textual.filter import Monochrome, NoColor
from textual.screen import Screen

from tinylab.display_text import visible
from tinylab.errors import TinylabError
from tinylab.screens import keys, themes
from tinylab.screens.app_context import AppContext
from tinylab.screens.bench import BenchScreen
from tinylab.screens.error_boundary import ErrorBoundary
from tinylab.screens.foreign_text import NothingHidden

if TYPE_CHECKING:
    from tinylab.results.record import RunDocument
    from tinylab.screens.messages import Troubled
    from tinylab.screens.selection import StartRequest
    from tinylab.screens.settings_page import SettingsPage

MISTAKES_IN_A_ROW = 5
"""With so many exceptions in one second, tinylab ends."""


class TinylabApp(ErrorBoundary, App[None]):
    """One bench. Quitting while a session runs asks, stops it first, and cleanly."""

    TITLE = "tinylab"
    CSS_PATH = "screens/tinylab.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*keys.APP]

    def __init__(self, app_context: AppContext) -> None:
        super().__init__()
        for theme in themes.ALL:
            self.register_theme(theme)
        self.theme = themes.DARK.name
        if self.no_color:  # Textual's own way leaves shades of grey
            kept = (one for one in self._filters if not isinstance(one, Monochrome))
            self._filters = [*kept, NoColor()]
        self._filters.append(NothingHidden())
        self.bench = BenchScreen(app_context)
        self.mistakes: list[TinylabError] = []
        self.broken: TinylabError | None = None
        """The exception after which the screen could no longer be drawn."""
        self._app_context = app_context
        self._mistaken: list[float] = []
        self._quitting = False
        self._picturing = False

    def on_mount(self) -> None:
        self.push_screen(self.bench)

    def notify(self, message: str, **how: Any) -> None:
        """Messages can hold names from files."""
        super().notify(visible(message), **how)

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """The command palette: every key of the bench and of the interface, by name."""
        for binding in (*keys.BENCH, *keys.APP):
            target = self.bench if binding in keys.BENCH else self

            async def do(action: str = binding.action, node: object = target) -> None:
                await self.run_action(action, node)  # type: ignore[arg-type]

            yield SystemCommand(binding.description, binding.tooltip, do)

    async def action_quit(self) -> None:
        if not self.bench.running:
            self.exit()
            return
        from tinylab.screens.dialogs import ConfirmDialog

        if not any(isinstance(screen, ConfirmDialog) for screen in self.screen_stack):
            question = "A session is running. Stop it and quit? Measured samples are kept."
            dialog = ConfirmDialog(question, yes="Stop and quit", no="Continue")
            self.push_screen(dialog, self._quit_if)

    def _quit_if(self, yes: bool | None) -> None:
        if not yes:
            return
        self._quitting = True
        if self.bench.running:
            self.bench.action_stop()
        else:
            self.exit()

    def on_session_ended(self) -> None:
        from tinylab.screens.dialogs import ConfirmDialog

        if self._quitting:
            self.exit()
        elif isinstance(self.screen, ConfirmDialog):
            self.screen.dismiss(False)

    def on_troubled(self, message: Troubled) -> None:
        self.bench.trouble("Error", message.error)

    def action_help(self) -> None:
        from tinylab.screens.pages import HelpPage

        self._open_once(HelpPage, lambda: HelpPage(keys.groups()))

    def action_doctor(self) -> None:
        from tinylab.screens.doctor_page import DoctorPage

        doctor, bench = self._app_context.doctor, self.bench
        self._open_once(DoctorPage, lambda: DoctorPage(doctor, lambda: bench.probes))

    def action_history(self) -> None:
        from tinylab.screens.history_page import HistoryPage

        self._open_once(HistoryPage, HistoryPage)

    def action_settings(self) -> None:
        from tinylab.screens.settings_page import SettingsPage

        selection = self.bench.selection
        if selection is not None:
            self._open_once(SettingsPage, lambda: SettingsPage(selection.settings))

    def _open_once(self, kind: type[Screen[Any]], make: Callable[[], Screen[Any]]) -> None:
        """Opens a page, unless it is open already, perhaps under another one."""
        if not any(isinstance(screen, kind) for screen in self.screen_stack):
            self.push_screen(make())

    def on_settings_page_saved(self, message: SettingsPage.Saved) -> None:
        self.bench.take_settings(message.settings, message.name)

    def action_picture(self) -> None:
        """Writes a picture of the screen in the colours of a report."""
        from tinylab.screens.picture import picture_path, take_picture

        selection = self.bench.selection
        if selection is not None and not self._picturing:
            self._picturing = True
            theme = str(selection.option("picture_theme"))
            path = picture_path(selection.settings, self._app_context.picture, self.bench.simulated)
            take_picture(self, path, theme, self._pictured)

    def _pictured(self) -> None:
        self._picturing = False

    def _handle_exception(self, error: Exception) -> None:
        """A bug in tinylab becomes a dialog; Textual would end the application.

        If it occurs repeatedly, the application ends.
        """
        from tinylab.screens.dialogs import TroubleDialog
        from tinylab.screens.threads import bug

        told = error if isinstance(error, TinylabError) else bug(error)
        if any(isinstance(one, TroubleDialog) and told.message in one.text for one in self._open):
            return
        now = time.monotonic()
        self._mistaken = [*(at for at in self._mistaken if now - at < 1.0), now]
        self.mistakes.append(told)
        if self._running and len(self._mistaken) < MISTAKES_IN_A_ROW:
            self.push_screen(TroubleDialog("Error", [("", told)]))
            return
        self.broken = self.mistakes[-len(self._mistaken)]
        self.bench.sessions.stop()  # its thread would keep the closed application waiting
        self.exit()

    @property
    def _open(self) -> list[Screen[Any]]:
        return self._screen_stack if self._running else []


class Closed(NamedTuple):
    """What is left when the interface has been closed."""

    document: RunDocument | None
    """The results of all its sessions."""
    broken: TinylabError | None = None
    """Why it closed because of an error."""


def run_app(asked: Callable[[], StartRequest], picture: str | None = None) -> Closed:
    """Opens the interface until it is closed. `picture` is the file that the key x writes."""
    for name in ("COLUMNS", "LINES"):  # exported by some shells; the terminal's own size is correct
        os.environ.pop(name, None)
    app = TinylabApp(AppContext(asked, picture=picture))
    app.run()
    return Closed(app.bench.document, app.broken)
