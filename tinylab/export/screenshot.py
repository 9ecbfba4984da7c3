"""The results as a picture, SVG or PNG, which loads nothing from the network.

Rich draws the terminal's SVG; its own frame loads a font from the web, so ours names fonts that
systems have. The PNG is drawn from the SVG with a font that is part of tinylab.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import TerminalTheme

from tinylab.display_text import visible
from tinylab.errors import OutputError
from tinylab.export.table import entries_of, result_tables
from tinylab.export.text_table import TITLE_WIDTH, needed_width, results_view
from tinylab.options.formats import LIGHT
from tinylab.results.record import RunDocument

FONTS = tuple(
    str(Path(__file__).resolve().parent / "fonts" / name)
    for name in ("DejaVuSansMono.ttf", "DejaVuSans-Braille.ttf")
)
"""Plots are drawn in braille, which the first of them does not have."""
FONT_FAMILY = "DejaVu Sans Mono"
WIDEST = 200
NARROWEST = 90
ROWS = 25
"""Rich accepts a width only together with a height, on a dumb terminal; no picture is that high."""
ZOOM = 1.5
THEMES: Mapping[str, TerminalTheme] = {
    LIGHT: TerminalTheme(
        (250, 250, 250),
        (32, 36, 42),
        [
            (32, 36, 42),
            (176, 32, 40),
            (30, 120, 60),
            (150, 100, 0),
            (40, 90, 170),
            (130, 60, 140),
            (0, 120, 130),
            (200, 200, 200),
        ],
    ),
    "dark": TerminalTheme(
        (20, 24, 30),
        (222, 226, 232),
        [
            (60, 66, 76),
            (240, 110, 110),
            (120, 200, 140),
            (230, 190, 90),
            (120, 170, 240),
            (210, 150, 220),
            (110, 200, 205),
            (235, 238, 242),
        ],
    ),
}
"""For paper, and for dark pages."""
FRAME = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}">
<style>
.{unique_id}-matrix {{
  font-family: "DejaVu Sans Mono", Menlo, Consolas, "Liberation Mono", monospace;
  font-size: {char_height}px;
  line-height: {line_height}px;
}}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}"/>
</clipPath>
{lines}
</defs>
<rect fill="BACKGROUND" width="100%" height="100%"/>
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""


def render_svg(document: RunDocument, theme: str = LIGHT) -> str:
    """The results screen with `document` on it; `theme` is a name of `THEMES`."""
    tables = result_tables(entries_of(document))
    titles = max((len(row.title) for row in tables[0].rows), default=0)
    needed = (needed_width(table, max(TITLE_WIDTH, titles)) for table in tables)
    width = min(max(NARROWEST, *needed), WIDEST)
    console = recorder(width)
    console.print(results_view(document, width))
    return svg_of(console, theme)


def render_png(document: RunDocument, theme: str = LIGHT) -> bytes:
    """The same picture in pixels. Raises OutputError if it cannot be drawn."""
    return png_of(render_svg(document, theme))


def recorder(width: int, height: int | None = None) -> Console:
    """A console that records what is printed on it, in all colours, for `svg_of`."""
    return Console(
        record=True,
        width=width,
        height=height or ROWS,
        file=io.StringIO(),
        force_terminal=True,
        color_system="truecolor",
        legacy_windows=False,
        safe_box=False,
        no_color=False,
    )


def svg_of(console: Console, theme: str) -> str:
    """What `console` recorded, as a picture that loads nothing."""
    colours = THEMES[theme]
    frame = FRAME.replace("BACKGROUND", colours.background_color.hex)
    # XML has no notation for most control characters, not even as references.
    return visible(console.export_svg(theme=colours, code_format=frame, unique_id="tinylab"))


def png_of(svg: str) -> bytes:
    """Pixels of a terminal's SVG. Raises OutputError if it cannot be drawn."""
    import resvg_py

    try:
        return bytes(
            resvg_py.svg_to_bytes(
                svg_string=svg,
                zoom=ZOOM,
                skip_system_fonts=True,
                font_files=list(FONTS),
                font_family=FONT_FAMILY,
                monospace_family=FONT_FAMILY,
            )
        )
    except ValueError as error:
        raise OutputError(
            f"The picture could not be drawn: {error}.", remedy="Write .svg instead."
        ) from error
