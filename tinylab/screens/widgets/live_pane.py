"""One station's run as it happens: stages, the latest samples, statistics, remarks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widgets import Static

from tinylab.display_text import visible
from tinylab.screens.bench_text import short
from tinylab.screens.error_boundary import ErrorBoundary
from tinylab.screens.widgets.stable_text import StableText, set_title
from tinylab.stats.spread import SampleSpread
from tinylab.units import alike, duration, megahertz, rate, size

if TYPE_CHECKING:
    from tinylab.bench.plan.plan import Job
    from tinylab.results.record import RunRecord
    from tinylab.screens.live import LiveView, StageView

SIGNS = {"waiting": "·", "running": "▶", "done": "✓", "failed": "✗"}

FEW = 5
"""Samples that are listed."""


class Curves(Horizontal):
    """The room for the plot and the histogram."""

    class Fitted(Message):
        """The room has another size."""

    def on_resize(self) -> None:
        self.post_message(self.Fitted())


class LivePane(ErrorBoundary, Vertical):
    """Draws a `LiveView`; before the first run, a hint about what to press."""

    BORDER_TITLE = "Live"
    BORDER_SUBTITLE = "space freezes · l build log"
    can_focus = True

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._view: LiveView | None = None

    def compose(self) -> ComposeResult:
        yield StableText(id="stages")
        with Curves(id="curves"):
            yield StableText(id="plot")
            yield StableText(id="bars")
        yield Static(id="figures")
        yield StableText(id="remarks")

    def hint(self, text: Text) -> None:
        """StableText instead of a run."""
        self._view = None
        set_title(self, self.BORDER_TITLE)
        self.query_one("#remarks").add_class("hint")
        for name in ("#stages", "#figures", "#curves"):
            self.query_one(name).display = False
        self.query_one("#remarks", StableText).say(text)

    def show(self, view: LiveView, frozen: bool) -> None:
        """The run as it is, or was when the view was frozen."""
        state = "FROZEN, space resumes  " if frozen else ""
        set_title(self, f"Live  {state}{describe(view.job)}")
        self.query_one("#remarks").remove_class("hint")
        for name in ("#stages", "#figures", "#curves"):
            self.query_one(name).display = True
        self._view = view
        self._draw("#stages", stage_bar(view.stages))
        self._draw_curves(view)
        self.query_one("#figures", Static).update(figures(view), layout=False)
        self.query_one("#remarks", StableText).say(remarks(view))

    def _draw(self, name: str, text: Text) -> None:
        self.query_one(name, StableText).say(text, layout=False)

    @on(Curves.Fitted)
    def _refit(self) -> None:
        if self._view is not None:
            self._draw_curves(self._view)

    def _draw_curves(self, view: LiveView) -> None:
        """The samples of a person's own as soon as there are two; until then the repetitions."""
        from tinylab.screens.widgets.plot import bars, line_plot, sample_plot

        hz, each = view.job.clock_hz, view.each[view.each > 0]
        room = self.query_one("#plot", Static).content_size
        if each.size > 1:
            lines = sample_plot(each, hz, *room)
        else:
            lines = line_plot(view.warmup, view.cycles, hz, *room)
        self._draw("#plot", _lines(lines))
        room = self.query_one("#bars", Static).content_size
        self._draw("#bars", _lines(bars(each if each.size > 1 else view.cycles, hz, *room)))


def _lines(lines: list[str]) -> Text:
    """The labels are dim: in a picture they are then set apart from dots of another width."""
    from tinylab.screens.widgets.plot import AXIS

    text = Text(no_wrap=True)
    for line in lines:
        label, axis, dots = line.partition(AXIS)
        text.append(label + axis if axis else "", style="dim")
        text.append(dots if axis else label).append("\n")
    text.rstrip()
    return text


def describe(job: Job) -> str:
    """`house_price on sim:nucleo_wb55rg at 48 MHz`."""
    return f"{short(job.model)}{job.by} on {job.station.label} at {megahertz(job.clock_hz)}"


def stage_bar(stages: tuple[StageView, ...]) -> Text:
    """`load ✓ 0.4s  build ▶ 45% 1.2s  flash ·`."""
    bar = Text()
    for view in stages:
        style = {"running": "bold", "failed": "bold red", "waiting": "dim"}.get(view.state, "")
        part = f"{view.stage} {SIGNS[view.state]}"
        if view.state == "running" and view.fraction:
            part += f" {view.fraction:.0%}"
        if view.state != "waiting":
            part += f" {view.seconds:.{1 if view.seconds < 10 else 0}f}s"
        bar.append(part, style=style).append("  ")
    bar.rstrip()
    return bar


def figures(view: LiveView) -> Table:
    """Rolling statistics, twelve of them, in three rows."""
    grid = Table.grid(padding=(0, 1), expand=True)
    for _ in range(4):
        grid.add_column(style="dim", no_wrap=True)
        grid.add_column(justify="right", no_wrap=True)
    values = _values(view)
    for row in range(3):
        grid.add_row(*(text for pair in values[row::3] for text in pair))
    return grid


def _values(view: LiveView) -> list[tuple[str, str]]:
    """Name and value, column by column."""
    stats, hz = view.stats, view.job.clock_hz
    names = ("n", "last", "rate", "min", "median", "mean", "p95", "p99", "max", "stdev")
    if stats is None:
        values = dict.fromkeys(names, "-")
    else:
        values = {
            name: "-" if (value := getattr(stats, name)) is None else duration(value / hz)
            for name in names
            if name not in ("n", "rate")
        }
        values["n"] = f"{stats.n:,}"
        values["rate"] = rate(hz / stats.median if stats.median else 0.0)
    values["first"] = duration(view.first / hz) if view.first else "-"
    values["lost"] = f"{view.lost:,}"
    return [(name, values[name]) for name in (*names, "lost", "first")]


def remarks(view: LiveView) -> Text:
    """What is done now, what was noticed, what went wrong and what to do about it."""
    text = Text()
    if view.doing:
        text.append(visible(f"{view.doing}\n"))
    for line in over_samples(view):
        text.append(visible(f"{line}\n"))
    if view.warmup.size and view.each.size < 2:
        text.append(f"warm-up: {view.warmup_total:,}, shown as w, not counted\n")
    for note in view.notes:
        text.append(visible(f"note: {note}\n"))
    if view.error is not None:
        text.append(visible(f"✗ {view.error.message}\n"), style="bold red")
        text.append(visible(f"{view.error.remedy}\n{view.error.details}").rstrip() + "\n")
    if view.record is not None:
        text.append(visible(_bench_state(view.record)) + "\n", style="dim")
    text.rstrip()
    return text


def over_samples(view: LiveView) -> Iterator[str]:
    """How the time depends on a person's samples, as far as they were run."""
    each, hz, stats = view.each, view.job.clock_hz, view.stats
    if each.size < 2 or stats is None or not each.any():
        return
    found = SampleSpread.of(each, stats.n, stats.stdev)
    yield (
        f"Drawn: {each.size:,} of {view.samples:,} samples. Figures: sample 1, {stats.n:,} times."
    )
    low, median, high = alike([count / hz for count in (found.low, found.median, found.high)])
    if found.low == found.high:
        yield f"Each sample takes {found.low:,} cycles."
    else:
        yield (
            f"fastest {low} (sample {found.fastest:,})  slowest {high} (sample {found.slowest:,})"
        )
    yield f"median {median}  {found.sigma}"
    if view.record is not None:
        yield from _answers(view.record)


def _answers(record: RunRecord) -> Iterator[str]:
    """`accuracy 0.970 on the board, 0.975 on the host  2 of 200 samples differ: 7, 31`."""
    known, data = record.accuracy, record.data
    parts = []
    if known is not None and known.board is not None:
        parts.append(f"{known.metric} {known.board:.3f} on the board, {known.host:.3f} on the host")
    if data is not None:
        which = ", ".join(map(str, data.where[:FEW])) + (", …" if data.different > FEW else "")
        parts.append(f"{data.different:,} of {data.samples:,} differ" + f": {which}" * bool(which))
    if parts:
        yield "  ".join(parts)


def _bench_state(record: RunRecord) -> str:
    waits = f"{record.wait_states} wait state{'' if record.wait_states == 1 else 's'}"
    measured = record.clock_measured_hz
    clock = f", clock measured {megahertz(measured)}" if measured is not None else ""
    per_macc = record.cycles_per_macc
    cost = f", {per_macc:.2f} cycles/MACC" if per_macc is not None else ""
    inputs = "" if record.data is not None else record.inputs
    return (
        f"{record.caches} on, {waits}{clock}{cost}\n"
        f"flash {size(record.flash_bytes)}, RAM {size(record.ram_bytes)}, "
        f"{record.compression} compression{f', {inputs}' if inputs else ''}"
    )
