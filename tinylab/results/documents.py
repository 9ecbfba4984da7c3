"""JSON documents from and to records: msgspec checks them, and its errors name the location.

A record is a frozen dataclass. Its class lists in `DERIVED` the properties that documents contain
in addition to the fields: they are written, and not read.
"""

from __future__ import annotations

import operator
import re
import types
import typing
from collections.abc import Hashable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from functools import cache, reduce
from typing import Any, TypeVar, cast

import msgspec

from tinylab.errors import InputError

T = TypeVar("T")

DERIVED = "DERIVED"
"""Names the class variable."""
DIALECT = "https://json-schema.org/draft/2020-12/schema"
ORIGIN = "Is it a file that tinylab wrote?"
_ERROR = re.compile(r"(?P<what>.*?)(?: - at `\$(?P<path>.*)`)?", re.DOTALL)
_MISSING = re.compile(r"Object missing required field `(\w+)`")
_EXPECTED = re.compile(r"Expected `(\w+)(?: \| null)?`, got `\w+`")
_OUTSIDE = re.compile(r"Expected (`\w+`(?: \| `?null`?)?.*)", re.DOTALL)
_STEP = re.compile(r"\.(\w+)|\[(\d+|\.\.\.)\]")
"""msgspec writes `[...]` for a key of a table, and does not say which."""
SHORT = 60
"""Longer values are cut in messages (in characters)."""


def parse(text: str | bytes, where: str) -> object:
    """The JSON value in `text`; `where` names it in errors. Raises InputError."""
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{where} is not JSON: {error}.", remedy=ORIGIN) from error
    except RecursionError as error:
        raise InputError(f"{where} is nested too deeply.", remedy=ORIGIN) from error


def convert(kind: type[T], data: object, where: str) -> T:
    """A `kind` from parsed JSON; keys that it does not know are ignored.

    Raises InputError with the location below `where`, the value found and the type expected.
    """
    try:
        return msgspec.convert(data, kind)
    except msgspec.ValidationError as error:
        raise _refusal(str(error), data, where) from error


def keys(kind: type[object]) -> dict[str, Any]:
    """The keys of a dataclass's JSON object, in order, with their types."""
    return dict(_keys(cast(Hashable, kind)))


@cache
def _keys(kind: Any) -> dict[str, Any]:
    hints = typing.get_type_hints(kind, include_extras=True)
    return {field.name: hints[field.name] for field in fields(kind)}


def defaults(kind: type[object]) -> dict[str, object]:
    """The keys that may be missing, with the values they have then."""
    found: dict[str, object] = {}
    for field in fields(kind):  # type: ignore[arg-type]
        if field.default is not MISSING:
            found[field.name] = field.default
        elif field.default_factory is not MISSING:
            found[field.name] = msgspec.field(default_factory=field.default_factory)
    return found


def derived(kind: type[object]) -> dict[str, Any]:
    """The properties that are written too, with their types."""
    return dict(_derived(cast(Hashable, kind)))


@cache
def _derived(kind: Any) -> dict[str, Any]:
    return {
        name: typing.get_type_hints(getattr(kind, name).fget)["return"]
        for name in getattr(kind, DERIVED, ())
    }


def as_json(value: Any) -> Any:
    """What `json.dumps` takes; a record becomes an object of its fields and derived figures."""
    if is_dataclass(value):
        names = (*keys(type(value)), *derived(type(value)))
        return {name: as_json(getattr(value, name)) for name in names}
    if isinstance(value, Mapping):
        return {key: as_json(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [as_json(item) for item in value]
    return value


def written(hint: Any) -> Any:
    """The type of what `as_json` makes of a value of the type `hint`."""
    if is_dataclass(hint) and isinstance(hint, type):
        if not derived(hint):
            return hint
        members = {name: written(kind) for name, kind in (keys(hint) | derived(hint)).items()}
        return row_type(hint.__name__, members, defaults(hint))
    inner = [written(one) for one in typing.get_args(hint)]
    if isinstance(hint, types.UnionType):
        return reduce(operator.or_, inner)
    return several(inner[0]) if typing.get_origin(hint) is tuple else hint


def several(kind: Any) -> Any:
    """The type of a list of these."""
    return types.GenericAlias(tuple, (kind, ...))


def named(schema: str, members: Mapping[str, Any]) -> dict[str, Any]:
    """The keys of a document: its schema's name, then the others."""
    return {"schema": typing.Literal[schema], **members}


def document_type(schema: str, kind: type[object]) -> type[msgspec.Struct]:
    """Of the document that `as_json` makes of a `kind`, its schema's name before it."""
    members = {name: written(hint) for name, hint in keys(kind).items()}
    return row_type(kind.__name__, named(schema, members), defaults(kind))


def json_schema(title: str, kind: type[object]) -> dict[str, Any]:
    """JSON Schema of a document."""
    [root], definitions = msgspec.json.schema_components([kind], ref_template="#/$defs/{name}")
    return {"$schema": DIALECT, "title": title, **root, "$defs": definitions}


def row_type(
    name: str, members: Mapping[str, Any], optional: Mapping[str, object]
) -> type[msgspec.Struct]:
    """A type for msgspec with these keys, in this order."""
    return msgspec.defstruct(
        name,
        [(key, kind, optional[key]) if key in optional else (key, kind)
         for key, kind in members.items()],
        kw_only=True,
        frozen=True,
    )  # fmt: skip


def _refusal(text: str, data: object, where: str) -> InputError:
    found = _ERROR.fullmatch(text)
    assert found is not None
    what, place, value = found["what"], where, data
    for key, index in _STEP.findall(found["path"] or ""):
        place += f".{key}" if key else f"[{index}]"
        usable = isinstance(value, dict | list) and index != "..."
        value = value[key or int(index)] if usable else None  # type: ignore[index]
    if missing := _MISSING.fullmatch(what):
        return InputError(f"{place}.{missing[1]} is missing.", remedy=ORIGIN)
    expected, outside = _EXPECTED.fullmatch(what), _OUTSIDE.fullmatch(what)
    shown = repr(value)
    shown = shown if len(shown) <= SHORT else f"{shown[:SHORT]} ..."
    if expected is None and outside is not None:
        return InputError(f"{place} is {shown}; expected {outside[1]}.", remedy=ORIGIN)
    if expected is None:
        return InputError(f"{place}: {what}.", remedy=ORIGIN)
    if expected[1] in ("object", "array"):
        kind = "an object" if expected[1] == "object" else "a list"
        return InputError(f"{place} is not {kind}.", remedy=ORIGIN)
    return InputError(f"{place} is {shown}, which is not of type {expected[1]}.", remedy=ORIGIN)
