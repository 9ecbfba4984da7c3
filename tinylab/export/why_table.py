"""Why the cycles of timed calls passed, as a table and as rows of CSV."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, fields

from tinylab.display_text import one_line
from tinylab.export.plain_table import PlainTable
from tinylab.results.cause_record import CycleCauses, WhyRecord

LABELS = {
    "issue": "issue",
    "operand": "operand",
    "unit": "busy unit",
    "fetch": "fetch",
    "code_memory": "code memory",
    "data_memory": "data memory",
    "bus": "bus",
    "branch": "branch",
    "wrong_path": "wrong path",
    "exception": "exception",
}
CAUSE_COLUMNS = tuple(field.name for field in fields(CycleCauses))


def why_table(why: WhyRecord, name: str) -> PlainTable:
    """A line for each function, and their sums; without causes that did not occur."""
    totals = asdict(why.causes)
    shown = [cause for cause in CAUSE_COLUMNS if totals[cause]]
    lines = [(one_line(one.name), one.cycles, one.causes) for one in why.functions]
    lines.append(("total", why.cycles, why.causes))
    rows = tuple(
        (
            function,
            f"{cycles:,}",
            percent(cycles, why.cycles),
            *(f"{asdict(causes)[cause]:,}" for cause in shown),
        )
        for function, cycles, causes in lines
    )
    rows += (("%", "", "", *(percent(totals[cause], why.cycles) for cause in shown)),)
    calls = f"{why.calls} call{'s' if why.calls > 1 else ''}"
    return PlainTable(
        one_line(f"{name}: why the cycles of {calls} passed"),
        ("function", "cycles", "%", *(LABELS[cause] for cause in shown)),
        "<>>" + ">" * len(shown),
        rows,
    )


def why_rows(why: WhyRecord) -> Iterator[dict[str, object]]:
    """The columns of each function's line of CSV."""
    for number, one in enumerate(why.functions, 1):
        figures = {"measured": one.name, "kind": "function", "number": str(number)}
        yield {**figures, "cycles": str(one.cycles), **asdict(one.causes)}


def percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f}" if whole else "-"
