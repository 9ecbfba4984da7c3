"""Small loops, each of which shows one rule of a core: read from `data/`, a file for each core."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from typing import Annotated, Literal

from msgspec import Meta

from tinylab.boards.board import Core
from tinylab.boards.decoding import decode
from tinylab.errors import InputError

Name = Annotated[str, Meta(pattern="^[a-z0-9]+(-[a-z0-9]+)*$", description="words and hyphens")]
Text = Annotated[str, Meta(min_length=1)]
Need = Literal["double", "second_ram", "checked_ram"]
"""What not every part has: arithmetic in double precision; a RAM behind another bus; a tightly
coupled memory with error correction, in which a store of a byte reads the word first.
"""
WITHOUT: Mapping[Need, str] = {
    "double": "the part has no arithmetic in double precision",
    "second_ram": "the part has no second RAM that the firmware may use",
    "checked_ram": "the part's memory has no error correction",
}
MOST = 1000
REMEDY = "docs/bench_core.md describes the file."
NEAR = 0.06
"""In cycles; below that, two figures are the same: a stray cycle in 16 repetitions is more."""


@dataclass(frozen=True)
class Source:
    """Where figures were published, and the chip and the clock that they were measured on."""

    document: Text
    chip: Text
    clock: Text


@dataclass(frozen=True)
class Loop:
    """One loop. Assembly lines end with `;` or with the line."""

    id: Name
    title: Text
    """The rule that it shows."""
    body: Text
    """What is repeated: it may use R0-R9, R12 and S0-S31. R0 and R7 hold the address of 2 KiB, R8
    the one 64 bytes on, R12 (with `second_ram`) of 2 KiB in the second RAM, which is cached on a
    core with a data cache. R1-R6 and R9 are 0, S0-S31 are 1.0.
    """
    cycles: float | tuple[float, float]
    """Published cycles for each repetition, or the least and the most."""
    source: Name
    setup: str = ""
    """Lines that run before it."""
    between: str | None = None
    """What stands behind each copy, to keep them apart; its own cycles are subtracted."""
    minus: str = ""
    """A second body, whose cycles are subtracted."""
    passes: bool = False
    """The body is a loop by itself: it counts R1 down and branches to the label 1 in front of it.
    Otherwise copies of it stand in a row.
    """
    repeats: Annotated[int, Meta(ge=4, le=1000)] = 16
    """Copies or passes; half of the cycles of twice as many are those of the branches and marks
    around them, which are subtracted.
    """
    needs: tuple[Need, ...] = ()
    model: float | None = None
    """What the model counts where that is not what was published."""
    why: str = ""
    """Why the model differs."""

    def __post_init__(self) -> None:
        if not 0 < self.published.least <= self.published.most <= MOST:
            raise ValueError(f"cycles are above 0, {MOST} at most, and the least is first")
        if (self.model is None) != (not self.why):
            raise ValueError("`model` and `why` are given together, where the model differs")
        if self.passes and self.between:
            raise ValueError("a body that is a loop by itself has nothing between its passes")
        if self.model is not None and self.published.has(self.model):
            raise ValueError(f"the model's {self.model:g} cycles agree; leave out `model`")

    @property
    def published(self) -> Range:
        """The published cycles."""
        both = self.cycles if isinstance(self.cycles, tuple) else (self.cycles, self.cycles)
        return Range(*both)

    @property
    def expected(self) -> Range:
        """What the model must count."""
        return self.published if self.model is None else Range(self.model, self.model)


@dataclass(frozen=True)
class Range:
    """From the least to the most cycles."""

    least: float
    most: float

    def has(self, cycles: float) -> bool:
        return self.least - NEAR < cycles < self.most + NEAR

    def difference(self, cycles: float) -> float:
        """By how much `cycles` are above the range (positive) or below it; 0 within it."""
        if self.has(cycles):
            return 0.0
        return cycles - (self.most if cycles > self.most else self.least)

    def __str__(self) -> str:
        if self.least == self.most:
            return f"{self.least:g}"
        return f"{self.least:g}-{self.most:g}"


@dataclass(frozen=True)
class LoopFile:
    """All loops of a core. `between` is that of the loops that state none."""

    sources: Mapping[str, Source]
    loops: Annotated[tuple[Loop, ...], Meta(min_length=1)]
    between: str = ""

    def __post_init__(self) -> None:
        ids = [one.id for one in self.loops]
        twice = next((one for one in ids if ids.count(one) > 1), None)
        if twice:
            raise ValueError(f"two loops are called {twice}")
        strange = next((one for one in self.loops if one.source not in self.sources), None)
        if strange:
            raise ValueError(f"[sources] lacks {strange.source}, the source of {strange.id}")

    @property
    def complete(self) -> tuple[Loop, ...]:
        """The loops, each with what stands between its copies."""
        return tuple(
            replace(one, between=self.between if one.between is None else one.between)
            for one in self.loops
        )


def read(text: str, name: str) -> LoopFile:
    """The contents of a file. Raises InputError, which names the file, the key, what it takes."""
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{name} is no TOML: {error}.", remedy=REMEDY) from error
    try:
        return decode(raw, LoopFile)
    except InputError as error:
        raise InputError(f"{name}: {error.message}.", remedy=REMEDY) from error


@cache
def of_core(core: Core) -> LoopFile:
    """The loops of a core that tinylab has."""
    name = f"{core.value.replace('-', '_')}.toml"
    file = resources.files("tinylab.bench.core_loops") / "data" / name
    return read(file.read_text(encoding="utf-8"), name)
