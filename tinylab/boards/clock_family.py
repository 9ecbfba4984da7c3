"""The common parts of all families' clock trees."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Annotated, ClassVar, Literal

from msgspec import Meta

Hz = Annotated[int, Meta(gt=0)]
Factor = Annotated[int, Meta(gt=0, le=1024)]
Factors = tuple[Factor, Factor]
"""The lowest and the highest factor that a register allows."""
Band = tuple[Hz, Hz]
"""The lowest and the highest permitted frequency."""
Limits = Annotated[tuple[Hz, ...], Meta(min_length=1)]
"""Upper limits of a frequency, the lowest first."""
Prescalers = Annotated[tuple[Literal[1, 2, 4, 8, 16], ...], Meta(min_length=1)]


@dataclass(frozen=True)
class ClockSettings:
    """One way to run the part at `hz`, ready for the firmware's start-up.

    `words` are the register values of the part's clock family, in the order of its
    `Clocks.WORDS`; `wait_states` are flash wait states.
    """

    hz: int
    words: tuple[int, ...]
    wait_states: int
    bus_hz: int
    """AHB clock of the M4 parts, AXI clock of the M7 parts."""
    apb_hz: tuple[int, int]
    """Clocks of the peripheral buses APB1 and APB2."""
    description: str
    """As in the reference manual: `MSI 4 MHz x 32 / 2`."""


@dataclass(frozen=True)
class Way:
    """A frequency that a clock tree supports, and a function that returns its settings."""

    hz: Fraction
    settings: Callable[[], ClockSettings]


@dataclass(frozen=True, kw_only=True)
class Clocks:
    """A part's clock tree: frequencies in Hz and limits, as in `[clocks]` of the board's file.

    Each family of parts has its own class with the limits of its registers. Raises ValueError if
    one table does not cover the range that another one requires.
    """

    WORDS: ClassVar[tuple[str, ...]]
    """Names of the register words in `ClockSettings.words`, in the firmware's order."""

    max_hz: Hz
    """The highest legal core clock."""
    min_hz: Hz
    """The lowest core clock offered."""
    reset_hz: Hz
    """The core clock after a reset."""
    hsi_hz: Hz
    """The internal oscillator."""
    hse_hz: Hz
    """The external oscillator or crystal of the board; used only by the virtual board."""
    pll_m: Factors
    """The PLL's input divider."""
    pll_n: Factors
    """The PLL's multiplier."""
    pll_input_hz: Band
    """The PLL's input, after its divider."""
    pll_vco_hz: Band
    """The PLL's oscillator."""

    def ways(self, hz: float) -> Iterator[Way]:
        """Settings for core clocks near `hz`; of those with equal frequency, the preferred first.

        The nearest frequencies below and above `hz` are among them.
        """
        raise NotImplementedError


def steps(limits: Sequence[int], hz: Fraction) -> int:
    """The number of `limits` below `hz`, such as wait states; the last limit is at least `hz`."""
    return next(index for index, limit in enumerate(limits) if hz <= limit)


def require_reach(name: str, hz: float, needed_hz: float) -> None:
    """Raise ValueError if the limit `hz` of `name` is less than `needed_hz`."""
    if hz < needed_hz:
        raise ValueError(f"{name} allows {hz:.0f} Hz, less than the {needed_hz:.0f} Hz needed")
