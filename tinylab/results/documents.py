"""JSON documents from and to records: msgspec checks them, and its errors name the place."""

from __future__ import annotations

import re
import typing
from collections.abc import Mapping
from dataclasses import MISSING, fields
from typing import Any, TypeVar

import msgspec

from tinylab.errors import InputError

T = TypeVar("T")

ORIGIN = "Is it a file that tinylab wrote?"
_ERROR = re.compile(r"(?P<what>.*?)(?: - at `\$(?P<path>.*)`)?", re.DOTALL)
_MISSING = re.compile(r"Object missing required field `(\w+)`")
_EXPECTED = re.compile(r"Expected `(\w+)(?: \| null)?`, got `\w+`")
_STEP = re.compile(r"\.(\w+)|\[(\d+)\]")


def parse(text: str | bytes, where: str) -> object:
    """The JSON value in `text`; `where` names it in errors. Raises InputError."""
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{where} is not JSON: {error}.") from error


def convert(kind: type[T], data: object, where: str) -> T:
    """A `kind` from parsed JSON; keys that it does not know are ignored.

    Raises InputError, naming the place below `where`, what it holds and what belongs there.
    """
    try:
        return msgspec.convert(data, kind)
    except msgspec.ValidationError as error:
        raise _refusal(str(error), data, where) from error


def keys(kind: type[object]) -> dict[str, Any]:
    """The keys of a dataclass's JSON object, in order, with their types."""
    hints = typing.get_type_hints(kind)
    return {field.name: hints[field.name] for field in fields(kind)}  # type: ignore[arg-type]


def defaults(kind: type[object]) -> dict[str, object]:
    """The keys that may be missing, with the values they have then."""
    found: dict[str, object] = {}
    for field in fields(kind):  # type: ignore[arg-type]
        if field.default is not MISSING:
            found[field.name] = field.default
        elif field.default_factory is not MISSING:
            found[field.name] = msgspec.field(default_factory=field.default_factory)
    return found


def derived(kind: type[object], names: tuple[str, ...]) -> dict[str, Any]:
    """Properties of `kind` with their types."""
    return {name: typing.get_type_hints(getattr(kind, name).fget)["return"] for name in names}


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
        value = value[key or int(index)] if isinstance(value, dict | list) else None
    if missing := _MISSING.fullmatch(what):
        return InputError(f"{place}.{missing[1]} is missing.", remedy=ORIGIN)
    expected = _EXPECTED.fullmatch(what)
    if expected is None:
        return InputError(f"{place}: {what}.", remedy=ORIGIN)
    if expected[1] in ("object", "array"):
        kind = "an object" if expected[1] == "object" else "a list"
        return InputError(f"{place} is not {kind}.", remedy=ORIGIN)
    return InputError(f"{place} is {value!r}, which is not of type {expected[1]}.", remedy=ORIGIN)
