"""The two results tables, built once for every format and for the screen.

Rows are models, columns are boards with their clocks. Formats only draw these tables.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from tinylab.display_text import one_line
from tinylab.results.identity import CUBEAI, TINYLAB, Identified, RunIdentity, float_model
from tinylab.results.published import published
from tinylab.results.record import Failure, RunDocument, RunRecord
from tinylab.results.record_parts import Accuracy, Published
from tinylab.units import megahertz, plus_minus, rate, significant

Figure = Callable[[float], str]
"""Text of a cell from the seconds that one inference takes."""
Quoted = Callable[[Published], str]

TIME_TITLE = "Time per inference"
RATE_TITLE = "Inferences per second"
ACCURACY_TITLE = "Accuracy"
"""Of the column of accuracies where it stands alone."""
CORNER = "ML model"
NOTHING = "-"
STOPPED = "stopped"
UNDER_WAY = "▶"
"""Precedes a figure that still changes."""
SERIAL_DIGITS = 6
"""Digits of a probe's serial number that distinguish two probes."""


@dataclass(frozen=True)
class Column:
    """One board at one clock."""

    board: str
    core: str
    """`M4`, `M7`, `M33`."""
    clock_hz: int
    simulated: bool
    expected_error_percent: float | None = None
    serial: str = ""
    """The end of the probe's serial number, where two probes carry the same board."""

    @property
    def lines(self) -> tuple[str, str]:
        """Board, and core with clock: `nucleo_wb55rg`, `M4 48 MHz`."""
        serial = f" #{self.serial}" if self.serial else ""
        return self.board + serial, f"{self.core} {megahertz(self.clock_hz)}"

    @property
    def heading(self) -> tuple[str, ...]:
        """Board, core with clock, and for a virtual board SIM with its error."""
        if not self.simulated:
            return self.lines
        error = self.expected_error_percent
        return *self.lines, "SIM ± unknown" if error is None else f"SIM {plus_minus(error)}"

    @property
    def label(self) -> str:
        """In one line: `nucleo_wb55rg M4 48 MHz`."""
        return " ".join(self.lines)


@dataclass(frozen=True)
class AccuracyColumn:
    """How well the outputs of a row's runs agree with known answers; the last column."""

    heading: tuple[str, ...] = ("accuracy", "(of float)")
    label: str = "accuracy"


@dataclass(frozen=True)
class Running:
    """A run in progress; its median so far, in cycles."""

    median: float


@dataclass(frozen=True)
class Entry(Identified):
    """The content of one cell: a record, a failure, a run in progress, or a state: `queued`.

    The identity determines the cell: that of the job, or in a document that of the outcome.
    """

    identity: RunIdentity
    outcome: RunRecord | Failure | Running | str


@dataclass(frozen=True)
class Cell:
    """`value` with its unit or a word; `mark` is `SIM` for figures of virtual boards.

    `entry` is the source of the cell; None if nothing was requested.
    """

    value: str = NOTHING
    mark: str = ""
    published: str = ""
    trouble: bool = False
    """The run failed or is invalid."""
    entry: Entry | None = None

    @property
    def text(self) -> str:
        return f"{self.value} {self.mark}".rstrip()


@dataclass(frozen=True)
class Row:
    title: str
    cells: tuple[Cell, ...]

    @property
    def has_published(self) -> bool:
        return any(cell.published for cell in self.cells)


@dataclass(frozen=True)
class ResultTable:
    title: str
    columns: tuple[Column | AccuracyColumn, ...]
    rows: tuple[Row, ...]

    def part(self, first: int, last: int) -> ResultTable:
        """The table of columns `first` up to, not including, `last`."""
        rows = tuple(Row(row.title, row.cells[first:last]) for row in self.rows)
        return ResultTable(self.title, self.columns[first:last], rows)


def core_short(core: str) -> str:
    """`cortex-m4` -> `M4`."""
    return core.removeprefix("cortex-").upper()


def entries_of(document: RunDocument) -> tuple[Entry, ...]:
    """The entries of a document, in its order: measured runs, then failures."""
    items: list[RunRecord | Failure] = [*document.rows, *document.failures]
    return tuple(entry_of(item) for item in items)


def entry_of(item: RunRecord | Failure) -> Entry:
    return Entry(item.identity, item)


def result_tables(entries: Sequence[Entry]) -> tuple[ResultTable, ResultTable]:
    """Time per inference with the accuracy where it is known, and inferences per second.

    Rows and columns are in the order of their first entry. Two entries for one cell, which one
    session never has, get separate rows. If two runtimes ran one model, their rows are adjacent,
    followed by the ratio of their times; so are a network with floats and its int8 version.
    """
    columns = columns_of(entries)
    lines: dict[tuple[str, str, int], dict[Column, Entry]] = {}
    seen: Counter[tuple[str, str, Column]] = Counter()
    for entry, column in zip(entries, columns, strict=True):
        who = entry.model, entry.runtime
        occurrence = seen[*who, column]
        seen[*who, column] += 1
        lines.setdefault((*who, occurrence), {})[column] = entry
    across = tuple(dict.fromkeys(columns))
    several = len({entry.runtime for entry in entries}) > 1
    times: list[Row] = []
    rates: list[Row] = []
    floats: dict[tuple[str, int], Sequence[Sequence[Entry | None]]] = {}
    for (model, occurrence), group in _by_model(lines).items():
        grid = [[line.get(column) for column in across] for line in group]
        times += [_named(_with_accuracy(_time_row(line), line), line, several) for line in grid]
        before = floats.setdefault((float_model(model), occurrence), grid)
        ratios = [*_ratio(grid), *(_gain(before, grid) if before is not grid else ())]
        times += [replace(row, cells=(*row.cells, Cell(""))) for row in ratios]
        rates += [_named(_rate_row(line), line, several) for line in grid]
    return (
        _without_empty(ResultTable(TIME_TITLE, (*across, AccuracyColumn()), tuple(times))),
        ResultTable(RATE_TITLE, across, tuple(rates)),
    )


def _with_accuracy(row: Row, line: Sequence[Entry | None]) -> Row:
    """With a cell for the accuracy; two values if the runs of the row differ."""
    shown: dict[str, Entry] = {}
    for entry in line:
        if entry and isinstance(entry.outcome, RunRecord) and entry.outcome.valid:
            known = entry.outcome.accuracy
            if known is not None:
                shown.setdefault(accuracy_text(known), entry)
    entry = next(iter(shown.values()), None)
    return replace(row, cells=(*row.cells, Cell(" / ".join(shown) or NOTHING, entry=entry)))


def accuracy_text(known: Accuracy) -> str:
    """`r2 0.852 (0.888)`: the network's, and that of the float network in brackets."""
    kind = "" if known.metric == "accuracy" else f"{one_line(known.metric)} "
    before = known.float_reference
    return f"{kind}{known.measured:.3f}" + ("" if before is None else f" ({before:.3f})")


def _without_empty(table: ResultTable) -> ResultTable:
    """Without the last column if no row has an accuracy."""
    known = any(row.cells[-1].entry is not None for row in table.rows)
    return table if known else table.part(0, len(table.columns) - 1)


def _by_model(
    lines: Mapping[tuple[str, str, int], dict[Column, Entry]],
) -> dict[tuple[str, int], list[dict[Column, Entry]]]:
    """The lines of each model; an int8 version follows its float network."""
    groups: dict[tuple[str, int], list[dict[Column, Entry]]] = {}
    for (model, _, occurrence), line in lines.items():
        groups.setdefault((model, occurrence), []).append(line)
    first = list(dict.fromkeys((float_model(model), again) for model, again in groups))
    order = sorted(groups, key=lambda key: (first.index((float_model(key[0]), key[1])), key[0]))
    return {key: groups[key] for key in order}


def _named(row: Row, line: Sequence[Entry | None], several: bool) -> Row:
    runtime = next(entry.runtime for entry in line if entry is not None)
    return replace(row, title=f"{row.title}, {one_line(runtime)}") if several else row


def _ratio(grid: Sequence[Sequence[Entry | None]]) -> list[Row]:
    """ST's time divided by tinylab's, if both runtimes ran the model; otherwise empty."""
    by_runtime = {entry.runtime: line for line in grid for entry in line if entry is not None}
    if not {TINYLAB, CUBEAI} <= by_runtime.keys():
        return []
    cells = _divided(by_runtime[CUBEAI], by_runtime[TINYLAB])
    return [Row(f"  {CUBEAI} / {TINYLAB}", cells)]


def _gain(
    floats: Sequence[Sequence[Entry | None]], quantised: Sequence[Sequence[Entry | None]]
) -> Iterator[Row]:
    """The time of int8 divided by that of floats, for each runtime that ran both."""
    before = {entry.runtime: line for line in floats for entry in line if entry is not None}
    after = {entry.runtime: line for line in quantised for entry in line if entry is not None}
    for runtime in before:
        if runtime in after:
            by = "" if len(before) == 1 else f", {one_line(runtime)}"
            yield Row(f"  int8 / float32{by}", _divided(after[runtime], before[runtime]))


def _divided(times: Sequence[Entry | None], by: Sequence[Entry | None]) -> tuple[Cell, ...]:
    """The ratio of two rows' times."""
    cells = []
    for upper, lower in zip(times, by, strict=True):
        above, below = (_seconds(entry) if entry else None for entry in (upper, lower))
        cells.append(Cell(f"{above / below:.2f}x") if above and below else Cell())
    return tuple(cells)


def columns_of(entries: Sequence[Entry]) -> list[Column]:
    """The column that each entry belongs to."""
    probes: dict[tuple[str, bool], set[str]] = {}
    errors: dict[str, float | None] = {}
    for entry in entries:
        known = probes.setdefault((entry.board, entry.simulated), set())
        if entry.serial:
            known.add(entry.serial)
        if entry.simulated and isinstance(entry.outcome, RunRecord):
            errors[entry.board] = entry.outcome.expected_error_percent
        elif entry.simulated:
            errors.setdefault(entry.board, entry.expected_error_percent)
    return [
        Column(
            board=one_line(entry.board),
            core=one_line(core_short(entry.core)),
            clock_hz=entry.clock_hz,
            simulated=entry.simulated,
            expected_error_percent=errors.get(entry.board) if entry.simulated else None,
            serial=one_line((entry.serial or "")[-SERIAL_DIGITS:])
            if len(probes[entry.board, entry.simulated]) > 1
            else "",
        )
        for entry in entries
    ]


def _time_row(line: Sequence[Entry | None]) -> Row:
    """All times of a row in one unit, for comparison."""
    times = [seconds for entry in line if entry and (seconds := _seconds(entry)) is not None]
    factor, unit = _time_unit(max(times, default=1e-3))
    return _row(
        line,
        lambda seconds: f"{significant(seconds * factor)} {unit}",
        lambda publication: publication.latency,
    )


def _rate_row(line: Sequence[Entry | None]) -> Row:
    return _row(
        line,
        lambda seconds: rate(1 / seconds if seconds else 0.0),
        lambda publication: publication.rate,
    )


def _seconds(entry: Entry) -> float | None:
    """Seconds per inference; None if unknown or invalid."""
    outcome = entry.outcome
    if isinstance(outcome, Running):
        return outcome.median / entry.clock_hz
    if isinstance(outcome, RunRecord) and outcome.valid:
        return outcome.cycles.median / outcome.clock_hz
    return None


def _time_unit(seconds: float) -> tuple[float, str]:
    """The factor from seconds, and the unit, for a row whose longest time this is."""
    if seconds >= 10:
        return 1.0, "s"
    return (1e3, "ms") if seconds >= 1e-4 else (1e6, "µs")


def _row(line: Sequence[Entry | None], figure: Figure, quoted: Quoted) -> Row:
    title = next(entry.title for entry in line if entry is not None)
    return Row(one_line(title), tuple(_cell(entry, figure, quoted) for entry in line))


def _cell(entry: Entry | None, figure: Figure, quoted: Quoted) -> Cell:
    if entry is None:
        return Cell()
    outcome = entry.outcome
    publication = (
        outcome.published
        if isinstance(outcome, RunRecord)
        else published(entry.model, entry.board, entry.core, entry.clock_hz)
    )
    beside = quoted(publication) if publication else ""
    mark = "SIM" if entry.simulated else ""
    if isinstance(outcome, str):
        return Cell(outcome, published=beside, entry=entry)
    if isinstance(outcome, Failure):
        word = STOPPED if outcome.error.interrupted else "failed"
        if (partial := outcome.partial) is not None:
            sofar = figure(partial.cycles.median / entry.clock_hz)
            word = f"{sofar} ({partial.counted})" if word == STOPPED else word
        return Cell(word, mark, beside, trouble=not outcome.error.interrupted, entry=entry)
    seconds = _seconds(entry)
    if seconds is None:
        return Cell("invalid", mark, beside, trouble=True, entry=entry)
    sign = f"{UNDER_WAY} " if isinstance(outcome, Running) else ""
    return Cell(sign + figure(seconds), mark, beside, entry=entry)
