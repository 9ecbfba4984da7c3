"""Draws docs/kernels.svg from the totals in docs/kernels.md: `python -m scripts.plot_kernels`.

Bars are times relative to ST's code, diamonds relative to the records; shorter is faster.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

DOCS = Path(__file__).resolve().parents[1] / "docs"
PAGE, PICTURE = DOCS / "kernels.md", DOCS / "kernels.svg"
BEGIN, END = "<!-- totals:", "<!-- end of totals -->"
WIDTH, LEFT, RIGHT, ROW, TOP = 860, 230, 150, 22, 56
MOST = 1.2
STYLE = """
.page { fill: #ffffff }
text { font: 13px system-ui, sans-serif; fill: #24292f }
.small { font-size: 12px; fill: #57606a }
.board { font-weight: 600 }
.grid { stroke: #d0d7de }
.one { stroke: #24292f; stroke-dasharray: 4 3 }
.st { fill: #2f81c7 }
.record { fill: #d9822b; stroke: #ffffff }
@media (prefers-color-scheme: dark) {
  .page { fill: #0d1117 }
  text { fill: #e6edf3 }
  .small { fill: #9da7b3 }
  .grid { stroke: #30363d }
  .one { stroke: #e6edf3 }
  .st { fill: #4aa3ea }
  .record { fill: #f0a04b; stroke: #0d1117 }
}
"""


class Total(NamedTuple):
    """A row of the table: relative times, and whose record it is; None where there is none."""

    network: str
    board: str
    st: float | None
    record: float | None
    who: str


def totals(page: str) -> list[Total]:
    """Those of the table that have a relative time."""
    table = page.partition(BEGIN)[2].partition(END)[0]
    lines = [line for line in table.splitlines() if line.startswith("|")]
    heads, _, *rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    found = []
    for row in rows:
        cells = dict(zip(heads, row, strict=True))
        ratio, _, who = cells["/ record"].partition(" ")
        total = Total(
            cells["network"],
            cells["board"],
            float(cells["/ ST's"]) if cells["/ ST's"] else None,
            float(ratio) if ratio else None,
            who,
        )
        if total.st is not None or total.record is not None:
            found.append(total)
    return found


def drawn(found: Sequence[Total]) -> str:
    """The picture; it suits light and dark pages."""
    groups = [(board, list(rows)) for board, rows in groupby(found, lambda one: one.board)]
    height = TOP + ROW * (len(found) + len(groups)) + 10 * len(groups) + 12
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img">',
        "<title>Time of generated code, relative to ST's code and to the records</title>",
        f"<style>{STYLE}</style>",
        f'<rect class="page" width="{WIDTH}" height="{height}" rx="6"/>',
        *_legend(),
        *_axis(height - 12),
    ]
    y = TOP + 4
    for board, rows in groups:
        lines.append(f'<text class="board" x="8" y="{y + 16}">{board}</text>')
        for row in rows:
            y += ROW
            lines += _bar(row, y)
        y += ROW + 10
    return "\n".join([*lines, "</svg>", ""])


def _place(ratio: float) -> float:
    return round(LEFT + min(ratio, MOST) / MOST * (WIDTH - LEFT - RIGHT), 1)


def _legend() -> Iterator[str]:
    yield f'<rect class="st" x="{LEFT}" y="8" width="26" height="10" rx="2"/>'
    yield f'<text x="{LEFT + 34}" y="18">time / ST\'s, on silicon</text>'
    yield _diamond(LEFT + 215, 13)
    yield f'<text x="{LEFT + 228}" y="18">time / the record, on silicon; shorter is faster</text>'


def _axis(bottom: float) -> Iterator[str]:
    for tenths in range(0, round(10 * MOST) + 1, 2):
        x = _place(tenths / 10)
        kind = "one" if tenths == 10 else "grid"
        yield f'<line class="{kind}" x1="{x}" y1="{TOP - 8}" x2="{x}" y2="{bottom}"/>'
        label = f"{tenths / 10:.1f}"
        yield f'<text class="small" x="{x}" y="{TOP - 14}" text-anchor="middle">{label}</text>'


def _bar(row: Total, y: float) -> Iterator[str]:
    yield f'<text x="20" y="{y + 16}">{row.network}</text>'
    if row.st is not None:
        width = round(_place(row.st) - LEFT, 1)
        yield f'<rect class="st" x="{LEFT}" y="{y + 5}" width="{width}" height="12" rx="2"/>'
    if row.record is not None:
        yield _diamond(_place(row.record), y + 11)
    text = ", ".join(_labels(row))
    yield f'<text class="small" x="{WIDTH - RIGHT + 12}" y="{y + 15}">{text}</text>'


def _labels(row: Total) -> Iterator[str]:
    if row.st is not None:
        yield f"{row.st:.2f}"
    if row.record is not None and row.record != row.st:
        yield f"{row.record:.2f} {row.who}"


def _diamond(x: float, y: float) -> str:
    points = " ".join(f"{x + a:g},{y + b:g}" for a, b in ((-6, 0), (0, -6), (6, 0), (0, 6)))
    return f'<polygon class="record" points="{points}"/>'


def main() -> None:
    PICTURE.write_text(drawn(totals(PAGE.read_text(encoding="utf-8"))), encoding="utf-8")


if __name__ == "__main__":
    main()
