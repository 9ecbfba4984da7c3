"""The state of the bench: the conditions under which the figures are valid.

Most wrong published figures result from a clock, a cache, a compiler flag or a library version that
was not documented.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from tinylab.display_text import one_line
from tinylab.export.table import Column, columns_of, entries_of
from tinylab.results.record import Failure, RunDocument, RunRecord
from tinylab.results.record_parts import DataRun
from tinylab.units import megahertz, plus_minus

FEW = 10
"""Samples that are listed."""


@dataclass(frozen=True)
class StateLine:
    """One thing about the bench, under its name."""

    label: str
    text: str


def bench_state(document: RunDocument, published: bool = True) -> tuple[StateLine, ...]:
    """Clocks, caches, code, checks; then the source of the published figures, and problems."""
    rows = document.rows
    lines = [*_columns(document), *_code(rows)]
    if rows:
        lines.append(StateLine("measured", _measured(rows)))
        lines += [StateLine("cycles", text) for text in _cycles(rows)]
        lines.append(StateLine("outputs", _outputs(rows)))
        if any(row.inputs for row in rows):
            lines.append(StateLine("inputs", _grouped(rows, _inputs)))
        lines += [StateLine("accuracy", text) for text in dict.fromkeys(_accuracies(rows))]
        lines += [StateLine("data", _data(row, row.data)) for row in rows if row.data]
    if published:
        lines.extend(_published(rows))
    lines.extend(_troubles(document))
    return tuple(StateLine(one_line(line.label), one_line(line.text)) for line in lines)


def _columns(document: RunDocument) -> list[StateLine]:
    """The facts of each column's records; records that differ are listed separately."""
    found: dict[Column, dict[str, None]] = {}
    for column, row in zip(columns_of(entries_of(document)), document.rows, strict=False):
        found.setdefault(column, {})[_station(row)] = None
    return [StateLine(column.label, " | ".join(texts)) for column, texts in found.items()]


def _station(row: RunRecord) -> str:
    measured = row.clock_measured_hz
    parts = [
        "clock not measured" if measured is None else f"measured {megahertz(measured)}",
        f"bus {megahertz(row.bus_hz)}",
        f"{row.wait_states} wait state{'' if row.wait_states == 1 else 's'}",
        f"caches {row.caches}",
        f"FPU {row.fpu}",
    ]
    if row.simulated:
        parts.insert(0, f"SIM, expected error {plus_minus(row.expected_error_percent)}")
    elif row.serial:
        parts.insert(0, f"probe {row.serial}")
    return ", ".join(parts)


def _code(rows: tuple[RunRecord, ...]) -> list[StateLine]:
    facts: tuple[tuple[str, Callable[[RunRecord], str]], ...] = (
        ("runtime", lambda row: f"{row.runtime} {row.identity.runtime_version}"),
        ("compression", lambda row: row.compression),
        ("toolchain", lambda row: row.toolchain),
        ("flags", lambda row: row.flags),
    )
    if any(row.identity.optimize for row in rows):  # older records do not have it
        facts = (*facts, ("optimised for", lambda row: row.identity.optimize or "unknown"))
    if any(row.identity.placement for row in rows):
        facts = (*facts, ("placement", lambda row: row.identity.placement or "unknown"))
    return [StateLine(label, _grouped(rows, fact)) for label, fact in facts if rows]


def _measured(rows: tuple[RunRecord, ...]) -> str:
    """The number of inferences behind each figure, as a range over the rows."""
    counted = _range([row.inferences for row in rows])
    text = f"{counted} inferences after {_range([row.warmup for row in rows])} of warm-up"
    lost = sum(row.lost for row in rows)
    return f"{text}, {lost:,} lost" if lost else text


def _cycles(rows: tuple[RunRecord, ...]) -> Iterator[str]:
    """For each model the median cycles of one inference, in the order of the columns."""
    models: dict[tuple[str, str], list[RunRecord]] = {}
    for row in rows:
        if row.valid:
            models.setdefault((row.title, row.runtime), []).append(row)
    for (title, runtime), found in models.items():
        several = any(other != runtime for _, other in models)
        name = f"{title}, {runtime}" if several else title
        said = ", ".join(_median(row) for row in found)
        steady = all(row.cycles.steady and row.cycles.n > 1 for row in found)
        if steady and len(found) == 1:
            said = f"every inference took {said} cycles"
        elif steady:
            said += "; every inference took as many"
        yield f"{name}: {said}"


def _median(row: RunRecord) -> str:
    """`34,532 [34,530, 34,540] (96.5 %)`: with its interval, unless all inferences are alike."""
    cycles = row.cycles
    text = f"{cycles.median:,.0f}"
    if cycles.steady or cycles.median_low is None or cycles.median_high is None:
        return text
    level = "" if cycles.median_level is None else f" ({cycles.median_level:.1%})"
    return f"{text} [{cycles.median_low:,.0f}, {cycles.median_high:,.0f}]{level}"


def _range(values: list[int]) -> str:
    low, high = min(values), max(values)
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"


def _grouped(rows: Iterable[RunRecord], fact: Callable[[RunRecord], str]) -> str:
    """The fact once if all rows agree; else each with the models or boards it holds for."""
    models: dict[str, dict[str, None]] = {}
    boards: dict[str, dict[str, None]] = {}
    for row in rows:
        models.setdefault(fact(row), {})[row.title] = None
        boards.setdefault(fact(row), {})[row.board] = None
    if len(models) == 1:
        return next(iter(models))
    # Whichever of the two splits the rows without overlap is what the fact depends on.
    split = boards if _disjoint(boards) else models
    return "; ".join(f"{value} ({', '.join(names)})" for value, names in split.items())


def _disjoint(groups: dict[str, dict[str, None]]) -> bool:
    names = [name for group in groups.values() for name in group]
    return len(names) == len(set(names))


def _outputs(rows: tuple[RunRecord, ...]) -> str:
    checked = [(row, row.output) for row in rows if row.output is not None]
    wrong = [_name(row) for row, output in checked if not output.ok]
    unchecked = [row for row in rows if row.output is None]
    said = [f"WRONG for {'; '.join(wrong)}"] if wrong else []
    if checked and not wrong:
        worst = max(output.max_abs_error for _, output in checked)
        said.append(f"all within tolerance of the host's (largest difference {worst:.1e})")
    if unchecked:
        which = f" for {'; '.join(dict.fromkeys(row.title for row in unchecked))}"
        said.append("not checked" + (which if checked else ""))
    return "; ".join(said)


def _inputs(row: RunRecord) -> str:
    if row.data is not None:
        return f"{row.data.samples:,} samples of {row.data.file}"
    return row.inputs or "not known"


def _accuracies(rows: Iterable[RunRecord]) -> Iterator[str]:
    for row in rows:
        known = row.accuracy
        if known is None:
            continue
        where = "held-out samples" if known.data == "held-out" else f"samples of {known.data}"
        parts = [f"{known.metric} {known.host:.4f} on {known.samples:,} {where}"]
        if known.board is not None:
            parts[0] = (
                f"{known.metric} {known.host:.4f} on the host, {known.board:.4f} on the board, "
                f"{known.samples:,} {where}"
            )
        if known.mean_error is not None and known.metric != "mean error":
            parts.append(f"mean error {known.mean_error:.4g}")
        if known.float_reference is not None:
            parts.append(f"float {known.float_reference:.4f}")
        yield f"{row.title}: {', '.join(parts)}"


def _data(row: RunRecord, data: DataRun) -> str:
    cycles = data.cycles
    if cycles.min == cycles.max:
        spread = f"each sample takes {cycles.min:,} cycles"
    else:
        spread = (
            f"{cycles.min:,} (sample {data.fastest:,}) to {cycles.max:,} (sample "
            f"{data.slowest:,}) cycles over the samples, median {cycles.median:,.0f}"
            + ("" if cycles.p95 is None else f", p95 {cycles.p95:,}")
        )
    if row.spread is not None:
        spread = f"{spread}; {row.spread.sigma}"
    shown = ", ".join(map(str, data.where[:FEW])) + (", ..." if data.different > FEW else "")
    differ = f"samples that differ from the host: {data.different:,}" + f" ({shown})" * bool(shown)
    return f"{_name(row)}: {spread}; {differ}"


def _published(rows: tuple[RunRecord, ...]) -> list[StateLine]:
    quoted = [row.published for row in rows if row.published]
    sources = dict.fromkeys(f"{one.source}." for one in quoted)
    remarks = dict.fromkeys(one.remark for one in quoted if one.remark)
    text = " ".join([*sources, *remarks])
    return [StateLine("reference", text)] if text else []


def _troubles(document: RunDocument) -> list[StateLine]:
    said: dict[tuple[str, str, str], list[RunRecord]] = {}
    for row in document.rows:
        for text in row.warnings or (() if row.valid else ("no reason given",)):
            label = "warning" if row.valid else "invalid"
            said.setdefault((label, row.title, text), []).append(row)
    lines = [
        StateLine(label, f"{_places(title, rows, document)}: {text}")
        for (label, title, text), rows in said.items()
    ]
    lines.extend(
        StateLine("stopped" if failure.error.interrupted else "failed", _failed(failure))
        for failure in document.failures
    )
    if document.interrupted:
        lines.append(
            StateLine("interrupted", "The session was stopped before its plan was complete.")
        )
    return lines


def _failed(failure: Failure) -> str:
    said = f"{failure.error.message} {failure.error.remedy}"
    return f"{_name(failure)}: {said}".rstrip()


def _places(title: str, rows: list[RunRecord], document: RunDocument) -> str:
    """A text that holds for every run of a model is printed once, for the model."""
    if len(rows) == sum(row.title == title for row in document.rows):
        return title
    return ", ".join(_name(row) for row in rows)


def _name(row: RunRecord | Failure) -> str:
    sim = "sim:" if row.simulated else ""
    return f"{row.title} on {sim}{row.board} at {megahertz(row.clock_hz)}"
