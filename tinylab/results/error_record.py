"""An error as records, databases and JSON store it: complete, and convertible to an exception."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cache
from typing import Annotated, Any

import msgspec

import tinylab
from tinylab.errors import ErrorKind, ExitCode, InternalError, TinylabError, every_error
from tinylab.results import documents

Kind = Annotated[str, msgspec.Meta(extra_json_schema={"enum": [kind.value for kind in ErrorKind]})]


@dataclass(frozen=True)
class ErrorRecord:
    """Why a run has no result; `kind` and `fields` are for programs."""

    exit_code: int
    """The exit code of `tinylab` if this is its worst failure."""
    message: str
    remedy: str = ""
    details: str = ""
    kind: Kind | None = None
    """None if an older tinylab stored none."""
    fields: Mapping[str, Any] = field(default_factory=dict)
    """The fields of the kind: missing bytes, address, probe ..."""

    @classmethod
    def of(cls, error: TinylabError) -> ErrorRecord:
        return cls(
            exit_code=int(error.exit_code),
            message=error.message,
            remedy=error.remedy,
            details=error.details,
            kind=error.kind.value,
            fields=_as_json(error.fields),
        )

    @property
    def interrupted(self) -> bool:
        """The user stopped it."""
        return self.exit_code == ExitCode.INTERRUPTED

    def error(self) -> TinylabError:
        """The error as an exception; an unknown kind becomes the general one of its exit code.

        Raises InputError if the fields are not those of the kind.
        """
        kind = _kinds().get(self.kind or "")
        if kind is None:
            general = _general().get(self.exit_code, InternalError)
            return general(self.message, remedy=self.remedy, details=self.details)
        found = documents.convert(_fields_type(kind), self.fields, f"fields of {self.kind}")
        known = {name: getattr(found, name) for name in found.__struct_fields__}
        return kind(self.message, remedy=self.remedy, details=self.details, **known)


SCHEMA = "tinylab.error/1"


@dataclass(frozen=True)
class ErrorDocument:
    """A command with --json that failed as a whole."""

    tinylab: str
    error: ErrorRecord

    @classmethod
    def of(cls, error: TinylabError) -> ErrorDocument:
        return cls(tinylab.__version__, ErrorRecord.of(error))

    def to_json(self) -> dict[str, Any]:
        return {"schema": SCHEMA, **asdict(self)}


def fields_schema() -> list[dict[str, Any]]:
    """JSON Schema of `fields` by `kind`, for an object that has both."""
    return [
        {
            "if": {"properties": {"kind": {"const": kind.kind.value}}, "required": ["kind"]},
            "then": {"properties": {"fields": _fields_of(kind)}},
        }
        for kind in every_error()
        if kind.field_names()
    ]


def _fields_of(kind: type[TinylabError]) -> dict[str, Any]:
    _, definitions = msgspec.json.schema_components([_fields_type(kind)])
    [found] = definitions.values()
    names = kind.field_names()
    return {"type": "object", "properties": found["properties"], "required": [*names]}


def _as_json(values: dict[str, Any]) -> dict[str, Any]:
    """As they are after conversion through JSON: tuples are lists."""
    made: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(values))
    return made


@cache
def _kinds() -> dict[str, type[TinylabError]]:
    return {kind.kind.value: kind for kind in every_error()}


@cache
def _general() -> dict[int, type[TinylabError]]:
    """For each exit code the class from which those of that code descend."""
    return {int(kind.exit_code): kind for kind in reversed(every_error())}


def _fields_type(kind: type[TinylabError]) -> type[msgspec.Struct]:
    names = kind.field_names()
    members = {name: hint for name, hint in documents.keys(kind).items() if name in names}
    return documents.row_type(kind.__name__, members, documents.defaults(kind))
