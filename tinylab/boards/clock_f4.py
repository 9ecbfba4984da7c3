"""Clock tree of the STM32F4 and STM32F7 (RM0368, RM0390, RM0385, RM0410: RCC and PWR).

HSI ------------------------> SYSCLK -> /HPRE -> HCLK (the core) -> /PPRE1, /PPRE2
HSI -> /M -> x N -> /P ----->

The regulator's voltage scale, over-drive where a part has it, and the flash wait states
follow from HCLK. The two families have the same registers; the limits come from the board's file.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from itertools import product
from typing import Annotated, ClassVar, Literal

from msgspec import Meta

from tinylab.boards.clock_family import (
    Band,
    Clocks,
    ClockSettings,
    Factors,
    Hz,
    Limits,
    Prescalers,
    Way,
    require_reach,
    steps,
)

_PLLM, _PLLN, _PLLP, _PLLQ = 0, 6, 16, 24  # RCC_PLLCFGR; PLLSRC stays 0, the HSI
_PLLCFGR_KEPT = 2 << 28  # PLLR, reserved on some parts: as after reset on all
_SW_HSI, _SW_PLL = 0, 2  # RCC_CFGR
_HPRE, _PPRE1, _PPRE2 = 4, 10, 13
_HPRE_CODES = {1: 0b0000, 2: 0b1000, 4: 0b1001, 8: 0b1010, 16: 0b1011}
_PPRE_CODES = {1: 0b000, 2: 0b100, 4: 0b101, 8: 0b110, 16: 0b111}
_VOS, _ODEN = 14, 1 << 16  # PWR_CR, on the F7 PWR_CR1


@dataclass(frozen=True)
class OverDrive:
    """Scale 1 with over-drive: limits of HCLK and of the peripheral buses."""

    limit_hz: Hz
    apb1_max_hz: Hz
    apb2_max_hz: Hz


@dataclass(frozen=True, kw_only=True)
class F4Clocks(Clocks):
    """The clock tree of an STM32F4."""

    WORDS: ClassVar[tuple[str, ...]] = ("rcc_pllcfgr", "rcc_cfgr", "flash_acr", "pwr_cr")

    pll_p: Annotated[tuple[Literal[2, 4, 6, 8], ...], Meta(min_length=1)]
    """The PLL's output dividers."""
    pll_q: Factors
    """The divider of the PLL's second output, which is not used."""
    pll_output_hz: Band
    """SYSCLK from the PLL."""
    pll_q_output_max_hz: Hz
    """Limit of the PLL's second output."""
    ahb_prescalers: Prescalers
    """HPRE: SYSCLK / HCLK."""
    apb1_max_hz: Hz
    """Limit of the first peripheral bus, without over-drive."""
    apb2_max_hz: Hz
    """Limit of the second peripheral bus, without over-drive."""
    voltage_codes: Annotated[tuple[Literal[1, 2, 3], ...], Meta(min_length=1)]
    """PWR_CR.VOS of each supported voltage scale, the lowest voltage first."""
    voltage_limits_hz: Limits
    """HCLK limit of each voltage scale, without over-drive."""
    wait_state_limits_hz: Limits
    """HCLK limits of 0, 1, 2 ... wait states at the board's supply voltage."""
    flash_access: int
    """Other bits of FLASH_ACR than the wait states: caches and prefetch."""
    serial_apb: Literal[1, 2]
    """The peripheral bus of the serial port; used only by the virtual board."""
    over_drive: OverDrive | None = None
    """Omit if the part has no over-drive."""

    def __post_init__(self) -> None:
        if len(self.voltage_codes) != len(self.voltage_limits_hz):
            raise ValueError("voltage_codes and voltage_limits_hz are of different lengths")
        highest = list(_voltages(self))[-1]
        slowest = max(_PPRE_CODES)
        require_reach("wait_state_limits_hz", self.wait_state_limits_hz[-1], self.max_hz)
        require_reach("the highest voltage", highest.limit_hz, self.max_hz)
        for voltage in _voltages(self):
            require_reach("apb1_max_hz", voltage.apb1_max_hz * slowest, voltage.limit_hz)
            require_reach("apb2_max_hz", voltage.apb2_max_hz * slowest, voltage.limit_hz)
        require_reach("pll_q", self.pll_q[1] * self.pll_q_output_max_hz, self.pll_vco_hz[1])

    def ways(self, hz: float) -> Iterator[Way]:
        """HSI alone, then for each set of dividers the multipliers that come nearest to `hz`."""
        for core_hz, choice in _around(self, hz):
            yield Way(core_hz, partial(_settings, self, choice))


@dataclass(frozen=True, kw_only=True)
class F7Clocks(F4Clocks):
    """The clock tree of an STM32F7."""

    serial_select: Annotated[int, Meta(ge=0, le=30)]
    """Lowest bit of the serial port's clock selection in RCC_DCKCFGR2; for the virtual board."""


@dataclass(frozen=True)
class _Choice:
    """HSI / m x n / p, or with `n` 0 the HSI alone; then / `prescaler`."""

    m: int
    n: int
    p: int
    prescaler: int


@dataclass(frozen=True)
class _Voltage:
    """A voltage scale: highest HCLK, PWR_CR, its words, and limits of the peripheral buses."""

    limit_hz: int
    pwr_cr: int
    description: str
    apb1_max_hz: int
    apb2_max_hz: int


def _around(clocks: F4Clocks, hz: float) -> Iterator[tuple[Fraction, _Choice]]:
    """HSI alone, then for each set of dividers the multipliers that come nearest to `hz`."""
    for prescaler in clocks.ahb_prescalers:
        yield from _legal(clocks, _Choice(1, 0, 1, prescaler))
    low_n, high_n = clocks.pll_n
    for prescaler, p, m in product(clocks.ahb_prescalers, clocks.pll_p, _inputs(clocks)):
        middle = int(hz * prescaler * p * m / clocks.hsi_hz)
        for n in range(max(low_n, middle - 1), min(high_n, middle + 2) + 1):
            yield from _legal(clocks, _Choice(m, n, p, prescaler))


def _inputs(clocks: F4Clocks) -> list[int]:
    """Legal M, the fastest PLL input first."""
    low, high = clocks.pll_input_hz
    first, last = clocks.pll_m
    return [m for m in range(first, last + 1) if low <= clocks.hsi_hz / m <= high]


def _legal(clocks: F4Clocks, choice: _Choice) -> Iterator[tuple[Fraction, _Choice]]:
    """The choice with its frequency, if the PLL and the core are within their limits."""
    sysclk = _sysclk(clocks, choice)
    hz = sysclk / choice.prescaler
    if not clocks.min_hz <= hz <= clocks.max_hz:
        return
    (low_vco, high_vco), (low_out, high_out) = clocks.pll_vco_hz, clocks.pll_output_hz
    in_reach = low_vco <= sysclk * choice.p <= high_vco and low_out <= sysclk <= high_out
    if in_reach or not choice.n:
        yield hz, choice


def _sysclk(clocks: F4Clocks, choice: _Choice) -> Fraction:
    return Fraction(clocks.hsi_hz * (choice.n or 1), choice.m * choice.p)


def _settings(clocks: F4Clocks, choice: _Choice) -> ClockSettings:
    sysclk = _sysclk(clocks, choice)
    hz = sysclk / choice.prescaler
    wait_states = steps(clocks.wait_state_limits_hz, hz)
    switch = _SW_PLL if choice.n else _SW_HSI
    voltage = next(one for one in _voltages(clocks) if hz <= one.limit_hz)
    apb1, apb2 = _apb_divider(hz, voltage.apb1_max_hz), _apb_divider(hz, voltage.apb2_max_hz)
    return ClockSettings(
        hz=round(hz),
        words=(
            _pllcfgr(clocks, choice) if choice.n else 0,
            switch
            | _HPRE_CODES[choice.prescaler] << _HPRE
            | _PPRE_CODES[apb1] << _PPRE1
            | _PPRE_CODES[apb2] << _PPRE2,
            wait_states | clocks.flash_access,
            voltage.pwr_cr,
        ),
        wait_states=wait_states,
        bus_hz=round(hz),
        apb_hz=(round(hz / apb1), round(hz / apb2)),
        description=_description(clocks, choice, voltage.description),
    )


def _pllcfgr(clocks: F4Clocks, choice: _Choice) -> int:
    """RCC_PLLCFGR; Q, whose output is not used, is kept below its limit."""
    low_q, high_q = clocks.pll_q
    vco = _sysclk(clocks, choice) * choice.p
    q = next(q for q in range(low_q, high_q + 1) if vco / q <= clocks.pll_q_output_max_hz)
    p_code = choice.p // 2 - 1
    factors = choice.m << _PLLM | choice.n << _PLLN | p_code << _PLLP | q << _PLLQ
    return factors | _PLLCFGR_KEPT


def _apb_divider(hz: Fraction, limit: int) -> int:
    """The smallest divider that keeps the bus within its limit."""
    return next(divider for divider in _PPRE_CODES if hz / divider <= limit)


def _voltages(clocks: F4Clocks) -> Iterator[_Voltage]:
    """The lowest voltage first; over-drive comes last."""
    codes, over = clocks.voltage_codes, clocks.over_drive
    buses = (clocks.apb1_max_hz, clocks.apb2_max_hz)
    for code, limit in zip(codes, clocks.voltage_limits_hz, strict=True):
        yield _Voltage(limit, code << _VOS, f"scale {_scale(code)}", *buses)
    if over:
        words = f"scale {_scale(codes[-1])}, over-drive"
        buses = (over.apb1_max_hz, over.apb2_max_hz)
        yield _Voltage(over.limit_hz, codes[-1] << _VOS | _ODEN, words, *buses)


def _scale(code: int) -> int:
    """PWR_CR.VOS 0b01 is scale 3, 0b10 scale 2, 0b11 scale 1."""
    return 4 - code


def _description(clocks: F4Clocks, choice: _Choice, voltage: str) -> str:
    made = f"HSI {clocks.hsi_hz / 1e6:g} MHz"
    if choice.n:
        made += f" / {choice.m} x {choice.n} / {choice.p}, {voltage}"
    if choice.prescaler > 1:
        made += f", HPRE {choice.prescaler}"
    return made
