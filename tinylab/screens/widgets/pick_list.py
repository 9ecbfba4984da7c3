"""A list whose lines can be ticked, and which can be told anew without losing its place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import wrap

from rich.cells import cell_len, set_cell_size
from rich.text import Text
from textual import on
from textual.events import Click, Resize
from textual.geometry import Size
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from tinylab.display_text import one_line
from tinylab.screens.error_boundary import ErrorBoundary

CURSOR = ">"
TICKED, UNTICKED = "[x]", "[ ]"
GAP = 1
NARROWEST = 8
"""Notes are wrapped no narrower."""


@dataclass(frozen=True)
class PickLine:
    """One line: `head` at the left, `tail` at the right, `note` below them.

    `more` is added to the note while the cursor is on the line. `trouble` sets the note apart
    as something that needs a remedy; a `brief` note is cut rather than wrapped, so that one
    that changes all the time moves nothing.
    """

    key: str
    head: str
    tail: str = ""
    note: str = ""
    more: str = ""
    ticked: bool = False
    trouble: bool = False
    brief: bool = False
    ending: str = ""
    """The end of `head` that is shown also where there is no room for all of it."""


class PickList(ErrorBoundary, OptionList):
    """Shows `PickLine`s. Enter, or a click on its tick, ticks one: `OptionSelected` tells.

    The line under the cursor has a sign, for screens without colour.
    """

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._picks: tuple[PickLine, ...] = ()
        self._width = 0

    @property
    def key(self) -> str | None:
        """The key of the line under the cursor."""
        option = self.highlighted_option
        return option.id if option else None

    def show(self, lines: Sequence[PickLine]) -> None:
        """These lines and no others; the cursor stays on its key, or near its place."""
        shown = tuple(lines)
        if [one.key for one in shown] == [one.key for one in self._picks]:
            changed = [
                index
                for index, pair in enumerate(zip(shown, self._picks, strict=True))
                if pair[0] != pair[1]
            ]
            self._picks = shown
            grown = [self._draw(index) for index in changed]
            if any(grown):
                self.refresh(layout=True)
            return
        key, place = self.key, self.highlighted or 0
        self._picks = shown
        keys = [one.key for one in shown]
        at = keys.index(key) if key in keys else min(place, len(keys) - 1)
        self.set_options(Option(self._text(index, at), id=key) for index, key in enumerate(keys))
        self.highlighted = at if keys else None

    async def _on_click(self, event: Click) -> None:
        """A click on the tick ticks; anywhere else it only moves the cursor."""
        event.prevent_default()
        index = event.style.meta.get("option")
        if index is None:
            return
        self.highlighted = index
        if event.x - self.gutter.left < len(f"{CURSOR} {TICKED}"):
            self.action_select()

    def go_to(self, key: str) -> None:
        """Puts the cursor on the line of that key, if there is one."""
        keys = [one.key for one in self._picks]
        if key in keys:
            self.highlighted = keys.index(key)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Textual's cannot wrap lines to no width at all."""
        return super().get_content_height(container, viewport, max(width, 1))

    def watch_highlighted(self, highlighted: int | None) -> None:
        self._fit()
        super().watch_highlighted(highlighted)

    @on(Resize)
    def _fit(self) -> None:
        for index in range(len(self._picks)):
            self._draw(index)
        self.refresh(layout=True)

    def _draw(self, index: int) -> bool:
        """Draws a line anew; whether it has another height now."""
        if index >= self.option_count:
            return False
        before, text = self.options[index].prompt, self._text(index, self.highlighted)
        self.replace_option_prompt_at_index(index, text)
        return str(before).count("\n") != text.plain.count("\n")

    def _text(self, index: int, cursor: int | None) -> Text:
        one = self._picks[index]
        lead = f"{CURSOR if index == cursor else ' '} {TICKED if one.ticked else UNTICKED} "
        # While the list is hidden it has no region; when it shows again it is not told.
        self._width = self.scrollable_content_region.width or self._width
        room = max(self._width - len(lead), 0)
        head_room = max(room - cell_len(one.tail) - (GAP if one.tail else 0), 0)
        text = Text(lead + set_cell_size(_head(one, head_room), head_room))
        if one.tail:
            text.append(" " * GAP + one_line(one.tail))
        note = one_line(f"{one.note} {one.more}".strip() if index == cursor else one.note)
        lines = [_cut(note, room)] if one.brief else wrap(note, max(room, NARROWEST))
        for line in lines:
            text.append(f"\n{' ' * len(lead)}{line}", style="bold" if one.trouble else "dim")
        return text


def _head(one: PickLine, width: int) -> str:
    """The head in that many columns: `image_class…:int8`."""
    head, ending = one_line(one.head), one_line(one.ending)
    if cell_len(head) <= width or cell_len(ending) >= width - 1:
        return _cut(head, width)
    return _cut(head.removesuffix(ending), width - cell_len(ending)) + ending


def _cut(text: str, width: int) -> str:
    return text if cell_len(text) <= width else set_cell_size(text, max(width - 1, 0)) + "…"
