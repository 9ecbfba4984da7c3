"""All options by the commands that take them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING

from tinylab.options.choosing import Choosing
from tinylab.options.core_loops import CoreLoops
from tinylab.options.firmware import FirmwareOptions, FirmwareStations
from tinylab.options.listing_flags import Json, Listing, Protection
from tinylab.options.looks import Looks
from tinylab.options.measuring import Measuring, Waiting
from tinylab.options.option import Option, options_of
from tinylab.options.placing import Placing
from tinylab.options.protocol import Protocol
from tinylab.options.run_flags import Comparison, Results, Subjects
from tinylab.options.stored_runs import Compared, Exported, Listed, Manifested, Noted, Tagged
from tinylab.options.verifying import Verifying

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

GROUPS: Mapping[str, tuple[type[DataclassInstance], ...]] = {
    "what to measure": (Verifying, Choosing, CoreLoops, Subjects, FirmwareStations),
    "your own firmware": (FirmwareOptions,),
    "how to measure": (Measuring, Placing, Waiting),
    "a serial protocol": (Protocol,),
    "what to do": (Listing, Exported, Manifested, Compared, Noted, Tagged, Listed, Protection),
    "results": (Results, Looks, Json),
    "comparison": (Comparison,),
}
"""Every declaration, under the heading that help texts give it."""


@cache
def grouped(command: str) -> Mapping[str, tuple[Option, ...]]:
    """The options of a command under their headings."""
    found = {
        heading: tuple(one for one in _declared(records) if command in one.commands)
        for heading, records in GROUPS.items()
    }
    return {heading: options for heading, options in found.items() if options}


def of_command(command: str) -> Mapping[str, Option]:
    """The options of a command by name."""
    return {one.name: one for options in grouped(command).values() for one in options}


def with_flag(flag: str) -> tuple[Option, ...]:
    """The options of all commands that have a flag."""
    every = (one for records in GROUPS.values() for one in _declared(records))
    return tuple(one for one in every if flag in (one.flag, one.short) and one.commands)


def _declared(records: tuple[type[DataclassInstance], ...]) -> Iterator[Option]:
    for record in records:
        yield from options_of(record)
