"""Peripherals and their addresses in each family of parts: the tables of `families/*.toml`."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Literal, NamedTuple, get_args

from tinylab.boards.board import Address, FamilyName
from tinylab.boards.decoding import decode
from tinylab.boards.peripheral import DmaRequests, Interrupts, PeripheralModel
from tinylab.errors import InputError

FOLDER = Path(__file__).resolve().parent / "families"


class Row(NamedTuple):
    """One peripheral of a family."""

    base: Address
    name: str
    """As in the reference manual."""
    model: PeripheralModel = "registers"
    """Its model on the virtual board."""
    interrupts: Interrupts = ()
    dma: Mapping[Literal["RX", "TX"], DmaRequests] = {}


@dataclass(frozen=True)
class FamilyTable:
    """The peripherals of a family's parts, by address; no part has all of them."""

    source: str
    """The documents from which the values were taken."""
    peripherals: tuple[Row, ...]
    beyond: tuple[tuple[Address, int], ...] = ()
    """(base, size) of address ranges with registers outside of 0x4000_0000 to 0x5FFF_FFFF."""


@dataclass(frozen=True)
class Peripherals:
    """A part's peripherals, by name."""

    bases: Mapping[str, int]
    models: Mapping[str, PeripheralModel]
    interrupts: Mapping[str, Interrupts]
    dma_requests: Mapping[str, DmaRequests]
    """By request, such as `USART1_RX`."""


@cache
def family_table(family: FamilyName) -> FamilyTable:
    """The table of one family."""
    text = (FOLDER / f"{family}.toml").read_text(encoding="utf-8")
    return decode(tomllib.loads(text), FamilyTable)


def of_family(family: FamilyName, listed: Iterable[str | int], serial: str) -> Peripherals:
    """The peripherals of a part with the `listed` rows of its family's table and `serial`.

    A row is listed by its name, or by its address if the name occurs twice. Raises InputError
    for a row that is not in the table.
    """
    rows = [_row(family, one) for one in listed]
    wired = [row for row in family_table(family).peripherals if row.name == serial]
    return Peripherals(
        {row.name: row.base for row in rows},
        {row.name: row.model for row in (*rows, *wired)},
        {row.name: row.interrupts for row in (*rows, *wired) if row.interrupts != ()},
        {f"{row.name}_{way}": dma for row in (*rows, *wired) for way, dma in row.dma.items()},
    )


def _row(family: FamilyName, listed: str | int) -> Row:
    rows = family_table(family).peripherals
    found = [row for row in rows if listed in (row.base, row.name)]
    shown = listed if isinstance(listed, str) else f"{listed:#x}"
    if not found:
        raise InputError(f"peripherals lists {shown}, which is not in the table of {family} parts")
    if len(found) > 1:
        bases = " or ".join(f"{row.base:#x}" for row in found)
        raise InputError(f"peripherals lists {shown}, which is ambiguous; expected {bases}")
    return found[0]


def model_of(family: FamilyName, name: str) -> PeripheralModel:
    """The model of the peripheral `name` in a part whose file gives its own addresses.

    A peripheral that is not in the family's table gets the most frequent model of its kind
    (`UART7` that of `UART4`) in the family, or else in all families. A kind that is in no table,
    such as `I2C`, gets plain registers.
    """
    own = family_table(family).peripherals
    every = chain.from_iterable(family_table(one).peripherals for one in get_args(FamilyName))
    for rows in (
        [row for row in own if row.name == name],
        [row for row in own if _kind(row.name) == _kind(name)],
        [row for row in every if _kind(row.name) == _kind(name)],
    ):
        if rows:
            return Counter(row.model for row in rows).most_common(1)[0][0]
    return "registers"


def _kind(name: str) -> str:
    """`TIM` of TIM12, `GPIO` of GPIOB, `OTG` of OTG_FS."""
    return "GPIO" if name.startswith("GPIO") else name.partition("_")[0].rstrip("0123456789")
