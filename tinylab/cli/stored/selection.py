"""Stored runs by the names that users give them: a number, a tag, `last`, `last~1`."""

from __future__ import annotations

import re
from collections.abc import Sequence

from tinylab.errors import InputError
from tinylab.results.run_filter import RunFilter
from tinylab.results.store import Store
from tinylab.results.stored_run import StoredRun
from tinylab.units import similar

_LAST = re.compile(r"last(?:~(\d{1,6}))?")
DIGITS = 18
"""No run has a number of more."""


def runs_of(store: Store, names: Sequence[str]) -> list[StoredRun]:
    """The runs of these names, each once, in the order of the names.

    `last` is the last session that has runs, `last~1` the one before it; a tag is all runs that
    have it. Raises InputError for a name that selects none.
    """
    runs: dict[int, StoredRun] = {}
    for name in names:
        runs.update({run.id: run for run in _named(store, name)})
    return list(runs.values())


def run_number(name: str) -> int:
    """The number of a single run. Raises InputError."""
    if not (name.isascii() and name.isdigit() and len(name) <= DIGITS):
        raise InputError(
            f"'{name}' is not a run number.",
            remedy="Give a number that `tinylab history` lists.",
        )
    return int(name)


def _named(store: Store, name: str) -> list[StoredRun]:
    last = _LAST.fullmatch(name)
    if last:
        before = int(last[1] or 0)
        return store.last_session(before) or _no_session(store, name, before)
    if name.isascii() and name.isdigit():
        return [store.run(run_number(name))]
    # An empty tag would filter nothing.
    found = store.found(RunFilter(tag=name, order="-run")) if name else []
    return found or _no_tag(store, name)


def _no_session(store: Store, name: str, before: int) -> list[StoredRun]:
    if before:
        raise InputError(
            f"There are fewer than {before + 1} sessions with stored runs, so no {name}.",
            remedy="`tinylab history` lists the runs.",
        )
    skipped = [str(one) for one in store.unreadable]
    raise InputError(
        "There are no stored runs that can be read." if skipped else "There are no stored runs.",
        remedy="`tinylab run` measures and stores runs.",
        details="\n".join(skipped),
    )


def _no_tag(store: Store, name: str) -> list[StoredRun]:
    near = similar(name, list(store.tags()))
    offered = f" Similar tags: {', '.join(near)}." if near else ""
    raise InputError(
        f"'{name}' is not a run number, and no run has that tag.",
        remedy="Give a number that `tinylab history` lists, a tag, `last`, or `last~1` for the "
        f"session before the last.{offered}",
    )
