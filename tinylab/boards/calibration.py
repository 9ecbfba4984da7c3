"""The error of simulated cycles against silicon: statistics over `calibration.toml`.

The table records the project's own error: the code, the board, the published or measured time,
and the cycles that the model counts for the same code. `benchmarks/calibration.py` reproduces
the simulated column.
"""

from __future__ import annotations

import math
import statistics
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Annotated

from msgspec import Meta

from tinylab.boards.board import Core
from tinylab.boards.decoding import decode

TABLE = Path(__file__).resolve().parent / "calibration.toml"


Positive = Annotated[float, Meta(gt=0)]


class CodeClass(StrEnum):
    """What kind of code a figure is about: results show the error of their own class."""

    NETWORKS = "networks"
    GENERAL = "general code"


@dataclass(frozen=True)
class Conditions:
    """Settings of the measurement on silicon, for `benchmarks/calibration.py`."""

    wait_states: Annotated[int, Meta(ge=0)]
    prefetch: bool = True
    direct_mapped: bool = False
    """The ICACHE of a Cortex-M33 had one way."""
    flash_word_bytes: int | None = None
    """Default: as on `simulated_on`."""
    inferences_per_call: Annotated[int, Meta(gt=0)] = 1
    """Inferences in one call of the timed function."""


@dataclass(frozen=True)
class Figure:
    """One measurement on silicon, and the simulated result.

    `simulated_on` is the board of the catalogue that was simulated; its memories replace those of
    `board` if `board` is not in the catalogue. `tuned`: a constant of the model was chosen with
    this figure in view. `counts` is false if the measured configuration is not fully known;
    `note` then states what is unknown.
    """

    image: str
    what: str
    board: str
    core: Core
    simulated_on: str
    clock_mhz: Positive
    published_ms: Positive
    rounding_ms: Annotated[float, Meta(ge=0)]
    """Half of the last digit that was published."""
    simulated_cycles: Positive
    tuned: bool
    source: str
    conditions: Conditions
    counts: bool = True
    note: str = ""
    code: CodeClass = CodeClass.NETWORKS

    @property
    def clock_hz(self) -> float:
        return self.clock_mhz * 1e6

    @property
    def published_cycles(self) -> float:
        """Core clock cycles of the published time."""
        return self.published_ms * 1e-3 * self.clock_hz

    @property
    def error_percent(self) -> float:
        """Error of the simulated cycles against the published figure."""
        return 100 * (self.simulated_cycles / self.published_cycles - 1)

    @property
    def rounding_percent(self) -> float:
        """Uncertainty of the published figure due to its rounding."""
        return 100 * self.rounding_ms / self.published_ms


@dataclass(frozen=True)
class CalibrationFile:
    """`calibration.toml`: a `[[figure]]` for each comparison."""

    figure: tuple[Figure, ...]


@dataclass(frozen=True)
class Summary:
    """Magnitude of the errors of a set of figures, in percent."""

    figures: int
    median_percent: float
    worst_percent: float
    mean_percent: float
    bias_percent: float
    """The mean of the errors with their signs."""


@cache
def figures() -> tuple[Figure, ...]:
    """Every figure of the table, in order."""
    return decode(tomllib.loads(TABLE.read_text(encoding="utf-8")), CalibrationFile).figure


def summary(chosen: Iterable[Figure]) -> Summary | None:
    """Errors of the figures that count; None if there are none."""
    signed = [figure.error_percent for figure in chosen if figure.counts]
    if not signed:
        return None
    errors = [abs(error) for error in signed]
    return Summary(
        len(errors),
        statistics.median(errors),
        max(errors),
        statistics.mean(errors),
        statistics.mean(signed),
    )


def of_core(
    core: Core, *, tuned: bool | None = None, code: CodeClass | None = None
) -> tuple[Figure, ...]:
    """The figures of one core: all, or only those used for tuning, or only those not used; of
    one class of code, or of both."""
    return tuple(
        figure
        for figure in figures()
        if figure.core is core
        and (tuned is None or figure.tuned is tuned)
        and (code is None or figure.code is code)
    )


def expected_error(
    board: str, core: Core, code: CodeClass = CodeClass.NETWORKS
) -> tuple[float | None, str]:
    """The expected error of such code on `board` in percent, and its source.

    The error is the worst figure of the board itself, or else of its core on other boards, rounded
    up to a whole percent. None if no figure of that core was compared.
    """
    every = of_core(core, code=code)
    where, found = "this board", summary(figure for figure in every if figure.board == board)
    if found is None:
        where, found = f"other boards with a {core.label}", summary(every)
    if found is None:
        return None, "not compared with silicon"
    percent = float(math.ceil(found.worst_percent))
    return percent, f"worst of {found.figures} figures of {code} on {where}, docs/simulation.md"
