"""Clock tree of the STM32U5 (RM0456, Reset and clock control).

MSIS range r --------------------------> SYSCLK (the core)
HSI16 -> /PLL1M -> x PLL1N -> /PLL1R -->

The regulator's voltage range, its EPOD booster and the flash wait states follow from SYSCLK.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from typing import Annotated, ClassVar

from msgspec import Meta

from tinylab.boards.clock_family import (
    Band,
    Clocks,
    ClockSettings,
    Factors,
    Hz,
    Limits,
    Way,
    require_reach,
    steps,
)

_MSIRGSEL, _MSISRANGE = 1 << 23, 28  # RCC_ICSCR1
_SW_MSIS, _SW_PLL1 = 0, 3  # RCC_CFGR1
_PLL1SRC_HSI16, _PLL1RGE, _PLL1M, _PLL1REN = 2, 2, 8, 1 << 18  # RCC_PLL1CFGR
_RANGE_4_TO_8_MHZ, _RANGE_8_TO_16_MHZ = 0b00, 0b11
_FAST_INPUT_HZ = 8_000_000
_PLL1R = 24  # RCC_PLL1DIVR
_PRFTEN = 1 << 8  # FLASH_ACR
_VOS, _BOOSTEN = 16, 1 << 18  # PWR_VOSR; range 4 is 0, range 1 is 3


@dataclass(frozen=True, kw_only=True)
class U5Clocks(Clocks):
    """The clock tree of an STM32U5; values by voltage are in the order range 4, 3, 2, 1."""

    WORDS: ClassVar[tuple[str, ...]] = (
        "rcc_icscr1",
        "rcc_pll1cfgr",
        "rcc_pll1divr",
        "rcc_cfgr1",
        "flash_acr",
        "pwr_vosr",
    )

    msi_ranges_hz: Annotated[tuple[Hz, ...], Meta(min_length=16, max_length=16)]
    """The frequency of MSIS in each of its ranges."""
    pll_r: Factors
    """The PLL's output divider, which is 1 or even."""
    booster_input_hz: Band
    """The EPOD booster's input; used only by the virtual board."""
    booster_above_hz: Hz
    """The core clock above which the booster is required."""
    voltage_limits_hz: tuple[Hz, Hz, Hz, Hz]
    """Core clock limits."""
    wait_state_limits_hz: tuple[Limits, Limits, Limits, Limits]
    """Core clock limits of 0, 1, 2 ... wait states, by voltage."""

    def __post_init__(self) -> None:
        require_reach("the highest voltage", self.voltage_limits_hz[-1], self.max_hz)
        for limits, core_hz in zip(self.wait_state_limits_hz, self.voltage_limits_hz, strict=True):
            require_reach("wait_state_limits_hz", limits[-1], core_hz)

    def ways(self, hz: float) -> Iterator[Way]:
        """MSIS alone, then for each pair of dividers the multipliers nearest to `hz`."""
        for core_hz, choice in _around(self, hz):
            yield Way(core_hz, partial(_settings, self, choice))


@dataclass(frozen=True)
class _Choice:
    """MSIS in its range `msi`, or with `n` HSI16 / m x n / r."""

    msi: int = 0
    m: int = 1
    n: int = 0
    r: int = 1


def _around(clocks: U5Clocks, hz: float) -> Iterator[tuple[Fraction, _Choice]]:
    """MSIS alone, then for each pair of dividers the multipliers that come nearest to `hz`."""
    for index, msi_hz in enumerate(clocks.msi_ranges_hz):
        if clocks.min_hz <= msi_hz <= clocks.max_hz:
            yield Fraction(msi_hz), _Choice(msi=index)
    source = clocks.hsi_hz
    low_n, high_n = clocks.pll_n
    low_vco, high_vco = clocks.pll_vco_hz
    for m, r in _dividers(clocks):
        middle = int(hz * m * r / source)
        for n in range(max(low_n, middle - 1), min(high_n, middle + 2) + 1):
            core_hz = Fraction(source * n, m * r)
            in_reach = low_vco <= core_hz * r <= high_vco
            if in_reach and clocks.min_hz <= core_hz <= clocks.max_hz:
                yield core_hz, _Choice(m=m, n=n, r=r)


def _dividers(clocks: U5Clocks) -> Iterator[tuple[int, int]]:
    """Legal (PLL1M, PLL1R), the fastest PLL input first; PLL1R is 1 or even."""
    low_in, high_in = clocks.pll_input_hz
    low_r, high_r = clocks.pll_r
    for m in range(clocks.pll_m[0], clocks.pll_m[1] + 1):
        if low_in <= clocks.hsi_hz / m <= high_in:
            yield from ((m, r) for r in range(low_r, high_r + 1) if r == 1 or r % 2 == 0)


def _settings(clocks: U5Clocks, choice: _Choice) -> ClockSettings:
    hz, made = _sysclk(clocks, choice)
    voltage = steps(clocks.voltage_limits_hz, hz)
    wait_states = steps(clocks.wait_state_limits_hz[voltage], hz)
    boosted = hz > clocks.booster_above_hz
    return ClockSettings(
        hz=round(hz),
        words=(
            choice.msi << _MSISRANGE | _MSIRGSEL,
            _pll1cfgr(clocks, choice),
            (choice.n - 1) | (choice.r - 1) << _PLL1R if choice.n else 0,
            _SW_PLL1 if choice.n else _SW_MSIS,
            wait_states | _PRFTEN,
            voltage << _VOS | (_BOOSTEN if boosted else 0),
        ),
        wait_states=wait_states,
        bus_hz=round(hz),
        apb_hz=(round(hz), round(hz)),
        description=f"{made}, range {4 - voltage}" + (", booster" if boosted else ""),
    )


def _sysclk(clocks: U5Clocks, choice: _Choice) -> tuple[Fraction, str]:
    """SYSCLK in Hz, and its description."""
    if not choice.n:
        msi_hz = clocks.msi_ranges_hz[choice.msi]
        return Fraction(msi_hz), f"MSIS {msi_hz / 1e6:g} MHz"
    source = clocks.hsi_hz
    divided = f" / {choice.m}" if choice.m > 1 else ""
    made = f"HSI16 {source / 1e6:g} MHz{divided} x {choice.n} / {choice.r}"
    return Fraction(source * choice.n, choice.m * choice.r), made


def _pll1cfgr(clocks: U5Clocks, choice: _Choice) -> int:
    """RCC_PLL1CFGR; PLL1MBOOST stays 0, so the booster is clocked by the undivided HSI16."""
    if not choice.n:
        return 0
    fast = clocks.hsi_hz / choice.m >= _FAST_INPUT_HZ
    input_range = _RANGE_8_TO_16_MHZ if fast else _RANGE_4_TO_8_MHZ
    return _PLL1SRC_HSI16 | input_range << _PLL1RGE | (choice.m - 1) << _PLL1M | _PLL1REN
