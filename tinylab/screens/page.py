"""A full-screen page of text: a title, a body that scrolls, the keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import Screen
from textual.widgets import Footer, Static

from tinylab.display_text import one_line
from tinylab.screens.error_boundary import ErrorBoundary

if TYPE_CHECKING:
    from rich.console import RenderableType

NARROWEST = 20


class Page(ErrorBoundary, Screen[None]):
    """Shows `content()`, drawn anew at every width."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "app.pop_screen", "Back", key_display="esc"),
    ]

    def __init__(self, title: str) -> None:
        super().__init__()
        self._heading = title

    def compose(self) -> ComposeResult:
        yield Static(f" tinylab  {one_line(self._heading)}", id="title", markup=False)
        with VerticalScroll(id="page"):
            yield Static(id="content")
        yield Footer(compact=True, show_command_palette=False)

    def content(self, width: int) -> RenderableType:
        """The content of the page, for that many columns."""
        raise NotImplementedError

    def on_mount(self) -> None:
        self.query_one("#page").focus()

    def on_resize(self) -> None:
        self.call_after_refresh(self.draw)  # the page has its new width only then

    def draw(self) -> None:
        """Draws the content again."""
        place = self.query_one("#content", Static)
        place.update(self.content(max(place.content_size.width, NARROWEST)))
