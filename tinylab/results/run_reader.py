"""Reads runs and their samples from the results database."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING

from tinylab.errors import InputError
from tinylab.results.identity import RunIdentity
from tinylab.results.open_database import OpenDatabase
from tinylab.results.run_filter import RunFilter
from tinylab.results.stored_run import StoredRun, UnreadableRun, stored_run

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

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
            remedy="`tinylab history` lists the runs.",
        )

    def samples(self, run_id: int) -> npt.NDArray[np.uint64]:
        """Every sample kept of the run, in the order of their indexes, shape (n,).

        A damaged batch is left out.
        """
        import numpy as np

        with self._reading() as connection:
            rows = connection.execute(
                "SELECT cycles FROM samples WHERE run = ? AND typeof(cycles) = 'blob'"
                " AND length(cycles) = 8 * count ORDER BY first_index",
                (run_id,),
            ).fetchall()
        joined = b"".join(blob for (blob,) in rows)
        return np.frombuffer(joined, dtype="<u8").astype(np.uint64)

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
