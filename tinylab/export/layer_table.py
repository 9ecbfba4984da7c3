"""The cycles of each layer of a run on a virtual board, and why they passed, as a table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict

from tinylab.display_text import one_line
from tinylab.export.memory_table import memory_text
from tinylab.export.plain_table import PlainTable, drawn
from tinylab.export.why_table import CAUSE_COLUMNS, LABELS, percent
from tinylab.results.cause_record import CycleCauses
from tinylab.results.layer_profile import LayerCycles, LayerProfile
from tinylab.results.record import RunRecord
from tinylab.units import megahertz

NOTEWORTHY = 0.005
"""Causes with a smaller share of all layers are added up as `other`."""
DOMINANT, LARGE = 0.2, 0.1
"""A cause is pointed out from this share of a layer, in layers from this share of the inference."""
WAITS = {
    "operand": "wait for results of earlier instructions",
    "unit": "wait for a busy floating-point unit or divider",
    "fetch": "wait for instructions to be fetched",
    "code_memory": "wait for code from flash or RAM",
    "data_memory": "wait for data from flash or RAM",
    "bus": "wait for the bus",
    "branch": "refill the pipeline after branches",
    "wrong_path": "are lost to fetches that are discarded",
    "exception": "enter and leave exception handlers",
}


def profile_text(rows: Sequence[RunRecord]) -> str:
    """For each run its layers as plain text, or why they are not known."""
    return "\n".join(line for row in rows for line in ("", *_lines(row))) + "\n"


def _lines(row: RunRecord) -> Iterator[str]:
    yield from _layers(row)
    if row.memory:
        yield ""
        yield memory_text(run_title(row), row.memory).rstrip()


def _layers(row: RunRecord) -> Iterator[str]:
    if row.profile is None:
        yield one_line(f"{run_title(row)}: {unavailable(row)}")
        return
    table = layer_table(run_title(row), row.profile)
    yield table.title
    yield drawn(table).rstrip()
    yield from advice(row.profile)


def run_title(row: RunRecord) -> str:
    board = f"{row.board} SIM" if row.simulated else row.board
    return f"{row.title}, {board} at {megahertz(row.clock_hz)}"


def unavailable(row: RunRecord) -> str:
    """Why a run has no profile."""
    if not row.simulated:
        return f"layers are timed only on virtual boards (sim:{row.board})."
    return "the layers are not known: this code has no function of its own for each."


def layer_table(title: str, profile: LayerProfile) -> PlainTable:
    """A line for each layer, then the rest and the sum; causes in percent of the line's cycles."""
    shown = [
        cause
        for cause in CAUSE_COLUMNS
        if asdict(profile.causes)[cause] >= NOTEWORTHY * profile.causes.sum
    ]
    other = any(asdict(profile.causes)[cause] for cause in CAUSE_COLUMNS if cause not in shown)
    rows = [
        (
            one_line(layer.name),
            one_line(layer.function),
            f"{layer.cycles:,}",
            percent(layer.cycles, profile.cycles),
            per_macc(layer),
            *_sizes(layer),
            *_causes(layer.causes, shown, other=other),
        )
        for layer in profile.layers
    ]
    blank = [""] * (len(shown) + other)
    rest = (f"{profile.rest:,}", percent(profile.rest, profile.cycles), "", "", "", *blank)
    rows.append(("rest", "", *rest))
    total = _causes(profile.causes, shown, other=other)
    rows.append(("total", "", f"{profile.cycles:,}", percent(1, 1), "", "", "", *total))
    heads = (*(LABELS[cause] for cause in shown), *(["other"] * other))
    return PlainTable(
        one_line(f"{title}: cycles of each layer in one inference, and why they passed (%)"),
        ("layer", "function", "cycles", "%", "cycles / MACC", *_places(profile), *heads),
        "<<>>>>>" + ">" * len(heads),
        tuple(rows),
    )


def advice(profile: LayerProfile) -> Iterator[str]:
    """A sentence for each large layer in which one cause other than issue dominates, and what
    can be done."""
    for layer in profile.layers:
        cause = dominant(layer)
        share = asdict(layer.causes)[cause] / layer.cycles if cause else 0.0
        if layer.cycles >= LARGE * profile.cycles and share >= DOMINANT:
            yield one_line(f"{100 * share:.0f} % of the cycles of {layer.name} {WAITS[cause]}.")

    if profile.advice:
        yield one_line(f"{profile.advice}.")


def _sizes(layer: LayerCycles) -> Iterator[str]:
    """Bytes of weights and activations; `-` where they are not known."""
    for count in (layer.weights_bytes, layer.activations_bytes):
        yield "-" if count is None else f"{count:,}"


def _places(profile: LayerProfile) -> tuple[str, str]:
    """The headings of the bytes, with the memory where they lie."""
    known = ("weights", profile.weights_in), ("activations", profile.activations_in)
    first, second = (f"{what} ({place}) B" if place else f"{what} B" for what, place in known)
    return first, second


def dominant(layer: LayerCycles) -> str:
    """The cause with the most cycles besides issue; empty if there is none."""
    causes = asdict(layer.causes)
    most = max(WAITS, key=lambda cause: causes[cause])
    return most if causes[most] else ""


def per_macc(layer: LayerCycles) -> str:
    """Cycles per multiply-accumulate; `-` without any."""
    ratio = layer.cycles_per_macc
    return "-" if ratio is None else f"{ratio:.2f}"


def _causes(causes: CycleCauses, shown: Sequence[str], *, other: bool) -> Iterator[str]:
    figures = asdict(causes)
    yield from (percent(figures[cause], causes.sum) for cause in shown)
    if other:
        yield percent(causes.sum - sum(figures[cause] for cause in shown), causes.sum)
