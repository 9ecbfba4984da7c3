"""Texts of the bench screen: its title, its tabs, and the first steps."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath
from typing import TYPE_CHECKING

from rich.style import Style
from rich.text import Text

from tinylab.display_text import one_line
from tinylab.units import duration, plus_minus

if TYPE_CHECKING:
    from tinylab.screens.live import LiveView, Snapshot
    from tinylab.screens.selection import StationEntry

FIRST_TIME = """\
Welcome. tinylab measures how long a neural network takes on a microcontroller.

No board is required to begin: press R, and the study's three networks run on two virtual \
boards, which predict silicon's cycles. It takes about a minute the first time. The figures are \
marked SIM, with their known error.

Your own board: plug in its ST-Link, and it shows at the left within a second. If it does not, \
d shows why.
Your own network: press a, and name a .keras, .h5, .tflite or .onnx file.
Another clock: press c, type the frequencies in MHz, press Enter, then r.

Enter on a figure opens everything about that run. ? lists every key."""
OPENING = """\
Opening the stations. A virtual board's cycle model is compiled when it is first used on this \
computer, which takes about ten seconds."""
AGAIN = """\
r runs the model on the station under the cursors, R every ticked model on every ticked \
station. ? lists every key."""


def first(seen: bool) -> Text:
    """The text of the live view before the first run."""
    return Text(AGAIN if seen else FIRST_TIME)


def short(model: str) -> str:
    """A model's name for a line: of a file without its folders."""
    return PurePath(model).name


def tabs(names: Sequence[str], chosen: str) -> Text:
    """`1 Setup  [2 Live]  3 Results`."""
    text = Text(" ")
    for number, name in enumerate(names, 1):
        label = f"{number} {name.title()}"
        style = Style(bold=True, meta={"@click": f"screen.tab('{name}')"})
        text.append(f"[{label}]" if name == chosen else f" {label} ", style).append("  ")
    return text


def title(snapshot: Snapshot, view: LiveView, running: bool) -> Text:
    """The progress of the session, and one line of live statistics."""
    stats = view.stats
    sign = "▶" if running else "✓" if snapshot.done == snapshot.total else "■"
    line = f" tinylab  {sign} {snapshot.done}/{snapshot.total} runs"
    if snapshot.failed:
        line += f", ✗ {snapshot.failed} failed"
    if snapshot.stopped:
        line += f", {snapshot.stopped} stopped"
    if stats is not None:
        hz = view.job.clock_hz
        line += f"   {short(view.job.model)}  n {stats.n:,}  med {duration(stats.median / hz)}"
        if stats.p99 is not None:
            line += f"  p99 {duration(stats.p99 / hz)}"
    return Text(one_line(line), no_wrap=True, overflow="ellipsis")


def failures(count: int) -> str:
    return "A run failed" if count == 1 else f"{count} runs failed"


def simulation_errors(stations: Sequence[StationEntry]) -> str:
    """`SIM error: M4 ±2 %  M7 ±9 %`: the largest known of each core; empty if none is."""
    known: dict[str, float] = {}
    for station in stations:
        board = station.board if station.simulated else None
        if board is not None and board.expected_error_percent is not None:
            core = board.core.short
            known[core] = max(known.get(core, 0.0), board.expected_error_percent)
    if not known:
        return ""
    return "SIM error: " + "  ".join(f"{core} {plus_minus(known[core])}" for core in known)
