"""Reads runs and their samples from the results database."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from tinylab.errors import InputError
from tinylab.results.identity import RunIdentity
from tinylab.results.open_database import OpenDatabase
from tinylab.results.run_filter import RunFilter
from tinylab.results.sample_blocks import counted, samples
from tinylab.results.stored_run import StoredRun, UnreadableRun, stored_run
from tinylab.stats.counted import Counted, Tally

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

T = TypeVar("T")

LARGEST_ID = 2**63 - 1
OWN_COLUMNS = (
    "id", "session", "state", "started", "message", "record", "error", "planned", "note", "deleted",
)  # fmt: skip
SELECT = (
    f"SELECT {', '.join(f'runs.{name}' for name in OWN_COLUMNS)}, "
    f"{', '.join(f'runs.{field.name}' for field in fields(RunIdentity))}, sessions.tinylab,"
    " (SELECT CAST(total(count) AS INTEGER) FROM samples WHERE run = runs.id) AS samples,"
    " (SELECT json_group_array(tag) FROM (SELECT tag FROM tags WHERE run = runs.id ORDER BY tag))"
    " AS tags"
    " FROM runs LEFT JOIN sessions ON sessions.id = runs.session"
)


class RunReader(OpenDatabase):
    """Finds runs. Rows that are no runs are skipped; `unreadable` has them."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        super().__init__(connection, path)
        self._unreadable: dict[int, UnreadableRun] = {}

    @property
    def unreadable(self) -> Sequence[UnreadableRun]:
        """The rows that were skipped so far, each once."""
        return tuple(self._unreadable.values())

    def recent(self, limit: int = 50) -> list[StoredRun]:
        """The latest runs, newest first."""
        return self.found(RunFilter(limit=limit))

    def found(self, which: RunFilter) -> list[StoredRun]:
        """The runs that `which` lets through, in its order. Raises InputError for its order."""
        end, values = which.query()
        return self._runs(end, *values)

    def last_session(self, before: int = 0) -> list[StoredRun]:
        """The runs of the latest session that has any, in the order they were begun.

        `before`: so many sessions earlier. Deleted runs are left out.
        """
        return self._runs(
            "WHERE runs.deleted IS NULL AND session = (SELECT session FROM runs"
            " WHERE deleted IS NULL GROUP BY session ORDER BY session DESC LIMIT 1 OFFSET ?)"
            " ORDER BY runs.id",
            before,
        )

    def tags(self) -> dict[str, int]:
        """Every tag, with the number of its runs."""
        with self._reading() as connection:
            rows = connection.execute(
                "SELECT tag, count(*) FROM tags JOIN runs ON runs.id = tags.run"
                " WHERE runs.deleted IS NULL GROUP BY tag ORDER BY tag"
            ).fetchall()
        return {str(tag): count for tag, count in rows}

    def run(self, run_id: int) -> StoredRun:
        """The run of that id. Raises InputError if there is none, or it cannot be read."""
        found = self._runs("WHERE runs.id = ?", run_id) if run_id <= LARGEST_ID else []
        if found:
            return found[0]
        if run_id in self._unreadable:
            raise InputError(
                f"Run {run_id} in {self._path} cannot be read: "
                f"{self._unreadable[run_id].reason.rstrip('.')}.",
                remedy="Its row was changed by another program or is damaged; "
                "`tinylab history` lists the others.",
            )
        raise InputError(
            f"There is no run {run_id} in {self._path}.",
            remedy=f"`tinylab history` lists the runs.{self._near(run_id)}",
        )

    def _near(self, run_id: int) -> str:
        """` The nearest are 3 and 4.`; empty if there are no runs."""
        with self._reading() as connection:
            rows = connection.execute(
                "SELECT id FROM runs WHERE deleted IS NULL ORDER BY abs(id - ?) LIMIT 3",
                (min(run_id, LARGEST_ID),),
            ).fetchall()
        numbers = sorted(str(number) for (number,) in rows)
        return f" The nearest are: {', '.join(numbers)}." if numbers else ""

    def samples(self, run_id: int) -> npt.NDArray[np.uint64]:
        """The samples whose order is kept, shape (n,): all of them in a run of up to `KEPT`.

        A damaged batch is left out.
        """
        import numpy as np

        found = [
            batch for row in self._batches(run_id) if (batch := _read(samples, row)) is not None
        ]
        return np.concatenate([np.empty(0, np.uint64), *found])

    def counted(self, run_id: int) -> Counted:
        """How often each cycle count occurred in the whole run. A damaged batch is left out."""
        tally = Tally()
        for row in self._batches(run_id):
            if (batch := _read(counted, row)) is not None:
                tally.add(batch)
        return tally.counted()

    def _batches(self, run_id: int) -> Iterator[tuple[str, int, bytes]]:
        """Coding, count and bytes, by first index; a run may have more than fit in memory."""
        after = -LARGEST_ID
        while True:
            with self._reading() as connection:
                rows = connection.execute(
                    "SELECT first_index, coding, count, cycles FROM samples"
                    " WHERE run = ? AND first_index > ? AND typeof(cycles) = 'blob'"
                    " AND typeof(count) = 'integer' AND count > 0 AND typeof(coding) = 'text'"
                    " ORDER BY first_index LIMIT 100",
                    (run_id, after),
                ).fetchall()
            if not rows:
                return
            for _, coding, count, blob in rows:
                yield coding, count, blob
            after = rows[-1]["first_index"]

    def _runs(self, which: str, *values: object) -> list[StoredRun]:
        with self._reading() as connection:
            rows = connection.execute(f"{SELECT} {which}", values).fetchall()
        runs = []
        for row in rows:
            try:
                runs.append(stored_run(dict(row)))
            except InputError as error:
                self._unreadable[row["id"]] = UnreadableRun(row["id"], error.message)
        return runs


def _read(how: Callable[[str, int, bytes], T], row: tuple[str, int, bytes]) -> T | None:
    """None of a damaged batch."""
    try:
        return how(*row)
    except ValueError:
        return None
