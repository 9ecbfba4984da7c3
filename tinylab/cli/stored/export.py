"""`tinylab export RUN`: stored results, in any format."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace

from tinylab import paths
from tinylab.boards import catalog
from tinylab.cli.files import deliver, result_files
from tinylab.cli.output import print_warning
from tinylab.cli.stored.selection import runs_of
from tinylab.errors import ExitCode, InputError
from tinylab.results.record import Failure, RunDocument
from tinylab.results.record_parts import Partial
from tinylab.results.store import Store
from tinylab.results.stored_run import RunState, StoredRun
from tinylab.stats.cycles import summarize_counted


def export(arguments: argparse.Namespace) -> int:
    """Prints the runs, and writes the files asked for."""
    if arguments.json and arguments.format not in (None, "json"):
        raise InputError(
            f"--json cannot be combined with --format {arguments.format}.",
            remedy="Remove one of them.",
        )
    files = result_files(arguments.output, arguments.screenshot, arguments.picture_theme)
    with Store.reading(paths.results_database()) as store:
        runs = runs_of(store, arguments.run)
        for skipped in store.unreadable:
            print_warning(skipped)
        document = document_of(runs, store)
    printed = "json" if arguments.json else arguments.format or "table"
    errors = deliver(document, printed, files, profile=arguments.profile)
    return max((error.exit_code for error in errors), default=ExitCode.OK)


def document_of(runs: Sequence[StoredRun], store: Store) -> RunDocument:
    """The runs as one document; those without a record are included as failures, with what they
    have measured.
    """
    return RunDocument(
        tinylab=", ".join(dict.fromkeys(run.tinylab for run in runs)),
        started=runs[0].started,
        rows=tuple(run.record for run in runs if run.record is not None),
        failures=tuple(_failure(run, store) for run in runs if run.record is None),
        interrupted=any(run.state == RunState.INTERRUPTED for run in runs),
    )


def _failure(run: StoredRun, store: Store) -> Failure:
    """A run of an older tinylab has no core; its board's may be missing, if the user removed the
    board file.
    """
    samples = store.counted(run.id)
    partial = Partial(summarize_counted(samples), run.planned) if samples.size else None
    failure = replace(run.failure, partial=partial)
    board = catalog.find(run.board)
    if run.core or board is None:
        return failure
    return replace(failure, identity=replace(run.identity, core=board.core.value))
