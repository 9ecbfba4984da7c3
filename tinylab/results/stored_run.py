"""One run as the database has it: from its row, which may hold anything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from tinylab.errors import ExitCode, InputError
from tinylab.quantities import Count
from tinylab.results.documents import convert, parse
from tinylab.results.error_record import ErrorRecord
from tinylab.results.identity import Identified, RunIdentity, by
from tinylab.results.record import Failure, RunRecord

UNREADABLE = "unreadable"
"""The state that lists give a row that cannot be read."""


class RunState(StrEnum):
    RUNNING = "running"
    DONE = "done"
    INVALID = "invalid"
    INTERRUPTED = "interrupted"
    FAILED = "failed"


@dataclass(frozen=True)
class StoredRun(Identified):
    """A run as stored in the database; `record` is None until it was measured.

    `error` is the error it ended with, if known; a killed process leaves none.
    """

    id: int
    session: int
    tinylab: str
    """Version of tinylab that measured."""
    state: RunState
    started: str
    identity: RunIdentity
    message: str
    samples: int
    record: RunRecord | None
    error: ErrorRecord | None
    planned: int | None = None
    """The number of inferences that were asked for; None in runs of an older tinylab."""
    note: str = ""
    tags: tuple[str, ...] = ()
    deleted: str | None = None
    """When it was deleted; it can be restored."""

    @property
    def counted(self) -> str:
        """`600`, or `524 of 600` of a run that did not reach its end."""
        if self.record is None and self.planned and self.samples < self.planned:
            return f"{self.samples:,} of {self.planned:,}"
        return f"{self.samples:,}"

    @property
    def what(self) -> str:
        """`house_price (cubeai)`: the model, and the runtime if it was not tinylab's."""
        return self.model + by(self.runtime)

    @property
    def failure(self) -> Failure:
        """For a run without a record; if its error is not known, its state is reported."""
        if self.error is not None:
            return Failure(self.identity, self.error)
        said = (
            self.message
            or f"The run has no result ({self.state}); {self.samples:,} samples are stored."
        )
        stopped = self.state is RunState.INTERRUPTED
        code = ExitCode.INTERRUPTED if stopped else ExitCode.MEASUREMENT
        return Failure(self.identity, ErrorRecord(int(code), said))

    def to_json(self) -> dict[str, object]:
        """For a list of runs, ready for `json.dumps`."""
        own = asdict(replace(self, record=None))
        del own["identity"]
        record = self.record.to_json() if self.record else None
        return {**own, **asdict(self.identity), "record": record}


@dataclass(frozen=True)
class UnreadableRun:
    """A row of the database that is not a run as tinylab stores it."""

    id: int
    reason: str

    def __str__(self) -> str:
        return f"Run {self.id} cannot be read and was skipped: {self.reason.rstrip('.')}."

    def to_json(self) -> dict[str, object]:
        """For a list of runs: the keys of one, null except for the id, the state and the reason."""
        names = [field.name for kind in (StoredRun, RunIdentity) for field in fields(kind)]
        names.remove("identity")
        known = {"id": self.id, "state": UNREADABLE, "message": self.reason}
        return {**dict.fromkeys(names), **known}


@dataclass(frozen=True)
class _Columns:
    """What is checked of a row by itself; `record` and `error` are JSON."""

    id: int
    session: int
    tinylab: str
    state: RunState
    started: str
    message: str
    samples: Count
    record: str | None
    error: str | None
    planned: Count | None
    note: str
    tags: str
    deleted: str | None


COLUMNS = tuple(
    field.name for kind in (_Columns, RunIdentity) for field in fields(kind)
)  # fmt: skip
"""A row has these."""


def stored_run(row: Mapping[str, Any]) -> StoredRun:
    """The run in a row. Raises InputError if it is not one that tinylab stored."""
    for name in COLUMNS:
        _check_text(name, row[name])
    if row["tinylab"] is None:
        raise InputError("it belongs to no session")
    found = convert(_Columns, {name: row[name] for name in _names(_Columns)}, "its row")
    known = {name: row[name] for name in _names(RunIdentity)}
    known["simulated"] = {0: False, 1: True}.get(known["simulated"], known["simulated"])
    try:
        datetime.fromisoformat(found.started)
    except ValueError:
        raise InputError(f"its row.started is {found.started!r}, which is not a time") from None
    record, error = found.record, found.error
    return StoredRun(
        id=found.id,
        session=found.session,
        tinylab=found.tinylab,
        state=found.state,
        started=found.started,
        identity=convert(RunIdentity, known, "its row"),
        message=found.message,
        samples=found.samples,
        record=RunRecord.from_json(parse(record, "its record"), "its record") if record else None,
        error=convert(ErrorRecord, parse(error, "its error"), "its error") if error else None,
        planned=found.planned,
        note=found.note,
        tags=convert(tuple[str, ...], parse(found.tags, "its tags"), "its tags"),
        deleted=found.deleted,
    )


def _names(kind: type[Any]) -> list[str]:
    return [field.name for field in fields(kind)]


def _check_text(name: str, value: object) -> None:
    """The database's text is decoded with surrogate escapes."""
    if isinstance(value, str) and not value.isascii():
        try:
            value.encode("utf-8")
        except UnicodeEncodeError:
            raise InputError(f"its row.{name} is not UTF-8") from None
