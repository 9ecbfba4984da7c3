"""The two results tables, built once for every format and for the screen.

Rows are models, columns are boards with their clocks. Formats only draw these tables.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from tinylab.display_text import one_line
from tinylab.results.identity import CUBEAI, TINYLAB, Identified, RunIdentity
from tinylab.results.published import published
from tinylab.results.record import Failure, RunDocument, RunRecord
from tinylab.results.record_parts import Published
from tinylab.units import megahertz, plus_minus, rate, significant

Figure = Callable[[float], str]
"""Text of a cell from the seconds that one inference takes."""
Quoted = Callable[[Published], str]

TIME_TITLE = "Time per inference"
RATE_TITLE = "Inferences per second"
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
    columns: tuple[Column, ...]
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
    """Time per inference, and inferences per second.

    Rows and columns are in the order of their first entry. Two entries for one cell, which one
    session never has, get separate rows. If two runtimes ran one model, their rows are adjacent,
    followed by the ratio of their times.
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
    for group in _by_model(lines):
        grid = [[line.get(column) for column in across] for line in group]
        times += [_named(_time_row(line), line, several) for line in grid]
        times += _ratio(grid)
        rates += [_named(_rate_row(line), line, several) for line in grid]
    return (
        ResultTable(TIME_TITLE, across, tuple(times)),
        ResultTable(RATE_TITLE, across, tuple(rates)),
    )


def _by_model(
    lines: Mapping[tuple[str, str, int], dict[Column, Entry]],
) -> list[list[dict[Column, Entry]]]:
    groups: dict[tuple[str, int], list[dict[Column, Entry]]] = {}
    for (model, _, occurrence), line in lines.items():
        groups.setdefault((model, occurrence), []).append(line)
    return list(groups.values())


def _named(row: Row, line: Sequence[Entry | None], several: bool) -> Row:
    runtime = next(entry.runtime for entry in line if entry is not None)
    return replace(row, title=f"{row.title}, {one_line(runtime)}") if several else row


def _ratio(grid: Sequence[Sequence[Entry | None]]) -> list[Row]:
    """ST's time divided by tinylab's, if both runtimes ran the model; otherwise empty."""
    by_runtime = {entry.runtime: line for line in grid for entry in line if entry is not None}
    if not {TINYLAB, CUBEAI} <= by_runtime.keys():
        return []
    cells = []
    for ours, theirs in zip(by_runtime[TINYLAB], by_runtime[CUBEAI], strict=True):
        mine, other = (_seconds(entry) if entry else None for entry in (ours, theirs))
        cells.append(Cell(f"{other / mine:.2f}x") if mine and other else Cell())
    return [Row(f"  {CUBEAI} / {TINYLAB}", tuple(cells))]


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
        return Cell(word, mark, beside, trouble=word != STOPPED, entry=entry)
    seconds = _seconds(entry)
    if seconds is None:
        return Cell("invalid", mark, beside, trouble=True, entry=entry)
    sign = f"{UNDER_WAY} " if isinstance(outcome, Running) else ""
    return Cell(sign + figure(seconds), mark, beside, entry=entry)
