"""`tinylab compare A B`: what differs between runs, and in what they cost."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from tinylab import paths
from tinylab.cli.output import print_json, print_warning
from tinylab.cli.stored.baseline import runs_of_document
from tinylab.cli.stored.selection import runs_of
from tinylab.display_text import one_line
from tinylab.errors import ExitCode, InputError
from tinylab.export.comparison_table import comparison_markdown, comparison_text
from tinylab.results.comparison import baselines
from tinylab.results.comparison.comparison import Comparison, compare, missing
from tinylab.results.comparison.document import document_of
from tinylab.results.comparison.figures import RunFigures, figures_of
from tinylab.results.store import Store


def compared(arguments: argparse.Namespace) -> int:
    """Compares each of the later ones with the first."""
    first, *others = arguments.runs
    if not others:
        raise InputError("There is nothing to compare with.", remedy="Name two runs or more.")
    before = selected(first)
    found: list[Comparison] = []
    left: list[str] = []
    for name in others:
        now = selected(name)
        these = compare(now, before, unlike=arguments.unlike)
        found += these
        left += [*missing(now, these), *missing(before, these)]
    for text in left:
        print(one_line(f"tinylab: {text}: not compared, in one of them only"), file=sys.stderr)
    if arguments.json:
        print_json(document_of(found, left).to_json())
    elif arguments.format == "markdown":
        sys.stdout.write(comparison_markdown(found))
    else:
        sys.stdout.write(comparison_text(found))
    return ExitCode.OK


def selected(name: str) -> Sequence[RunFigures]:
    """The valid runs of a name: a stored run, a tag, `last~1`, a .json file, a saved baseline.

    Raises InputError if there is none.
    """
    if name.lower().endswith(".json"):
        found = runs_of_document(name, "The file")
        skipped = 0
    elif ".toml:" in name:
        from tinylab.cli.stored.baseline import place

        found, skipped = baselines.named(*place(name))[0].runs, 0
    else:
        with Store.reading(paths.results_database()) as store:
            runs = runs_of(store, [name])
            for row in store.unreadable:
                print_warning(row)
        valid = [run.record for run in runs if run.record is not None and run.record.valid]
        found, skipped = [figures_of(record) for record in valid], len(runs) - len(valid)
    usable = [run for run in found if run.comparable]
    if not usable:
        raise InputError(
            f"{name} has no valid run.", remedy="`tinylab history --valid` lists the valid runs."
        )
    if skipped:
        what = "run" if skipped == 1 else "runs"
        print(f"tinylab: {name}: {skipped} {what} without a valid result", file=sys.stderr)
    return usable
