"""Why the cycles of timed calls passed: a part of `tinylab.firmware/1`, for virtual boards."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import astuple, dataclass
from typing import ClassVar

from tinylab.quantities import Count


@dataclass(frozen=True)
class CycleCauses:
    """Cycles by cause; docs/simulation.md tells what each contains on each core."""

    issue: Count = 0
    """Instructions issue or execute."""
    operand: Count = 0
    """An instruction waits for a result (data hazard)."""
    unit: Count = 0
    """An instruction waits for a divider or floating-point unit (structural hazard)."""
    fetch: Count = 0
    """Instructions are fetched more slowly than they issue."""
    code_memory: Count = 0
    """Code comes from flash or RAM behind a bus: wait states, misses of caches."""
    data_memory: Count = 0
    """Data come from flash or RAM behind a bus: wait states, misses of caches."""
    bus: Count = 0
    """Peripherals, accesses of several bus transfers, contention."""
    branch: Count = 0
    """The pipeline refills after a branch."""
    wrong_path: Count = 0
    """Fetches that are discarded delay those that are not."""
    exception: Count = 0
    """Exception entry and return."""

    @property
    def sum(self) -> int:
        figures: tuple[int, ...] = astuple(self)
        return sum(figures)


@dataclass(frozen=True)
class FunctionCauses:
    """A function's own cycles, without those of functions that it calls.

    `address` is None for all code that no symbol of the image contains.
    """

    DERIVED: ClassVar = ("cycles",)

    name: str
    address: int | None
    causes: CycleCauses

    @property
    def cycles(self) -> int:
        return self.causes.sum


@dataclass(frozen=True)
class WhyRecord:
    """All functions that ran during `calls` calls, those with the most cycles first.

    `cycles` is the sum of the calls, and that of the functions.
    """

    DERIVED: ClassVar = ("cycles", "causes")

    calls: int
    functions: tuple[FunctionCauses, ...]

    @property
    def cycles(self) -> int:
        return self.causes.sum

    @property
    def causes(self) -> CycleCauses:
        return added(one.causes for one in self.functions)


def added(several: Iterable[CycleCauses]) -> CycleCauses:
    """Their sums by cause."""
    return CycleCauses(*(sum(column) for column in zip(*map(astuple, several), strict=True)))
