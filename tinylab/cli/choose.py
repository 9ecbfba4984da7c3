"""`tinylab choose MODEL --deadline 20ms`: which boards are fast enough, and at which clock."""

from __future__ import annotations

import argparse
import re
import sys
import threading
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import tinylab
from tinylab.boards import catalog as boards
from tinylab.cli import log_lines
from tinylab.cli.headless import stopping
from tinylab.cli.output import print_json, print_listing
from tinylab.display_text import one_line
from tinylab.errors import InputError
from tinylab.options.measuring import GOALS
from tinylab.units import duration, megahertz, size
from tinylab.zoo import catalog

if TYPE_CHECKING:
    from tinylab.bench.choosing.document import Candidate

_TIME = re.compile(r"(\d+\.?\d*|\.\d+)\s*(us|µs|ms|s)", re.ASCII)
_PERCENT = re.compile(r"(\d+\.?\d*|\.\d+)\s*%?", re.ASCII)
SECONDS = {"us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0}
LONGEST_S = 86_400.0


def choose(arguments: argparse.Namespace) -> int:
    """Exit code 0 if a board meets the deadline for certain, 1 if none does."""
    from tinylab.bench.choosing.document import ChoiceDocument
    from tinylab.bench.choosing.search import Wanted, search
    from tinylab.bench.plan.plan import Options

    wanted = Wanted(
        models=models(arguments.model),
        goals=(arguments.optimize,) if arguments.optimize else (GOALS[1], GOALS[2], GOALS[0]),
        deadline_s=seconds(arguments.deadline),
        margin=_margin(arguments.margin),
    )
    looked_at = [boards.by_name(name.removeprefix("sim:")) for name in arguments.on]
    options = Options(inferences=1, warmup=1, compression=arguments.compression)
    started = datetime.now().astimezone().isoformat(timespec="seconds")
    cancelled = threading.Event()
    with log_lines.shown_by(_say), stopping(cancelled):
        every = looked_at or boards.all_boards()
        found = list(search(every, wanted, options, cancelled, _say))
    document = ChoiceDocument(
        tinylab.__version__,
        started,
        wanted.deadline_s,
        100 * wanted.margin,
        tuple(sorted(found, key=_order)),
    )
    if arguments.json:
        print_json(document.to_json())
        arguments.delivered = True
    else:
        _print(document.candidates)
    return document.exit_code


def models(name: str) -> tuple[str, ...]:
    """A network of the catalogue in both types; else what was named. Raises UnknownName."""
    if name in catalog.names():
        return tuple(one for one in catalog.every_name() if catalog.base_name(one) == name)
    catalog.find(name)
    return (name,)


def seconds(text: str | None) -> float:
    """Of `20ms`. Raises InputError."""
    found = _TIME.fullmatch((text or "").strip())
    value = float(found[1]) * SECONDS[found[2]] if found else 0.0
    if not 0 < value <= LONGEST_S:
        what = "--deadline is missing" if text is None else f"{text!r} is not a deadline"
        raise InputError(
            f"{what}.", remedy="Write a number of up to a day with its unit: --deadline 20ms."
        )
    return value


def _margin(text: str) -> float:
    """Of `10%`, relative. Raises InputError."""
    found = _PERCENT.fullmatch(text.strip())
    value = float(found[1]) if found else 100.0
    if not value < 100:
        raise InputError(
            f"{text!r} is not a margin.", remedy="Write a percentage below 100: --margin 10%."
        )
    return value / 100


def _order(one: Candidate) -> tuple[int, float, float]:
    rank = ("meets", "uncertain", "misses", "unknown").index(one.meets)
    clock = one.lowest.clock_hz if one.lowest else 0
    return rank, clock, one.fastest.time_s if one.fastest else 0.0


def _print(found: Sequence[Candidate]) -> None:
    heads = (
        *("board", "model", "optimize", "deadline", "lowest clock", "time", "fastest", "time"),
        *("margin", "flash", "RAM", "error"),
    )
    print_listing(heads, map(_cells, found), right="lowest clock time fastest margin flash RAM")
    for one in found:
        if one.error is not None:
            print(one_line(f"{one.board}, {one.model}, {one.optimize}: {one.error.message}"))
    print("All times are simulated; error is what the simulation may be off by.")


def _cells(one: Candidate) -> tuple[str, ...]:
    low, fast, error = one.lowest, one.fastest, one.expected_error_percent
    return (
        f"sim:{one.board}",
        one.model,
        one.optimize,
        one.meets.value,
        megahertz(low.clock_hz) if low else "-",
        duration(low.time_s) if low else "-",
        megahertz(fast.clock_hz) if fast else "-",
        duration(fast.time_s) if fast else "-",
        f"{one.margin_percent:+.1f} %" if one.margin_percent is not None else "-",
        f"{size(one.flash_bytes)} of {size(one.flash_available)}" if one.flash_bytes else "-",
        f"{size(one.ram_bytes)} of {size(one.ram_available)}" if one.ram_bytes else "-",
        f"±{error:g} %" if error is not None else "not known",
    )


def _say(text: str) -> None:
    print(one_line(f"choose: {text}"), file=sys.stderr, flush=True)
