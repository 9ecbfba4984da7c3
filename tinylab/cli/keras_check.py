"""`tinylab models FILE --check-with-keras`: compares what Keras and tinylab read."""

from __future__ import annotations

import argparse
from pathlib import Path

from tinylab.cli.output import print_json, print_listing
from tinylab.errors import ExitCode, MeasurementError
from tinylab.zoo.load import load
from tinylab.zoo.network import Shape
from tinylab.zoo.processes import second_opinion
from tinylab.zoo.processes.second_opinion import Comparison, Opinion


def check_with_keras(source: Path, arguments: argparse.Namespace) -> int:
    """Print the comparison. Raises MeasurementError if the two do not agree."""
    opinion = second_opinion.ask_keras(source, load(source))
    rows = (*opinion.layers, opinion.output)
    if arguments.json:
        print_json(_document(opinion))
        arguments.delivered = True
    else:
        print_listing(
            ("layer", "kind", f"shape in Keras {opinion.version}", "in tinylab", "difference", ""),
            (
                (row.name, row.kind, _shape(row.keras), _shape(row.ours), *_judgement(row))
                for row in rows
            ),
            right="difference",
        )
    unlike = second_opinion.disagreements(opinion)
    if unlike:
        raise MeasurementError(
            f"{source.name}: Keras and tinylab differ, first at {unlike[0].name!r}.",
            remedy="Please report it, with the file if you can.",
        )
    return ExitCode.OK


def _document(opinion: Opinion) -> dict[str, object]:
    rows = [
        {
            "name": row.name,
            "kind": row.kind,
            "keras_shape": list(row.keras),
            "shape": None if row.ours is None else list(row.ours),
            "difference": None if row.ours != row.keras else row.difference,
            "agrees": row.agrees,
        }
        for row in (*opinion.layers, opinion.output)
    ]
    return {
        "keras_version": opinion.version,
        "samples": second_opinion.SAMPLES,
        "tolerance": second_opinion.TOLERANCE,
        "agrees": opinion.agrees,
        "layers": rows,
    }


def _judgement(row: Comparison) -> tuple[str, str]:
    if row.ours is None:
        return "", "no separate layer"
    return f"{row.difference:.1e}", "the same" if row.agrees else "NOT THE SAME"


def _shape(shape: Shape | None) -> str:
    return "" if shape is None else " x ".join(map(str, shape))
