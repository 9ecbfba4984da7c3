"""`tinylab verify`: compares every layer on a board with the host's."""

from __future__ import annotations

import argparse
import sys
import threading
from datetime import datetime
from typing import TYPE_CHECKING

import tinylab
from tinylab.cli import log_lines
from tinylab.cli.headless import stopping
from tinylab.cli.output import print_error, print_json, print_listing
from tinylab.cli.progress import place
from tinylab.cli.request import plan_of
from tinylab.display_text import one_line
from tinylab.errors import InputError
from tinylab.options.verifying import WITHOUT_BOARD

if TYPE_CHECKING:
    from tinylab.bench.plan.plan import Job
    from tinylab.bench.verify.document import LayerCheck, TensorStatistics, Verification

FEW = 4
"""Inputs that are run where none were given."""


def verify(arguments: argparse.Namespace) -> int:
    """The command: exit code 6 if a layer departs.

    All input is checked before anything is built; errors on one board do not stop the others.
    """
    from tinylab.bench.verify.document import VerifyDocument
    from tinylab.bench.verify.verification import Verifier

    if {"cubeai", "both"} & set(arguments.runtime) and not arguments.cubeai_dir:
        raise InputError(
            "The layers of ST's code can only be compared in a generated folder.",
            remedy="Add --cubeai-dir DIR, a folder that CubeMX or stm32ai generated.",
        )
    plan = plan_of(
        argparse.Namespace(**{**vars(arguments), "model": (arguments.model,)}),
        without_board=WITHOUT_BOARD,
    )
    started = datetime.now().astimezone().isoformat(timespec="seconds")
    most = arguments.inputs or (FEW if arguments.data is None else None)
    cancelled = threading.Event()
    rows = []
    with log_lines.shown_by(_say), stopping(cancelled):
        verifier = Verifier(plan.options, most, cancelled.is_set, _tell)
        for job in plan.jobs:
            row = verifier.verify(job)
            rows.append(row)
            if not arguments.json:
                _print(place(job), row)
    document = VerifyDocument(tinylab.__version__, started, tuple(rows))
    if arguments.json:
        print_json(document.to_json())
        arguments.delivered = True
    sys.stdout.flush()
    for row in rows:
        if row.error is not None:
            print_error(row.error.error())
    return document.exit_code


def _tell(job: Job, text: str) -> None:
    _say(f"{place(job)}: {text}")


def _say(text: str) -> None:
    print(one_line(text), file=sys.stderr, flush=True)


def _print(where: str, row: Verification) -> None:
    if not row.layers:
        return
    inputs = f"{row.samples:,} input{'s' if row.samples > 1 else ''} ({row.inputs})"
    print(one_line(f"{where}, {inputs}") + "\n")
    print_listing(
        ("step", "layers", "kind", "shape", "type", "differ", "of", "largest", "tolerance", ""),
        (
            (
                str(one.step),
                _layers(one),
                ", ".join(one.kinds),
                " x ".join(map(str, one.shape)),
                one.number_type,
                f"{one.differing:,}",
                f"{one.elements:,}",
                f"{one.max_abs_error:.3g}",
                f"{one.tolerance:.3g}",
                "ok" if one.agrees else "DEPARTS",
            )
            for one in row.layers
        ),
        right="step differ of largest tolerance",
    )
    for layer in row.without_code:
        print(one_line(f"{layer.layer} ({layer.kind}): {layer.reason}"))
    print("\n" + "\n".join(map(one_line, _verdict(row))))


def _layers(one: LayerCheck) -> str:
    names = ", ".join(one.layers)
    return f"{one.node}: {names}" if one.node else names


def _verdict(row: Verification) -> list[str]:
    departing = [one for one in row.layers if not one.agrees]
    if departing:
        return _first(departing[0], len(departing), len(row.layers))
    output = row.output
    if output is not None and not output.ok:
        return [
            "Each layer agrees with the host's for the numbers that it was given, but the outputs "
            f"differ by {output.max_abs_error:.3g} (tolerance {output.tolerance:.3g}): differences "
            "add up from layer to layer."
        ]
    return ["All layers agree." if row.error is None else "The layers that were compared agree."]


def _first(one: LayerCheck, departing: int, count: int) -> list[str]:
    lines = [
        f"{_layers(one)} is the first layer that departs; {departing} of {count} do.",
        "",
        f"{'':<6}{'min':>12}{'max':>12}{'mean':>12}{'std':>12}",
        _statistics("board", one.board),
        _statistics("host", one.host),
    ]
    if one.largest is not None:
        place = one.largest
        values = (
            f"{value:.6g}" if value is not None else "no number"
            for value in (place.board, place.host)
        )
        lines += [
            "",
            f"Largest difference {one.max_abs_error:.3g} at {list(place.index)} of input "
            "{}: board {}, host {}. ".format(place.sample, *values)
            + f"{one.differing:,} of {one.elements:,} elements differ by more than "
            f"{one.tolerance:.3g}.",
        ]
    return lines


def _statistics(side: str, of: TensorStatistics) -> str:
    figures = (of.min, of.max, of.mean, of.std)
    shown = "".join(
        f"{figure:>12.5g}" if figure is not None else f"{'-':>12}" for figure in figures
    )
    return f"{side:<6}{shown}" + (f"  {of.not_finite:,} not finite" if of.not_finite else "")
