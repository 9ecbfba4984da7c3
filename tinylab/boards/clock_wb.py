"""Clock tree of the STM32WB (RM0434, Reset and clock control).

MSI range r ----------------------> SYSCLK -> /HPRE -> HCLK1 (the M4)
MSI 4 MHz -> /M -> x N -> /R ----->
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from tinylab.boards.board import ClockFamily, ClockSettings

WORDS = ("rcc_cr", "rcc_pllcfgr", "rcc_cfgr", "rcc_extcfgr", "flash_acr")
"""What the firmware's clock_wb.c takes, in this order."""

_MSIRANGE = 4  # RCC_CR
_MSION = 1 << 0
_SW_MSI, _SW_PLL = 0, 3  # RCC_CFGR
_HPRE = 4
_HPRE_CODES = {1: 0b0000, 2: 0b1000, 4: 0b1001, 8: 0b1010, 16: 0b1011}
_PLLSRC_MSI, _PLLM, _PLLN, _PLLREN, _PLLR = 1, 4, 8, 28, 29  # RCC_PLLCFGR
_C2HPRE = 4  # RCC_EXTCFGR: the M0+ must stay at 32 MHz or below
_PRFTEN, _ICEN, _DCEN = 1 << 8, 1 << 9, 1 << 10  # FLASH_ACR


@dataclass(frozen=True)
class _Choice:
    source_hz: Fraction
    prescaler: int
    description: str
    rcc_cr: int
    rcc_pllcfgr: int
    switch: int


def _around(clocks: Mapping[str, Any], hz: float) -> Iterator[tuple[Fraction, _Choice]]:
    """Every legal core clock (they are few); the simplest way to a frequency first."""
    for prescaler in clocks["ahb_prescalers"]:
        for source_hz, name, rcc_cr, rcc_pllcfgr, switch in _sources(clocks):
            core_hz = source_hz / prescaler
            if clocks["min_hz"] <= core_hz and source_hz <= clocks["max_hz"]:
                choice = _Choice(source_hz, prescaler, name, rcc_cr, rcc_pllcfgr, switch)
                yield core_hz, choice


def _settings(clocks: Mapping[str, Any], choice: _Choice) -> ClockSettings:
    source_hz, prescaler = choice.source_hz, choice.prescaler
    wait_states = _wait_states(clocks, source_hz)
    second_core = _HPRE_CODES[2 if source_hz > clocks["second_core_max_hz"] else 1]
    return ClockSettings(
        hz=round(source_hz / prescaler),
        words=(
            choice.rcc_cr,
            choice.rcc_pllcfgr,
            choice.switch | _HPRE_CODES[prescaler] << _HPRE,
            second_core << _C2HPRE,
            wait_states | _PRFTEN | _ICEN | _DCEN,
        ),
        wait_states=wait_states,
        bus_hz=round(source_hz / prescaler),
        description=choice.description + (f" / {prescaler}" if prescaler > 1 else ""),
    )


def _sources(clocks: Mapping[str, Any]) -> Iterator[tuple[Fraction, str, int, int, int]]:
    """(SYSCLK in Hz, description, RCC_CR, RCC_PLLCFGR, SW) of each oscillator setting."""
    ranges = clocks["msi_ranges_hz"]
    for index, hz in enumerate(ranges):
        name = f"MSI {hz / 1e6:g} MHz"
        yield Fraction(hz), name, _MSION | index << _MSIRANGE, 0, _SW_MSI
    index = clocks["pll_input_range"]
    for m, n, r in _pll(clocks, ranges[index]):
        pllcfgr = _PLLSRC_MSI | (m - 1) << _PLLM | n << _PLLN | 1 << _PLLREN | (r - 1) << _PLLR
        divided = f" / {m}" if m > 1 else ""
        yield (
            Fraction(ranges[index] * n, m * r),
            f"MSI {ranges[index] / 1e6:g} MHz{divided} x {n} / {r}",
            _MSION | index << _MSIRANGE,
            pllcfgr,
            _SW_PLL,
        )


def _pll(clocks: Mapping[str, Any], source_hz: int) -> Iterator[tuple[int, int, int]]:
    """Legal (M, N, R), lowest output divider first."""
    low_in, high_in = clocks["pll_input_hz"]
    low_vco, high_vco = clocks["pll_vco_hz"]
    for r in range(clocks["pll_r"][0], clocks["pll_r"][1] + 1):
        for m in range(clocks["pll_m"][0], clocks["pll_m"][1] + 1):
            if not low_in <= source_hz / m <= high_in:
                continue
            for n in range(clocks["pll_n"][0], clocks["pll_n"][1] + 1):
                if low_vco <= source_hz * n / m <= high_vco:
                    yield m, n, r


def _wait_states(clocks: Mapping[str, Any], shared_hz: Fraction) -> int:
    """Flash wait states by HCLK4, which runs at SYSCLK here."""
    limits = clocks["wait_state_limits_hz"]
    return next(index for index, limit in enumerate(limits) if shared_hz <= limit)


FAMILY = ClockFamily(WORDS, _around, _settings)
