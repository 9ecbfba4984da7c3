"""`tinylab history --changes`: the runs in which a figure moved."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace

from tinylab.cli.output import print_json, print_listing
from tinylab.display_text import one_line
from tinylab.errors import ExitCode
from tinylab.results.comparison.changes import Dated, Step, series, steps
from tinylab.results.comparison.figures import figures_of
from tinylab.results.comparison.layers import changed
from tinylab.results.documents import as_json
from tinylab.results.run_filter import RunFilter
from tinylab.results.store import Store
from tinylab.results.stored_run import StoredRun
from tinylab.units import counts_alike, percent_text

HEADS = ("run", "started", "what", "figure", "before", "now", "change", "also changed")
RIGHT = "run before now change"
NAMES = {"flash_bytes": "flash", "ram_bytes": "RAM", "stack_bytes": "stack"}


def changes(store: Store, which: RunFilter, *, json: bool) -> int:
    """Prints the latest steps of the runs that `which` lets through, `which.limit` at most."""
    runs = store.found(replace(which, limit=-1, order="-run", valid=True))
    dated = [one for run in runs if (one := _dated(run)) is not None]
    found = steps(dated)[::-1][: which.limit]
    if json:
        print_json([as_json(step) | {"before": step.before, "now": step.now} for step in found])
    elif found:
        print_listing(HEADS, map(_row, found), right=RIGHT)
    else:
        print(f"tinylab: {_nothing(dated)}", file=sys.stderr)
    return ExitCode.OK


def _dated(run: StoredRun) -> Dated | None:
    """None of a run with nothing to compare."""
    if run.record is None:
        return None
    figures = figures_of(run.record)
    return Dated(run.id, run.started, figures) if figures.comparable else None


def _row(step: Step) -> tuple[str, ...]:
    before, now = counts_alike((step.before, step.now))
    return (
        str(step.run),
        step.started[:16].replace("T", " "),
        step.comparison.now.name,
        NAMES.get(step.measure, step.measure),
        before,
        now,
        _change(step),
        "; ".join(_causes(step)) or "nothing that is known",
    )


def _change(step: Step) -> str:
    if not step.before or step.now is None:
        return "-"
    return percent_text(step.now / step.before) + (", this run only" if step.alone else "")


def _causes(step: Step) -> Sequence[str]:
    """What was not the same as in the run before, and the layer that changed most."""
    told = [str(one) for one in step.causes]
    layers = changed(step.comparison.layers) if step.measure == "cycles" else []
    if layers:
        more = f" and {len(layers) - 1} more" if len(layers) > 1 else ""
        told.append(f"layer {layers[0].name} {layers[0].cycles:+,} cycles{more}")
    return [one_line(text) for text in told]


def _nothing(dated: Sequence[Dated]) -> str:
    if not dated:
        return "No stored valid run fits. `tinylab history` lists the runs."
    found = series(dated)
    several = sum(len(one) > 1 for one in found)
    if not several:
        return (
            f"No change can be told: {_runs(dated)}, none of the same model, board and clock as "
            "another."
        )
    kinds = "one kind" if len(found) == 1 else f"{len(found):,} kinds"
    return f"No figure moved in {_runs(dated)} of {kinds}."


def _runs(dated: Sequence[Dated]) -> str:
    return "one valid run" if len(dated) == 1 else f"{len(dated):,} valid runs"
