"""Which stored runs a list shows, and in which order."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from tinylab.errors import InputError

ORDERS = {
    "run": "runs.id",
    "started": "runs.started",
    "model": "runs.model",
    "board": "runs.board",
    "clock": "runs.clock_hz",
    "cycles": "json_extract(runs.record, '$.cycles.median')",
    "time": "json_extract(runs.record, '$.latency_ms.median')",
    "samples": "samples",
}
"""What runs can be ordered by, and its expression in SQL."""
_AGO = re.compile(r"(\d{1,6})\s*([mhdw])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


@dataclass(frozen=True)
class RunFilter:
    """All of it must hold; None and empty texts exclude nothing."""

    model: str = ""
    """Part of the model's name, upper and lower case alike; so are `board` and `runtime`."""
    board: str = ""
    runtime: str = ""
    since: str = ""
    """ISO 8601, from `moment`."""
    tag: str = ""
    valid: bool = False
    """Runs with a valid result only."""
    deleted: bool = False
    """The deleted runs instead of the others."""
    text: str = ""
    """Words, each of them in the model, the board, the runtime, a tag or the note."""
    order: str = "run"
    """A name of `ORDERS`, with `-` before it from the smallest."""
    limit: int = -1
    """The number of runs; -1 for all."""

    def query(self) -> tuple[str, Sequence[object]]:
        """The end of the SELECT, and its values. The latest or largest run comes first."""
        terms = ["runs.deleted IS NOT NULL" if self.deleted else "runs.deleted IS NULL"]
        values: list[object] = []
        for column in ("model", "board", "runtime"):
            if wanted := getattr(self, column):
                terms.append(f"instr(lower({_place(column)}), lower(?)) > 0")
                values.append(wanted)
        if self.since:
            # Times have offsets of their own, so they are compared as moments.
            terms.append("julianday(runs.started) >= julianday(?)")
            values.append(self.since)
        if self.tag:
            terms.append("runs.id IN (SELECT run FROM tags WHERE tag = ?)")
            values.append(self.tag)
        if self.valid:
            terms.append("runs.state = 'done'")
        for word in self.text.split():
            terms.append(f"instr(lower({_WORDS}), lower(?)) > 0")
            values.append(word)
        order, direction = _ordered(self.order)
        where = " AND ".join(terms)
        return (
            f"WHERE {where} ORDER BY {order} {direction}, runs.id DESC LIMIT ?",
            (*values, self.limit),
        )


def moment(text: str) -> str:
    """The time that a user means, ISO 8601: `2026-11-30`, `2026-11-30 14:00`, `90m`, `7d`, `2w`.

    Raises InputError.
    """
    ago = _AGO.fullmatch(text.strip())
    try:
        if ago:
            span = timedelta(**{_UNITS[ago[2]]: int(ago[1])})
            return (datetime.now().astimezone() - span).isoformat(timespec="seconds")
        return datetime.fromisoformat(text.strip()).astimezone().isoformat(timespec="seconds")
    except (ValueError, OverflowError):
        raise InputError(
            f"--since {text} is no time.",
            remedy="Write a date, 2026-11-30 or 2026-11-30T14:00, or a time ago: 90m, 6h, 7d, 2w.",
        ) from None


def _ordered(order: str) -> tuple[str, str]:
    name = order.removeprefix("-")
    if name not in ORDERS:
        raise InputError(
            f"Runs cannot be ordered by {name!r}.", remedy=f"Use one of {', '.join(ORDERS)}."
        )
    return ORDERS[name], "ASC" if order.startswith("-") else "DESC"


def _place(column: str) -> str:
    """The board as users write it, and columns that may hold anything."""
    if column == "board":
        return "iif(runs.simulated, 'sim:', '') || runs.board"
    return f"runs.{column}"


_TAGS = "(SELECT group_concat(tag, ' ') FROM tags WHERE run = runs.id)"
_WORDS = (
    f"runs.model || ' ' || {_place('board')} || ' ' || runs.runtime || ' ' || runs.note || ' '"
    f" || coalesce({_TAGS}, '')"
)
