"""Charts of results: what is drawn, and the picture of it.

Each chart is a Vega-Lite specification, made from records; vl-convert renders it without a network,
and is imported only then.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from tinylab.display_text import one_line
from tinylab.export.table import Column, entries_of, result_tables
from tinylab.results.layer_profile import LayerProfile
from tinylab.results.record import RunDocument, RunRecord
from tinylab.results.record_parts import Published
from tinylab.units import megahertz, plus_minus

Spec = Mapping[str, Any]

_NAMESPACES = re.compile(r' xmlns(:xlink)?="[^"]*"')
WIDTH = 560
STEP = 20
"""Pixels of a row."""
FEWEST_CLOCKS = 3
"""A line through fewer says nothing."""
SIMULATED, SILICON, PUBLISHED = "simulated", "on silicon", "published"
SOURCES = (SILICON, SIMULATED, PUBLISHED)
SHAPES = ("circle", "diamond", "cross")
"""Sources are told apart by shape too, not by colour alone."""
COLOURS = ("#3b82c4", "#d9771f", "#808080")
"""At least 3:1 against white and against a dark page."""
CAUSES = {
    "issue": "#4575b4", "operand": "#91bfdb", "unit": "#b8d8e8", "fetch": "#c7a76c",
    "code_memory": "#fdae61", "data_memory": "#d73027", "bus": "#7b3294", "branch": "#5aae61",
    "wrong_path": "#a6dba0", "exception": "#999999",
}  # fmt: skip
CONFIG: Spec = {
    "background": "transparent",
    # what vl-convert measures texts with, and fonts of the same widths
    "font": "Liberation Sans, Arimo, Arial, Helvetica, sans-serif",
    "view": {"stroke": None},
    "axis": {
        "labelColor": "currentColor", "titleColor": "currentColor", "tickColor": "#888888",
        "domainColor": "#888888", "gridColor": "#88888855", "labelLimit": 320,
        "titleFontWeight": 600,
    },
    "legend": {"labelColor": "currentColor", "titleColor": "currentColor", "orient": "bottom"},
    "header": {"labelColor": "currentColor", "titleColor": "currentColor"},
}  # fmt: skip


@dataclass(frozen=True)
class Chart:
    """A picture with its heading, and the same in a sentence for those who cannot see it."""

    title: str
    description: str
    spec: Spec

    def svg(self) -> str:
        """As an element of a page: it has the page's colour of text, and no size of its own."""
        import vl_convert

        found: str = vl_convert.vegalite_to_svg(dict(self.spec), vl_version="5.20")
        # In a page, names of XML need no declaration.
        return _NAMESPACES.sub("", found, count=2)


def charts(document: RunDocument) -> tuple[Chart, ...]:
    """Times, and sweeps of clocks if there are some; `layer_chart` is of one run."""
    rows = [row for row in document.rows if row.valid]
    times = (_times(document),) if rows else ()
    return (*times, *_sweeps(rows))


def _spec(values: Sequence[Mapping[str, Any]], **more: Any) -> Spec:
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "config": CONFIG,
        "data": {"values": list(values)},
        **more,
    }


def _times(document: RunDocument) -> Chart:
    """The medians of each model by board and clock, beside what was published."""
    values: list[dict[str, Any]] = []
    table = result_tables(entries_of(document))[0]
    for row in table.rows:
        for column, cell in zip(table.columns, row.cells, strict=False):
            found = cell.entry.outcome if cell.entry else None
            if isinstance(column, Column) and isinstance(found, RunRecord) and found.valid:
                values += _points(one_line(row.title), _place(column), found)
    models = list(dict.fromkeys(value["model"] for value in values))
    places = list(dict.fromkeys(value["place"] for value in values))
    seen = [one for one in SOURCES if any(value["source"] == one for value in values)]
    encoding = {
        "x": {
            "field": "ms", "type": "quantitative", "title": "milliseconds for an inference",
            "scale": {"type": "log"}, "axis": {"tickCount": 5},
        },
        "y": {"field": "place", "type": "nominal", "sort": places, "title": None},
        "color": _by_source(seen, COLOURS),
        "shape": _by_source(seen, SHAPES),
        "row": {
            "field": "model", "type": "nominal", "sort": models, "title": None,
            "header": {"labelAnchor": "start", "labelOrient": "top", "labelFontWeight": 600},
        },
    }  # fmt: skip
    beside = PUBLISHED in seen
    return Chart(
        f"Times of all boards{', beside the published ones' * beside}",
        "Milliseconds per inference on a logarithmic axis, a row for each board and clock: "
        + "; ".join(f"{one['model']}, {one['place']}, {one['source']}: {one['ms']:.4g} ms"
                    for one in values) + ".",
        _spec(
            values,
            width=WIDTH,
            height={"step": STEP},
            mark={"type": "point", "filled": True, "size": 70, "opacity": 1},
            encoding=encoding,
            resolve={"scale": {"y": "independent"}},
        ),
    )  # fmt: skip


def _points(model: str, place: str, record: RunRecord) -> Iterator[dict[str, Any]]:
    source = SIMULATED if record.simulated else SILICON
    point = {"model": model, "place": place}
    yield {**point, "ms": record.latency_ms.median, "source": source}
    known: Published | None = record.published
    if known is not None:
        yield {**point, "ms": known.latency_ms, "source": PUBLISHED}


def _place(column: Column) -> str:
    """`nucleo_wb55rg M4 48 MHz SIM ±2 %`."""
    return one_line(" ".join(column.heading))


def _by_source(seen: Sequence[str], looks: Sequence[str]) -> Spec:
    by_name = dict(zip(SOURCES, looks, strict=True))
    scale = {"domain": seen, "range": [by_name[name] for name in seen]}
    return {"field": "source", "type": "nominal", "title": None, "scale": scale}


def _sweeps(rows: Sequence[RunRecord]) -> Iterator[Chart]:
    """The time over the clock, where a model ran at several; wait states are at the points."""
    found: dict[tuple[str, ...], list[RunRecord]] = defaultdict(list)
    for row in rows:
        found[(row.title, row.board, row.runtime, row.serial or "")].append(row)
    for same in found.values():
        ordered = sorted(same, key=lambda row: row.clock_hz)
        if len({row.clock_hz for row in ordered}) >= FEWEST_CLOCKS:
            yield _sweep(ordered)


def _sweep(rows: Sequence[RunRecord]) -> Chart:
    values = [
        {
            "MHz": row.clock_hz / 1e6,
            "ms": row.latency_ms.median,
            "cycles": row.cycles.median,
            "wait states": str(row.wait_states),
        }
        for row in rows
    ]
    upper = _line("ms", "milliseconds", log=True)
    lower = _line("cycles", "cycles", log=False)
    last = rows[-1]
    where = f"{last.title} on {last.board}{_mark(last)}"
    return Chart(
        one_line(f"Clocks: {where}"),
        one_line(f"Time and cycles of an inference over the core clock, {where}: ")
        + "; ".join(
            f"{megahertz(row.clock_hz)}, {row.wait_states} wait states: "
            f"{row.latency_ms.median:.4g} ms, {row.cycles.median:,.0f} cycles"
            for row in rows
        )
        + ".",
        _spec(values, vconcat=[upper, lower]),
    )


def _line(field: str, title: str, *, log: bool) -> Spec:
    """A line over the clock, its points named by their wait states."""
    about = "core clock in MHz; at the points: wait states of the flash"
    scale = {"type": "log"} if log else {"zero": False}
    places = {
        "x": {"field": "MHz", "type": "quantitative", "title": about},
        "y": {"field": field, "type": "quantitative", "title": title, "scale": scale},
    }
    named = {**places, "text": {"field": "wait states", "type": "nominal"}}
    return {
        "width": WIDTH,
        "height": 160,
        "layer": [
            {"mark": {"type": "line", "color": "#888888"}, "encoding": places},
            {
                "mark": {"type": "point", "filled": True, "size": 60, "opacity": 1,
                         "color": COLOURS[0]},
                "encoding": places,
            },
            {"mark": {"type": "text", "dy": -10, "color": "currentColor"}, "encoding": named},
        ],
    }  # fmt: skip


def layer_chart(row: RunRecord, profile: LayerProfile) -> Chart:
    """The cycles of each layer by what they passed on."""
    values = [
        {
            "layer": f"{number}. {one_line(layer.name)}",
            "cause": cause.replace("_", " "),
            "cycles": cycles,
            "place": place,
        }
        for number, layer in enumerate(profile.layers, 1)
        for place, (cause, cycles) in enumerate(asdict(layer.causes).items())
        if cycles
    ]
    where = f"{row.title} on {row.board} at {megahertz(row.clock_hz)}{_mark(row)}"
    encoding = {
        "x": {"field": "cycles", "type": "quantitative", "title": "cycles"},
        "y": {"field": "layer", "type": "nominal", "sort": None, "title": None},
        "color": _by_cause({str(value["cause"]) for value in values}),
        "order": {"field": "place", "type": "quantitative"},
    }
    return Chart(
        one_line(f"Layers: {where}"),
        one_line(f"Cycles of each layer by cause, {where}; the table below has the figures."),
        _spec(values, width=WIDTH, height={"step": STEP}, mark="bar", encoding=encoding),
    )


def _by_cause(seen: set[str]) -> Spec:
    causes = {name.replace("_", " "): colour for name, colour in CAUSES.items()}
    shown = [name for name in causes if name in seen]
    scale = {"domain": shown, "range": [causes[name] for name in shown]}
    return {"field": "cause", "type": "nominal", "title": None, "scale": scale}


def _mark(row: RunRecord) -> str:
    """` (SIM ±2 %)` of simulated runs."""
    if not row.simulated:
        return ""
    error = row.expected_error_percent
    return " (SIM ± unknown)" if error is None else f" (SIM {plus_minus(error)})"
