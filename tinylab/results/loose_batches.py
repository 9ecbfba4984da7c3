"""Joins the batches of a run that is being measured into blocks, in the database."""

from __future__ import annotations

import sqlite3
from contextlib import suppress
from dataclasses import dataclass

from tinylab.results.sample_blocks import COUNTED, KEPT, ORDERED, block, samples

INSERT = "INSERT INTO samples (run, first_index, count, coding, cycles) VALUES (?, ?, ?, ?, ?)"
_LOOSE = "FROM samples WHERE run = ? AND first_index >= ?"


@dataclass
class LooseBatches:
    """The rows of a run from `first_index` on, which are not joined yet."""

    first_index: int
    count: int = 0
    kept: int = 0
    """Samples in the blocks before them."""

    def added(self, count: int) -> bool:
        """Another batch of `count` samples is in the table; whether it is time to join them."""
        self.count += count
        return self.count >= (ORDERED if self.kept < KEPT else COUNTED)

    def join(self, connection: sqlite3.Connection, run_id: int) -> None:
        """Makes one block of the rows. Rows that another program changed stay as they are."""
        import numpy as np

        where = (run_id, self.first_index)
        rows = connection.execute(
            f"SELECT first_index, coding, count, cycles {_LOOSE} ORDER BY first_index", where
        ).fetchall()
        if len(rows) > 1:
            with suppress(ValueError, TypeError):
                found = [samples(*row[1:]) for row in map(tuple, rows)]
                joined = np.concatenate([one for one in found if one is not None])
                coding, blob = block(joined, ordered=self.kept < KEPT)
                connection.execute(f"DELETE {_LOOSE}", where)
                connection.execute(
                    INSERT, (run_id, rows[0]["first_index"], int(joined.size), coding, blob)
                )
        self.kept += self.count
        self.count = 0
        if rows:
            self.first_index = int(rows[-1]["first_index"]) + 1
