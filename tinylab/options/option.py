"""The declaration of an option, and the checks of its values."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, dataclass, field, fields, replace
from functools import cache
from pathlib import Path
from types import NoneType
from typing import TYPE_CHECKING, Any, TypeVar, get_args, get_origin, get_type_hints

from tinylab.errors import InputError

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Value = bool | int | float | str | Path | None
T = TypeVar("T")
Record = TypeVar("Record", bound="DataclassInstance")

INTERFACE, RUN, FIRMWARE, EXPORT, HISTORY = "", "run", "firmware", "export", "history"
PROBES, BOARDS, MODELS, DOCTOR, VERIFY = "probes", "boards", "models", "doctor", "verify"
OPTION_BYTES, BENCH_CORE = "option-bytes", "bench-core"
COMPARE, NOTE, TAG, MANIFEST, CHOOSE = "compare", "note", "tag", "manifest", "choose"
"""The commands; `INTERFACE` is `tinylab` without one."""

_DECLARATION = "option"


@dataclass(frozen=True)
class Option:
    """One option. The field that declares it gives `name`, `kind` and `default`."""

    explanation: str
    title: str = ""
    """What the settings page calls it."""
    commands: tuple[str, ...] = ()
    """Where it applies on the command line."""
    flag: str = ""
    """`--inferences`; an option of a command that has none is named by its place."""
    short: str = ""
    metavar: str = ""
    choices: tuple[str, ...] = ()
    low: float = 0
    high: float = math.inf
    above: bool = False
    """More than `low`."""
    unit: str = ""
    """`seconds` or `%`."""
    unset: str = ""
    """The default as text."""
    needs: tuple[str, ...] = ()
    """Names of options without one of which it has no effect, or `name value`."""
    excludes: tuple[str, ...] = ()
    """Names of options that it cannot be combined with."""
    name: str = ""
    kind: type = str
    default: Any = None
    """None: the default that `unset` describes."""
    repeated: bool = False
    required: bool = False

    @property
    def label(self) -> str:
        """As messages call it: the flag, or else the title."""
        return self.flag or self.title or self.metavar

    @property
    def takes(self) -> str:
        """The allowed values, as text: `a whole number from 1 to 10,000,000`."""
        if self.choices:
            return f"{'one of ' * (len(self.choices) > 1)}{', '.join(self.choices)}"
        if self.kind in (int, float):
            return self._range
        return {bool: "yes or no", Path: "a file"}.get(self.kind, "text")

    @property
    def _range(self) -> str:
        sort = {"%": "a percentage", "": "a whole number" if self.kind is int else "a number"}
        what = sort.get(self.unit, self.unit)
        if self.above:
            return f"{what}, more than {self.low:,g} and up to {self.high:,.0f}"
        return f"{what} from {self.low:,g}" + (
            f" to {self.high:,.0f}" if math.isfinite(self.high) else ""
        )

    @property
    def without(self) -> str:
        """The default as text; empty if there is none."""
        return self.unset or ("" if self.default in (None, "", False, ()) else str(self.default))

    @property
    def placeholder(self) -> str:
        """What stands for the value in a help text; nothing for a switch."""
        if self.kind is bool:
            return ""
        numbers = {int: "N", float: "S" if self.unit == "seconds" else "N", Path: "FILE"}
        return self.metavar or "|".join(self.choices) or numbers.get(self.kind, "TEXT")

    def check(self, value: Value, label: str = "") -> Value:
        """`value` if it is allowed. Raises InputError, which names the option `label`."""
        if not self._allows(value):
            raise self._refusal(value, label)
        return float(value) if self.kind is float and type(value) is int else value

    def parse(self, text: str, label: str = "") -> Value:
        """The value that a user wrote; an empty text is the default. Raises InputError."""
        words = text.strip()
        if not words:
            value: Value = self.default
            return value
        if self.unit == "%":
            words = words.removesuffix("%")
        try:
            return self.check(self.kind(words), label)
        except (ValueError, InputError):
            raise self._refusal(text, label) from None

    def read(self, word: str) -> Value:
        """The value after the flag, which may be empty where the settings may.

        A free text is used as it is written. Raises InputError.
        """
        if self.title:
            return self.parse(word)
        if self.choices or self.kind in (int, float):
            if not word.strip():
                raise self._refusal(word, "")
            return self.parse(word)
        return Path(word).expanduser() if self.kind is Path else word

    def _refusal(self, value: object, label: str) -> InputError:
        otherwise = f"Write {self.takes}, or leave out {self.label}."
        remedy = f"Default: {self.without}." if self.without else otherwise
        return InputError(
            f"{label or self.label} takes {self.takes}, not {value!r}.",
            remedy="" if label else remedy,
        )

    def _allows(self, value: Value) -> bool:
        if value is None:
            return self.default is None
        if self.choices:
            return value in self.choices
        if self.kind in (int, float):
            number = type(value) is int or (self.kind is float and type(value) is float)
            return number and self._in_range(value)  # type: ignore[arg-type]
        return isinstance(value, self.kind)

    def _in_range(self, value: float) -> bool:
        if value in (math.inf, -math.inf):
            return False
        return (self.low < value if self.above else self.low <= value) and value <= self.high


def declare(default: T, option: Option) -> T:
    """A field of a frozen dataclass that is an option."""
    made: T = field(default=default, metadata={_DECLARATION: option})
    return made


def required(option: Option) -> Any:
    """A field that has no default."""
    return field(metadata={_DECLARATION: option})


@cache
def options_of(record: type[DataclassInstance]) -> tuple[Option, ...]:
    """What the fields of a class declare, its bases' first, in order."""
    return tuple(_options(record))


def _options(record: type[DataclassInstance]) -> Iterator[Option]:
    hints = get_type_hints(record)
    for one in fields(record):
        if _DECLARATION in one.metadata:
            hint = hints[one.name]
            kinds = [kind for kind in get_args(hint) if kind not in (NoneType, ...)] or [hint]
            yield replace(
                one.metadata[_DECLARATION],
                name=one.name,
                kind=kinds[0],
                default=None if one.default is MISSING else one.default,
                repeated=get_origin(hint) is tuple,
                required=one.default is MISSING,
            )


def filled(record: type[Record], values: Mapping[str, Any], **more: object) -> Record:
    """A record of those values that are its fields."""
    known = {one.name: values[one.name] for one in fields(record) if one.name in values}
    return record(**{**known, **more})
