"""`tinylab history`, `tinylab note`, `tinylab tag`: the stored runs, and what is said of them."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import asdict

from tinylab import paths
from tinylab.cli.output import print_json, print_listing, print_warning
from tinylab.cli.stored.changes import changes
from tinylab.cli.stored.selection import run_number, runs_of
from tinylab.display_text import one_line
from tinylab.errors import ExitCode, InputError
from tinylab.results.run_filter import RunFilter, moment
from tinylab.results.store import Store
from tinylab.results.stored_run import StoredRun
from tinylab.units import duration, megahertz

HEADS = (
    "run", "session", "started", "model", "type", "board", "clock", "compression", "optimize",
    "compiler", "state", "cycles", "time", "samples", "tags",
)  # fmt: skip
RIGHT = "run session clock cycles time samples"
LONGEST_NOTE = 10_000
LONGEST_TAG = 60


def history(arguments: argparse.Namespace) -> int:
    """Lists the runs that the flags select, or deletes, restores or purges some."""
    if arguments.delete or arguments.restore:
        return _moved(arguments)
    if arguments.purge:
        with Store.open(paths.results_database()) as store:
            count = store.purge()
        what = "deleted run was" if count == 1 else "deleted runs were"
        print(f"{count} {what} removed for good.", file=sys.stderr)
        return ExitCode.OK
    which = RunFilter(
        model=arguments.model or "",
        board=arguments.board or "",
        runtime=arguments.runtime or "",
        since=moment(arguments.since) if arguments.since else "",
        tag=arguments.tag or "",
        valid=arguments.valid,
        deleted=arguments.deleted,
        order=arguments.sort,
        limit=arguments.limit,
    )
    with Store.reading(paths.results_database()) as store:
        code = changes(store, which, json=arguments.json) if arguments.changes else None
        runs, unreadable = [] if arguments.changes else store.found(which), store.unreadable
    for skipped in unreadable:
        print_warning(skipped)
    if code is not None:
        return code
    if arguments.json:
        print_json([run.to_json() for run in runs] + [one.to_json() for one in unreadable])
        return ExitCode.OK
    if not runs:
        _nothing(which)
        return ExitCode.OK
    print_listing(HEADS, map(_row, runs), right=RIGHT)
    for run in runs:
        for text in filter(None, (run.note, run.message)):
            print(one_line(f"{run.id}: {text}"), file=sys.stderr)
    return ExitCode.OK


def note(arguments: argparse.Namespace) -> int:
    """`tinylab note RUN TEXT`: an empty text removes the note."""
    text = " ".join(arguments.text)
    _check_length("A note", text, LONGEST_NOTE)
    with Store.open(paths.results_database()) as store:
        for run in runs_of(store, [arguments.run]):
            store.note(run.id, text)
            done = f"noted: {text}" if text else "the note was removed"
            print(one_line(f"run {run.id}: {done}"), file=sys.stderr)
    return ExitCode.OK


def tag(arguments: argparse.Namespace) -> int:
    """`tinylab tag RUN TAG...`; without a tag it lists all tags, or those of the run."""
    with Store.open(paths.results_database()) as store:
        if arguments.run is None:
            print_listing(("tag", "runs"), ((one, f"{n:,}") for one, n in store.tags().items()))
            return ExitCode.OK
        for word in arguments.tag:
            _check_tag(word)
        for run in runs_of(store, [arguments.run]):
            for word in arguments.tag:
                store.tag(run.id, word, remove=arguments.remove)
            tags = " ".join(store.run(run.id).tags)
            print(one_line(f"run {run.id}: {tags or 'no tags'}"), file=sys.stderr)
    return ExitCode.OK


def _moved(arguments: argparse.Namespace) -> int:
    """Deletes or restores the named runs."""
    names: Sequence[str] = arguments.delete or arguments.restore
    with Store.open(paths.results_database()) as store:
        ids = [store.run(run_number(name)).id for name in names]
        (store.delete if arguments.delete else store.restore)(ids)
    numbers = ", ".join(map(str, ids))
    undo = " ".join(f"--restore {number}" for number in ids)
    if arguments.delete:
        print(
            f"Deleted: {numbers}. `tinylab history {undo}` brings them back, "
            "`tinylab history --purge` removes them for good.",
            file=sys.stderr,
        )
    else:
        print(f"Restored: {numbers}.", file=sys.stderr)
    return ExitCode.OK


def _row(run: StoredRun) -> tuple[str, ...]:
    record = run.record
    return (
        str(run.id),
        str(run.session),
        run.started[:16].replace("T", " "),
        run.what,
        run.identity.number_type or "-",
        f"sim:{run.board}" if run.simulated else run.board,
        megahertz(run.clock_hz),
        _compression(run.identity.compression),
        run.identity.optimize or "-",
        record.toolchain if record else "-",
        run.state,
        f"{record.cycles.median:,.0f}" if record else "-",
        duration(record.latency_ms.median / 1e3) if record else "-",
        run.counted,
        " ".join(run.tags),
    )


def _compression(name: str | None) -> str:
    return {None: "-", "none": "not compressed"}.get(name, name or "-")


def _nothing(which: RunFilter) -> None:
    """Tells an empty history from a filter that nothing passes."""
    if which == RunFilter(limit=which.limit, order=which.order):
        text = "There are no stored runs. `tinylab run` measures and stores runs."
    else:
        given = asdict(which)
        names = ("model", "board", "runtime", "since", "tag", "valid", "deleted")
        shown = ", ".join(f"--{name}" for name in names if given[name])
        text = f"No stored run fits {shown}. `tinylab history` lists all."
    print(f"tinylab: {text}", file=sys.stderr)


def _check_tag(word: str) -> None:
    """Raises InputError: a tag can be written on a command line, and told from a run's number."""
    _check_length("A tag", word, LONGEST_TAG)
    plain = word.isprintable() and not any(map(str.isspace, word))
    if not plain or not word or word.isdigit() or word.startswith(("last", "-", "@")):
        raise InputError(
            f"{word!r} cannot be a tag.",
            remedy="A tag is one word that is no number and does not begin with `last`, - or @.",
        )


def _check_length(what: str, text: str, most: int) -> None:
    if len(text) > most:
        raise InputError(
            f"{what} has at most {most:,} characters, this one has {len(text):,}.",
            remedy="Shorten it.",
        )
