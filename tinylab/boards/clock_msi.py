"""Clocks of the parts that start from the MSI (RM0434, RM0432: Reset and clock control).

MSI range r ----------------------> SYSCLK -> /HPRE -> HCLK (the core)
MSI 4 MHz -> /M -> x N -> /R ----->
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from typing import Annotated

from msgspec import Meta

from tinylab.boards.clock_family import Clocks, ClockSettings, Factor, Hz, Prescalers, Way

MSION, MSIRANGE = 1 << 0, 4  # RCC_CR
SW_MSI, SW_PLL = 0, 3  # RCC_CFGR
HPRE = 4
HPRE_CODES = {1: 0b0000, 2: 0b1000, 4: 0b1001, 8: 0b1010, 16: 0b1011}
PLLSRC_MSI, PLLM, PLLN = 1, 4, 8  # RCC_PLLCFGR; the position of R differs
FLASH_ACCESS = 1 << 8 | 1 << 9 | 1 << 10  # FLASH_ACR: PRFTEN, ICEN, DCEN


MsiRanges = Annotated[tuple[Hz, ...], Meta(min_length=12, max_length=16)]


@dataclass(frozen=True, kw_only=True)
class MsiClocks(Clocks):
    """The clock tree of a part that starts from the MSI."""

    msi_ranges_hz: MsiRanges
    """The MSI's frequency in each of its ranges."""
    pll_input_range: Annotated[int, Meta(ge=0, lt=12)]
    """The range of the MSI that the PLL runs from."""
    pll_r: Annotated[tuple[Factor, ...], Meta(min_length=1)]
    """The PLL's output dividers."""
    ahb_prescalers: Prescalers
    """HPRE: SYSCLK / HCLK."""

    def ways(self, hz: float) -> Iterator[Way]:
        """Every legal core clock (there are few); the simplest setting for a frequency first."""
        for prescaler in self.ahb_prescalers:
            for choice in _choices(self, prescaler):
                if self.min_hz <= choice.core_hz and choice.sysclk_hz <= self.max_hz:
                    yield Way(choice.core_hz, partial(self.settings, choice))

    def settings(self, choice: Choice) -> ClockSettings:
        """The register words of one choice."""
        raise NotImplementedError


@dataclass(frozen=True)
class Choice:
    """MSI of range `msi_range` x `n` / `m` / `r`, or with `n` 0 the MSI alone; / `prescaler`."""

    msi_hz: int
    msi_range: int
    m: int
    n: int
    r: int
    prescaler: int

    @property
    def vco_hz(self) -> Fraction:
        """Frequency of the PLL's oscillator; 0 if it is off."""
        return Fraction(self.msi_hz * self.n, self.m)

    @property
    def sysclk_hz(self) -> Fraction:
        return self.vco_hz / self.r if self.n else Fraction(self.msi_hz)

    @property
    def core_hz(self) -> Fraction:
        return self.sysclk_hz / self.prescaler

    @property
    def switch(self) -> int:
        """RCC_CFGR.SW."""
        return SW_PLL if self.n else SW_MSI

    @property
    def description(self) -> str:
        made = f"MSI {self.msi_hz / 1e6:g} MHz"
        if self.n:
            made += f" / {self.m}" if self.m > 1 else ""
            made += f" x {self.n} / {self.r}"
        return made + (f" / {self.prescaler}" if self.prescaler > 1 else "")


def _choices(clocks: MsiClocks, prescaler: int) -> Iterator[Choice]:
    ranges = clocks.msi_ranges_hz
    for index, hz in enumerate(ranges):
        yield Choice(hz, index, 1, 0, 1, prescaler)
    index = clocks.pll_input_range
    for m, n, r in _pll(clocks, ranges[index]):
        yield Choice(ranges[index], index, m, n, r, prescaler)


def _pll(clocks: MsiClocks, source_hz: int) -> Iterator[tuple[int, int, int]]:
    """Legal (M, N, R), lowest output divider first."""
    low_in, high_in = clocks.pll_input_hz
    low_vco, high_vco = clocks.pll_vco_hz
    for r in clocks.pll_r:
        for m in range(clocks.pll_m[0], clocks.pll_m[1] + 1):
            if not low_in <= source_hz / m <= high_in:
                continue
            for n in range(clocks.pll_n[0], clocks.pll_n[1] + 1):
                if low_vco <= source_hz * n / m <= high_vco:
                    yield m, n, r
