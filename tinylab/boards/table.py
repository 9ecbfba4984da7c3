"""A table of a board's file, whose mistakes are told by key."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import fields
from enum import StrEnum
from typing import Any, TypeVar

from tinylab.errors import InputError

Kind = TypeVar("Kind", bound=StrEnum)
Record = TypeVar("Record")

TYPES: Mapping[str, type] = {"int": int, "str": str}
"""Of the fields of records, by their annotation."""
WORDS: Mapping[type, str] = {
    int: "a whole number",
    str: "a text",
    float: "a number",
    list: "a list",
    dict: "a table",
    object: "a number",
}


class Table:
    """`name` is empty for the file itself. Every method that reads raises InputError, which
    names the key; `board_file` adds the file.
    """

    def __init__(self, name: str, values: Mapping[str, Any]) -> None:
        self._name = name
        self._values = values
        self._read: set[str] = set()

    def has(self, key: str) -> bool:
        return key in self._values

    def text(self, key: str) -> str:
        return str(self._value(key, str))

    def number(self, key: str) -> int:
        return int(self._value(key, int))

    def decimal(self, key: str) -> float:
        return _decimal(self._value(key, object), self._called(key))

    def decimals(self, key: str) -> tuple[float, ...]:
        return tuple(_decimal(value, self._called(key)) for value in self._value(key, list))

    def pairs(self, key: str) -> tuple[tuple[int, int], ...]:
        """A list of pairs of whole numbers."""
        value = self._value(key, list)
        for pair in value:
            if not (isinstance(pair, list) and [type(item) for item in pair] == [int, int]):
                raise InputError(f"{self._called(key)} takes pairs of whole numbers")
        return tuple((first, second) for first, second in value)

    def choice(self, key: str, kind: type[Kind]) -> Kind:
        return kind(self.one_of(key, [member.value for member in kind]))

    def one_of(self, key: str, allowed: Collection[str]) -> str:
        value = self.text(key)
        if value not in allowed:
            known = ", ".join(sorted(allowed))
            raise InputError(f"{self._called(key)} is '{value}'; it takes one of {known}")
        return value

    def table(self, key: str) -> Table:
        return Table(key, self._value(key, dict))

    def tables(self, key: str) -> list[Table]:
        """The tables of `[[key]]`; there is at least one."""
        value = self._value(key, list)
        if not value or not all(isinstance(item, dict) for item in value):
            raise InputError(f"{key} takes tables, each under [[{key}]]")
        return [Table(key, item) for item in value]

    def record(self, kind: type[Record]) -> Record:
        """A record with nothing but this table's keys."""
        wanted = fields(kind)  # type: ignore[arg-type]
        made = {one.name: self._value(one.name, TYPES[str(one.type)]) for one in wanted}
        self.check_nothing_is_left()
        return kind(**made)

    def numbers(self, needed: Collection[str]) -> Mapping[str, int]:
        """All of it, whole numbers; `needed` must be among the keys."""
        for key in (*needed, *self._values):
            self.number(key)
        return self._values

    def texts(self) -> Mapping[str, str]:
        """All of it, texts."""
        for key in self._values:
            self.text(key)
        return self._values

    def all(self) -> Mapping[str, Any]:
        return self._values

    def check_nothing_is_left(self) -> None:
        """A key that nobody has asked for is a misspelt one."""
        for key in self._values:
            if key not in self._read:
                raise InputError(f"nobody knows the key {self._called(key)}")

    def _value(self, key: str, kind: type) -> Any:
        if key not in self._values:
            raise InputError(f"{f'[{self._name}]' if self._name else 'it'} has no key {key}")
        self._read.add(key)
        value = self._values[key]
        if not isinstance(value, kind) or isinstance(value, bool):
            raise InputError(f"{self._called(key)} is {value!r}; it takes {WORDS[kind]}")
        return value

    def _called(self, key: str) -> str:
        return f"{self._name}.{key}" if self._name else key


def _decimal(value: Any, called: str) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise InputError(f"{called} is {value!r}; it takes {WORDS[float]}")
    return value
