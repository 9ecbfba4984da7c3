"""Builds frozen records from parsed JSON, checking every value's type."""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Mapping
from typing import Any, TypeVar

from tinylab.errors import InputError

Record = TypeVar("Record")


def decode(kind: type[Record], data: object, where: str) -> Record:
    """The dataclass `kind` from a JSON object.

    Keys that `kind` does not know are ignored: a document may say more than its schema asks.
    A key may be missing where the field has a default. Raises InputError, naming the place.
    """
    if not isinstance(data, Mapping):
        raise InputError(f"{where} is not an object.", remedy="Is it a file that tinylab wrote?")
    hints = typing.get_type_hints(kind)
    values = {}
    for field in dataclasses.fields(kind):  # type: ignore[arg-type]
        place = f"{where}.{field.name}"
        if field.name in data:
            values[field.name] = _value(hints[field.name], data[field.name], place)
        elif field.default is dataclasses.MISSING:
            raise InputError(f"{place} is missing.", remedy="Is it a file that tinylab wrote?")
    return kind(**values)


def _value(hint: Any, data: object, where: str) -> object:
    """`data` as the type `hint`: a scalar, `X | None`, `tuple[X, ...]` or a dataclass."""
    if isinstance(hint, types.UnionType):
        if data is None:
            return None
        (hint,) = (one for one in typing.get_args(hint) if one is not types.NoneType)
    if typing.get_origin(hint) is tuple:
        return _items(typing.get_args(hint)[0], data, where)
    if dataclasses.is_dataclass(hint):
        return decode(typing.cast(type[object], hint), data, where)
    if hint is float and type(data) is int:
        return float(data)
    if type(data) is not hint:
        raise InputError(f"{where} is {data!r}, which is not of type {hint.__name__}.")
    return data


def _items(hint: Any, data: object, where: str) -> tuple[object, ...]:
    if not isinstance(data, list):
        raise InputError(f"{where} is not a list.")
    return tuple(_value(hint, item, f"{where}[{index}]") for index, item in enumerate(data))
