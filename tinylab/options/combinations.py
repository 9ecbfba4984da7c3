"""Options that require others, and options that exclude others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from tinylab.errors import InputError
from tinylab.options.option import Option, options_of

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


def check_record(record: DataclassInstance) -> None:
    """Raises InputError for a value that is not allowed, or has no effect with the others."""
    options = {one.name: one for one in options_of(type(record))}
    values = {name: one.check(getattr(record, name)) for name, one in options.items()}
    check_together(
        options, {name: value for name, value in values.items() if value != options[name].default}
    )


def check_together(options: Mapping[str, Option], given: Mapping[str, object]) -> None:
    """Raises InputError for an option that has no effect with the others that were given.

    Both are by name; `options` are all that could be given.
    """
    for one in (options[name] for name in given):
        if one.needs and not any(_is_given(need, given) for need in one.needs):
            partners = " or ".join(_written(need, options) for need in one.needs)
            remedy = " or ".join(_written(need, options, whole=True) for need in one.needs)
            raise InputError(f"{one.label} requires {partners}.", remedy=f"Add {remedy}.")
        for other in one.excludes:
            if other in given:
                raise InputError(
                    f"{one.label} cannot be combined with {options[other].label}.",
                    remedy="Remove one of them.",
                )


def _written(need: str, options: Mapping[str, Option], *, whole: bool = False) -> str:
    name, _, value = need.partition(" ")
    placeholder = options[name].placeholder if whole and options[name].flag else ""
    return f"{options[name].label} {value or placeholder}".rstrip()


def _is_given(need: str, given: Mapping[str, object]) -> bool:
    name, _, value = need.partition(" ")
    found = given.get(name)
    if not value or found is None:
        return found is not None
    return value in found if isinstance(found, tuple) else value == found
