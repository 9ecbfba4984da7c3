"""The formats that results are printed and written in: one row each.

A further format is a module in `tinylab.export` with a function from a RunDocument to text, and a
row in `FORMATS`. Flags, suffixes, error texts and tests follow from the row.
"""

from __future__ import annotations

from dataclasses import dataclass

LIGHT = "light"
"""The theme of pictures for paper."""


@dataclass(frozen=True)
class Format:
    """`renderer` is `module:function` in `tinylab.export`, imported when it is needed.

    A format with a `suffix` can be written with -o, a `printed` one is a value of --format, and a
    `picture` is written with --screenshot and drawn in a theme. `text` tells text from bytes.
    `firmware`: `tinylab firmware` has it too, drawn by `export.firmware_report`.
    """

    name: str
    renderer: str
    suffix: str = ""
    printed: bool = True
    picture: bool = False
    text: bool = True
    firmware: bool = False


FORMATS = (
    Format("table", "text_table:render_text", firmware=True),
    Format("json", "json_record:render_json", ".json", firmware=True),
    Format("csv", "csv_table:render_csv", ".csv", firmware=True),
    Format("markdown", "markdown:render_markdown", ".md", firmware=True),
    Format("html", "html_report:render_html", ".html", printed=False),
    Format("junit", "ci.junit:render_junit", ".xml"),
    Format("github", "ci.github:render_github"),
    Format("bencher", "ci.bencher:render_bencher"),
    Format("benchmark-action", "ci.benchmark_action:render_benchmark_action"),
    Format("svg", "screenshot:render_svg", ".svg", printed=False, picture=True),
    Format("png", "screenshot:render_png", ".png", printed=False, picture=True, text=False),
)


def printed(*, firmware: bool = False) -> tuple[str, ...]:
    """Values of --format; the first one is the default. `firmware`: those of firmware runs."""
    return tuple(row.name for row in FORMATS if row.printed and row.firmware >= firmware)


def documents() -> tuple[str, ...]:
    """Suffixes that -o takes."""
    return tuple(row.suffix for row in FORMATS if row.suffix and not row.picture)


def pictures() -> tuple[str, ...]:
    """Suffixes that --screenshot takes."""
    return tuple(row.suffix for row in FORMATS if row.picture)


def of_firmware() -> dict[str, str]:
    """The formats of firmware runs, by the suffixes that -o takes."""
    return {row.suffix: row.name for row in FORMATS if row.firmware and row.suffix}
