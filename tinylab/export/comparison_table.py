"""Comparisons of runs as tables: provenance first, then the runs, their layers and memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tinylab.display_text import one_line
from tinylab.export.markdown_text import escaped, table_line
from tinylab.export.plain_table import PlainTable, drawn
from tinylab.results.comparison.comparison import Comparison
from tinylab.results.comparison.layers import LayerChange, changed
from tinylab.results.comparison.provenance import Difference
from tinylab.units import alike, counts_alike, ratio_text, size

Sections = Sequence[PlainTable | str]
"""Tables and sentences, in order."""


def comparison_text(comparisons: Sequence[Comparison]) -> str:
    """For a terminal."""
    return "\n".join(
        part + "\n" if isinstance(part, str) else f"{part.title}\n{drawn(part)}"
        for part in sections(comparisons)
    )


def comparison_markdown(comparisons: Sequence[Comparison]) -> str:
    """For a report."""
    return "\n\n".join(
        escaped(part) if isinstance(part, str) else _markdown(part)
        for part in sections(comparisons)
    ) + "\n"  # fmt: skip


def sections(comparisons: Sequence[Comparison]) -> Sections:
    """What differs in how the runs were made, then in what they cost."""
    return [
        *_provenance(comparisons),
        _runs(comparisons),
        *(table for one in comparisons for table in _details(one)),
    ]


def _provenance(comparisons: Sequence[Comparison]) -> Iterator[PlainTable | str]:
    """What all comparisons have in common stands once, for all."""
    shared = [
        difference
        for difference in comparisons[0].differences
        if all(difference in one.differences for one in comparisons)
    ]
    rows = [_difference("all runs", one) for one in shared]
    for one in comparisons:
        name = one_line(one.now.name)
        rows += [_difference(name, own) for own in one.differences if own not in shared]
    if not rows:
        yield "Both were made and measured alike."
        return
    yield PlainTable(
        "What differs in how they were made and measured",
        ("run", "what", "before", "now"),
        "<<<<",
        tuple(rows),
    )


def _difference(name: str, one: Difference) -> tuple[str, str, str, str]:
    before, now = (one_line(value or "not known") for value in (one.before, one.now))
    return name, one.name, before, now


def _runs(comparisons: Sequence[Comparison]) -> PlainTable:
    rows = []
    for one in comparisons:
        before, now = alike([milliseconds / 1e3 for milliseconds in one.milliseconds])
        rows.append(
            (
                one_line(one.now.name),
                *counts_alike((one.before.median, one.now.median)),
                str(one.verdict),
                before,
                now,
                _times(one),
            )
        )
    return PlainTable(
        "Cycles and time of one inference (median)",
        ("run", "cycles before", "now", "change", "time before", "now", "ratio"),
        "<>><>>>",
        tuple(rows),
    )


def _times(one: Comparison) -> str:
    """The ratio of the times, which differs from that of the cycles at another clock."""
    before, now = one.milliseconds
    return _ratio(now / before)


def _ratio(ratio: float) -> str:
    """Three decimals, or as many as tell it from 1."""
    text = f"{ratio:.3f}"
    return ratio_text(ratio) if ratio != 1 and float(text) == 1 else text


def _details(one: Comparison) -> Iterator[PlainTable | str]:
    """The layers, and memory where it changed."""
    name = one_line(one.now.name)
    moved = changed(one.layers)
    if moved:
        yield PlainTable(
            f"{name}: layers that changed, of {len(one.layers)}",
            ("layer", "cycles before", "now", "change", "ratio"),
            "<>>>>",
            tuple(map(_layer, moved)),
        )
    rows = [
        (what, _known(before, text), _known(now, text), change)
        for what, before, now, text, change in _costs(one)
    ]
    if rows:
        yield PlainTable(
            f"{name}: other figures", ("", "before", "now", "change"), "<>>>", tuple(rows)
        )


def _layer(one: LayerChange) -> tuple[str, ...]:
    before, now = ("-" if count is None else f"{count:,}" for count in (one.before, one.now))
    ratio = "-" if one.ratio is None else _ratio(one.ratio)
    return one_line(one.name), before, now, f"{one.cycles:+,}", ratio


def _costs(one: Comparison) -> Iterator[tuple[str, float | None, float | None, str, str]]:
    """Figures that differ: name, before, now, how they are shown, change."""
    for name, what in (("flash", "flash_bytes"), ("RAM", "ram_bytes"), ("stack", "stack_bytes")):
        before, now = getattr(one.before, what), getattr(one.now, what)
        if before != now:
            change = "-" if None in (before, now) else f"{now - before:+,} bytes"
            yield name, before, now, "bytes", change
    before, now = one.before.accuracy, one.now.accuracy
    if before != now:
        change = "-" if before is None or now is None else f"{now - before:+.4f}"
        yield one.now.accuracy_metric or one.before.accuracy_metric, before, now, "", change


def _known(value: float | None, text: str) -> str:
    if value is None:
        return "-"
    return size(int(value)) if text == "bytes" else f"{value:.4f}"


def _markdown(table: PlainTable) -> str:
    lean = ["---:" if one == ">" else "---" for one in table.lean]
    lines = [table_line([escaped(head) for head in table.heads]), table_line(lean)]
    lines += [table_line([escaped(cell) for cell in row]) for row in table.rows]
    return "\n".join([f"## {escaped(table.title)}", "", *lines])
