"""Text that costs nothing when it is told again."""

from __future__ import annotations

from rich.text import Text
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from tinylab.display_text import one_line


class StableText(Static):
    """Is drawn, and laid out, only when what it says has changed."""

    _said: Text | None = None

    def say(self, text: Text, *, layout: bool = True) -> None:
        """Shows `text`; without `layout` it must take the same room as what stood there."""
        said, self._said = self._said, text
        if said is None or (said, said.style) != (text, text.style):
            self.update(text, layout=layout)


def set_title(pane: Widget, title: str) -> None:
    """Puts `title` into the border, as it is: brackets are no markup.

    Textual would draw the pane anew for the same title, too.
    """
    line = one_line(title)
    if pane.border_title != Content(line).markup:
        pane.border_title = Text(line)
