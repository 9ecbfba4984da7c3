"""Text that is not tinylab's own, on the screen: names, messages, what tools and boards print."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual.color import Color
from textual.filter import LineFilter

from tinylab.display_text import is_seen, visible

UNKNOWN = "�"


def shown(text: str, style: str | Style = "") -> Text:
    """`text` as it is, without markup, its control characters spelled out."""
    return Text(visible(text), style=style)


class NothingHidden(LineFilter):
    """Keeps control characters from the terminal that reach the screen all the same.

    Those typed or pasted into a field do. Lines keep their width.
    """

    def apply(self, segments: Sequence[Segment], background: Color) -> list[Segment]:
        return [
            one if one.control or one.text.isprintable() else Segment(_plain(one.text), one.style)
            for one in segments
        ]


@lru_cache(1024)
def _plain(text: str) -> str:
    return "".join(sign if is_seen(sign) else UNKNOWN * cell_len(sign) for sign in text)
