"""One page with everything in it: the tables, every run's statistics, the bench's state."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from html import escape as escaped

from tinylab.display_text import one_line
from tinylab.export.bench_state import StateLine, bench_state
from tinylab.export.charts import Chart, charts, layer_chart
from tinylab.export.layer_table import advice, layer_table, run_title
from tinylab.export.memory_table import memory_table
from tinylab.export.plain_table import PlainTable
from tinylab.export.table import (
    CORNER,
    AccuracyColumn,
    Cell,
    Column,
    ResultTable,
    Row,
    entries_of,
    result_tables,
)
from tinylab.results.record import RunDocument, RunRecord
from tinylab.results.record_parts import DataRun
from tinylab.stats.cycles import CycleStats
from tinylab.stats.histogram import histogram
from tinylab.stats.spread import received
from tinylab.units import size

STYLE = """\
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 72rem; padding: 0 1rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; margin: 0.5rem 0 2rem; }
th, td { padding: 0.25rem 0.75rem; text-align: right; border-bottom: 1px solid #8885; }
th:first-child, td:first-child { text-align: left; }
thead th { vertical-align: bottom; }
.published, .mark { opacity: 0.65; }
.trouble { color: #c22; font-weight: bold; }
figure { margin: 0.5rem 0 2rem; break-inside: avoid; }
figure svg { display: block; color: inherit; }
@media print {
  body { margin: 0; max-width: none; font-size: 10pt; }
  .scroll { overflow: visible; }
  figure svg { max-width: 100%; height: auto; }
  h2 { break-after: avoid; }
  tr { break-inside: avoid; }
  th, td { padding: 0.15rem 0.4rem; }
}
dt { font-weight: bold; }
dd { margin: 0 0 0.5rem 1.5rem; }
"""
STATISTICS = (
    "run", "n", "min", "median", "mean", "p95", "p99", "max", "stdev", "MAD", "first",
    "cycles / MACC", "flash", "RAM",
)  # fmt: skip

OVER_SAMPLES = (
    "run", "samples", "differ from host", "min", "median", "mean", "p95", "p99", "max",
    "stdev between samples", "stdev within sample 1", "distribution",
)  # fmt: skip
BARS, BAR, BAR_HEIGHT = 24, 5, 24
"""Most bars of a distribution; pixels from one to the next, and of the highest."""


def render_html(document: RunDocument) -> str:
    tables = result_tables(entries_of(document))
    started = _shown(document.started)
    return "\n".join(
        [
            "<!doctype html>",
            '<html lang="en">',
            '<head><meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>tinylab, {started}</title>",
            f"<style>\n{STYLE}</style></head>",
            "<body>",
            "<h1>Neural networks on microcontrollers</h1>",
            f"<p>Measured by tinylab {_shown(document.tinylab)}, {started}.</p>",
            *(_results(table) for table in tables),
            *map(_figure, charts(document)),
            _statistics(document.rows),
            *_over_samples(document.rows),
            *_layers(document.rows),
            *_memories(document.rows),
            _state(bench_state(document)),
            "</body></html>",
            "",
        ]
    )


def _figure(chart: Chart) -> str:
    """The picture; a screen reader reads the description instead."""
    words = _shown(chart.description)
    return "\n".join(
        [
            f"<h2>{_shown(chart.title)}</h2>",
            f'<figure class="scroll" tabindex="0" role="img" aria-label="{words}">',
            chart.svg(),
            "</figure>",
        ]
    )


def render_tables(document: RunDocument) -> str:
    """The two tables of results alone, for a page that exists."""
    return "".join(_results(table) for table in result_tables(entries_of(document)))


def _results(table: ResultTable) -> str:
    lines = []
    for row in table.rows:
        lines.append(_line("td", [_shown(row.title), *(_cell(cell) for cell in row.cells)]))
        if row.has_published:
            lines.append(_published(row))
    heads = [CORNER, *(_heading(column) for column in table.columns)]
    return _section(table.title, heads, lines)


def _statistics(rows: Sequence[RunRecord]) -> str:
    lines = [_line("td", [_shown(text) for text in _statistics_of(row)]) for row in rows]
    return _section("Cycles per inference", [_shown(name) for name in STATISTICS], lines)


def _statistics_of(row: RunRecord) -> list[str]:
    cycles = row.cycles
    whole = (cycles.min, cycles.median, cycles.mean, cycles.p95, cycles.p99, cycles.max)
    per_macc = row.cycles_per_macc
    return [
        run_title(row),
        f"{cycles.n:,}",
        *map(_count, whole),
        *_spread(cycles),
        "-" if row.first_cycles is None else f"{row.first_cycles:,}",
        "-" if per_macc is None else f"{per_macc:.2f}",
        size(row.flash_bytes),
        size(row.ram_bytes),
    ]


def _spread(cycles: CycleStats) -> tuple[str, str]:
    """Standard deviation and median deviation."""
    if cycles.steady and cycles.n > 1:
        return "all alike", "all alike"
    return f"{cycles.stdev:,.1f}", f"{cycles.mad:,.1f}"


def _count(value: float | None) -> str:
    """Cycles, with the half of a median; `-` of a figure for which there are too few samples."""
    return "-" if value is None else f"{value:,.{int(value % 1 == 0.5)}f}"


def _over_samples(rows: Sequence[RunRecord]) -> Iterator[str]:
    """The cycles over a person's samples; nothing without any."""
    lines = [
        _line("td", [*map(_shown, _data_of(row, row.data)), _bars(row.data)])
        for row in rows
        if row.data is not None
    ]
    if lines:
        yield _section("Cycles over the samples", [_shown(name) for name in OVER_SAMPLES], lines)


def _layers(rows: Sequence[RunRecord]) -> Iterator[str]:
    """The cycles of each layer; nothing of runs without a profile."""
    for row in rows:
        if row.profile is not None:
            yield _figure(layer_chart(row, row.profile))
            yield _plain(layer_table(run_title(row), row.profile))
            yield from (f"<p>{_shown(text)}</p>" for text in advice(row.profile))


def _memories(rows: Sequence[RunRecord]) -> Iterator[str]:
    """What is in each memory; nothing of records without it."""
    for row in rows:
        if row.memory:
            yield _plain(memory_table(run_title(row), row.memory))


def _plain(table: PlainTable) -> str:
    lines = [_line("td", [_shown(cell) for cell in cells]) for cells in table.rows]
    return _section(table.title, [_shown(head) for head in table.heads], lines)


def _data_of(row: RunRecord, data: DataRun) -> list[str]:
    over = data.cycles
    return [
        run_title(row),
        f"{data.samples:,} of {data.file}",
        f"{data.different:,}",
        f"{over.min:,} (sample {data.fastest:,})",
        *map(_count, (over.median, over.mean, over.p95, over.p99)),
        f"{over.max:,} (sample {data.slowest:,})",
        f"{over.stdev:,.1f}",
        f"{row.cycles.stdev:,.1f}",
    ]


def _bars(data: DataRun) -> str:
    """A picture of how many samples took which time, the fastest at the left."""
    counts = [one.count for one in histogram(received(data.each), BARS)]
    most = max(counts, default=1)
    heights = [math.ceil(BAR_HEIGHT * count / most) for count in counts]
    bars = (
        f'<rect x="{BAR * index}" y="{BAR_HEIGHT - height}" width="{BAR - 1}" height="{height}"/>'
        for index, height in enumerate(heights)
    )
    wide = BAR * len(counts)
    return f'<svg width="{wide}" height="{BAR_HEIGHT}" fill="currentColor">{"".join(bars)}</svg>'


def _state(lines: Sequence[StateLine]) -> str:
    items = [f"<dt>{_shown(line.label)}</dt><dd>{_shown(line.text)}</dd>" for line in lines]
    return "\n".join(["<h2>Bench</h2>", "<dl>", *items, "</dl>"])


def _section(title: str, heads: Sequence[str], lines: Sequence[str]) -> str:
    return "\n".join(
        [
            f"<h2>{_shown(title)}</h2>",
            '<div class="scroll" tabindex="0"><table>',
            f"<thead>{_line('th', heads)}</thead>",
            "<tbody>",
            *lines,
            "</tbody></table></div>",
        ]
    )


def _heading(column: Column | AccuracyColumn) -> str:
    return "<br>".join(_shown(line) for line in column.heading)


def _cell(cell: Cell) -> str:
    value = _shown(cell.value)
    if cell.trouble:
        value = f'<span class="trouble">{value}</span>'
    mark = f' <span class="mark">{_shown(cell.mark)}</span>' if cell.mark else ""
    return value + mark


def _published(row: Row) -> str:
    cells = ["published", *(_shown(cell.published) for cell in row.cells)]
    return f'<tr class="published">{"".join(f"<td>{cell}</td>" for cell in cells)}</tr>'


def _shown(text: str) -> str:
    """Foreign text, with its controls visible, in HTML."""
    return escaped(one_line(text))


def _line(kind: str, cells: Sequence[str]) -> str:
    return f"<tr>{''.join(f'<{kind}>{cell}</{kind}>' for cell in cells)}</tr>"
