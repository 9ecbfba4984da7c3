"""Decodes the contents of TOML files into frozen dataclasses; errors name the key."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any, TypeVar

import msgspec

from tinylab.boards.schema_words import described
from tinylab.errors import InputError

Record = TypeVar("Record")

_MESSAGE = re.compile(r"(?P<what>.*?)(?: - at `(?:key in )?\$(?P<path>.*)`)?", re.DOTALL)
_MISSING = re.compile(r"Object missing required field `(\w+)`")
_STEP = re.compile(r"\.(\w+)|\[(\d+)\]|\[(\.\.\.)\]")

Path = tuple[str | int, ...]
SHORT = 40
"""Longer lists and tables are not shown in a message (in characters)."""


def decode(raw: Mapping[str, Any], kind: type[Record], where: Path = ()) -> Record:
    """Decode a table as the dataclass `kind`.

    `where` is the path of that table in its file, for messages. Raises InputError, which names
    the key, its value and the expected value; also for a key that `kind` does not have.
    """
    try:
        made = msgspec.convert(raw, kind)
    except msgspec.ValidationError as error:
        raise InputError(_told(str(error), raw, kind, where)) from error
    unknown = _unknown_key(raw, made, where)
    if unknown:
        raise InputError(f"unknown key {name_of(unknown)}")
    return made


def name_of(path: Path) -> str:
    """`flash.sectors[0]`."""
    steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return "".join(steps).removeprefix(".")


def _told(message: str, raw: Mapping[str, Any], kind: type, where: Path) -> str:
    found = _MESSAGE.fullmatch(message)
    assert found
    path = _path(found["path"] or "", raw, kind)
    missing = _MISSING.fullmatch(found["what"])
    if missing:
        return f"{_table(where + path)} lacks the key {missing[1]}"
    if not found["what"].startswith(("Expected", "Invalid")):
        return f"{_table(where + path)} is inconsistent: {found['what']}"
    value, takes = _at(path, raw), described(kind, path)
    return f"{name_of(where + path)} is {_shown(value, takes)}; expected {takes}"


def _shown(value: Any, takes: str) -> str:
    if type(value) is int and "0x" in takes:
        return hex(value)
    if isinstance(value, list | dict) and len(repr(value)) > SHORT:
        return "a list" if isinstance(value, list) else "a table"
    return repr(value)


def _table(path: Path) -> str:
    return f"[{name_of(path)}]" if path else "it"


def _path(text: str, raw: Any, kind: type) -> Path:
    """msgspec's path, with the keys of open tables, which it gives as `[...]`, filled in."""
    path: Path = ()
    for key, index, _ in _STEP.findall(text):
        step = key or (int(index) if index else _culprit(path, raw, kind))
        path = (*path, step)
    return path


def _culprit(path: Path, raw: Any, kind: type) -> str:
    """The first key of the table at `path` whose value cannot be decoded."""
    for key in _at(path, raw):
        try:
            msgspec.convert(_only(path, key, raw), kind)
        except msgspec.ValidationError as error:
            if "[...]" in str(error):
                return str(key)
    raise AssertionError(f"every key of {name_of(path)} is valid")


def _only(path: Path, key: str, raw: Any) -> Any:
    """A copy of `raw` whose table at `path` has only `key`."""
    if not path:
        return {key: raw[key]}
    step = path[0]
    inner = _only(path[1:], key, raw[step])
    if isinstance(step, int):
        return [*raw[:step], inner, *raw[step + 1 :]]
    return {**raw, step: inner}


def _at(path: Path, raw: Any) -> Any:
    for step in path:
        raw = raw[step]
    return raw


def _unknown_key(raw: Any, made: Any, path: Path) -> Path | None:
    """The first key of `raw` that is not a field of the decoded object `made`."""
    inner: list[tuple[str | int, Any, Any]] = []
    if is_dataclass(made):
        known = {field.name for field in fields(made)}
        for key in raw:
            if key not in known:
                return (*path, key)
        inner = [(key, value, getattr(made, key)) for key, value in raw.items()]
    elif isinstance(made, tuple):
        inner = [(i, *both) for i, both in enumerate(zip(raw, made, strict=False))]
    found = (_unknown_key(one, other, (*path, step)) for step, one, other in inner)
    return next((path for path in found if path), None)
