"""Clock tree of the STM32H7 (RM0433, RM0455, RM0468: Reset and clock control).

    HSI -> /DIVM1 -> x DIVN1 -> /DIVP1 -> SYSCLK -> CPU -> /HPRE -> AXI and AHB -> /2 -> APB

The H7A3 calls its prescaler registers CDCFGR1, CDCFGR2 and SRDCFGR and its voltage register
SRDCR, at the addresses and with the bits of D1CFGR, D2CFGR, D3CFGR and D3CR. The other
differences between the parts are in their tables: limits, codes of the voltage scales, supply.

The core's voltage scale and the flash wait states follow from the frequencies.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from typing import Annotated, ClassVar, Literal

from msgspec import Meta

from tinylab.boards.clock_family import (
    Clocks,
    ClockSettings,
    Factors,
    Hz,
    Limits,
    Way,
    require_reach,
    steps,
)

_DIVM1 = 4  # RCC_PLLCKSELR
_PLL1RGE, _DIVP1EN = 2, 16  # RCC_PLLCFGR; VCOSEL stays 0, the wide range
_DIVP1 = 9  # RCC_PLL1DIVR
_HPRE_CODES = {1: 0b0000, 2: 0b1000}  # RCC_D1CFGR
_D1PPRE_2 = 0b100 << 4
_D2PPRE1_2, _D2PPRE2_2 = 0b100 << 4, 0b100 << 8  # RCC_D2CFGR
_D3PPRE_2 = 0b100 << 4  # RCC_D3CFGR
_WRHIGHFREQ = 4  # FLASH_ACR
_VOS = 14  # PWR_D3CR
_VOS_NAMES = ("VOS3", "VOS2", "VOS1", "VOS0")

Bit = Literal[0, 1]
VosCode = Literal[0, 1, 2, 3]
Byte = Annotated[int, Meta(ge=0, le=0xFF)]


@dataclass(frozen=True, kw_only=True)
class H7Clocks(Clocks):
    """The clock tree of an STM32H7; values by voltage are in the order VOS3, VOS2, VOS1, VOS0."""

    WORDS: ClassVar[tuple[str, ...]] = (
        "rcc_pllckselr",
        "rcc_pllcfgr",
        "rcc_pll1divr",
        "rcc_d1cfgr",
        "rcc_d2cfgr",
        "rcc_d3cfgr",
        "flash_acr",
        "pwr_cr3",
        "pwr_d3cr",
        "syscfg_pwrcr",
    )

    csi_hz: Hz
    """The low-power oscillator; used only by the virtual board."""
    pll_p: Factors
    """The PLL's output divider, which is 1 or even."""
    bus_divider: Literal[1, 2]
    """HPRE: core clock / AXI clock."""
    supply_cr3: Byte
    """PWR_CR3 for the board's supply: `0b010` LDO, `0b100` SMPS."""
    voltage_codes: tuple[VosCode, VosCode, VosCode, VosCode]
    """PWR_D3CR.VOS."""
    voltage_over_drive: tuple[Bit, Bit, Bit, Bit]
    """SYSCFG_PWRCR.ODEN."""
    voltage_limits_hz: tuple[Hz, Hz, Hz, Hz]
    """Core clock limits."""
    wait_state_limits_hz: tuple[Limits, Limits, Limits, Limits]
    """AXI clock limits of 0, 1, 2 ... wait states, by voltage."""
    programming_delay_limits_hz: tuple[Limits, Limits, Limits, Limits]
    """AXI clock limits of FLASH_ACR.WRHIGHFREQ 0, 1, 2 ..., by voltage."""
    boost_above_hz: Hz | None = None
    """The clock above which FLASH_OPTSR2.CPUFREQ_BOOST is required; omit if it never is."""

    def __post_init__(self) -> None:
        require_reach("the highest voltage", self.voltage_limits_hz[-1], self.max_hz)
        fastest_hz = self.max_hz / self.bus_divider
        require_reach("wait_state_limits_hz", self.wait_state_limits_hz[-1][-1], fastest_hz)
        delays = zip(self.wait_state_limits_hz, self.programming_delay_limits_hz, strict=True)
        for wait_states, delay in delays:
            require_reach("programming_delay_limits_hz", delay[-1], wait_states[-1])

    def ways(self, hz: float) -> Iterator[Way]:
        """For each pair of dividers the multipliers that come nearest to `hz`."""
        for core_hz, choice in _around(self, hz):
            yield Way(core_hz, partial(_settings, self, choice))


@dataclass(frozen=True)
class _Choice:
    divm: int
    divn: int
    divp: int


def _around(clocks: H7Clocks, hz: float) -> Iterator[tuple[Fraction, _Choice]]:
    """For each pair of dividers the multipliers that come nearest to `hz`."""
    source = clocks.hsi_hz
    low_n, high_n = clocks.pll_n
    low_vco, high_vco = clocks.pll_vco_hz
    for divm, divp in _dividers(clocks):
        middle = int(hz * divm * divp / source)
        for divn in range(max(low_n, middle - 1), min(high_n, middle + 2) + 1):
            core_hz = Fraction(source * divn, divm * divp)
            if low_vco <= core_hz * divp <= high_vco and (
                clocks.min_hz <= core_hz <= clocks.max_hz
            ):
                yield core_hz, _Choice(divm, divn, divp)


def _dividers(clocks: H7Clocks) -> Iterator[tuple[int, int]]:
    """Legal (DIVM1, DIVP1), the fastest PLL input first; DIVP1 is 1 or even."""
    low_in, high_in = clocks.pll_input_hz
    low_p, high_p = clocks.pll_p
    for divm in range(clocks.pll_m[0], clocks.pll_m[1] + 1):
        if low_in <= clocks.hsi_hz / divm <= high_in:
            yield from ((divm, p) for p in range(low_p, high_p + 1) if p == 1 or p % 2 == 0)


def _settings(clocks: H7Clocks, choice: _Choice) -> ClockSettings:
    source = clocks.hsi_hz
    hz = Fraction(source * choice.divn, choice.divm * choice.divp)
    axi_hz = hz / clocks.bus_divider
    pll_input = source // choice.divm
    input_range = (pll_input >= 4_000_000) + (pll_input >= 8_000_000) + 1
    scale = _voltage(clocks, hz)
    wait_states = steps(clocks.wait_state_limits_hz[scale], axi_hz)
    delay = steps(clocks.programming_delay_limits_hz[scale], axi_hz)
    return ClockSettings(
        hz=round(hz),
        words=(
            choice.divm << _DIVM1,
            input_range << _PLL1RGE | 1 << _DIVP1EN,
            (choice.divn - 1) | (choice.divp - 1) << _DIVP1,
            _HPRE_CODES[clocks.bus_divider] | _D1PPRE_2,
            _D2PPRE1_2 | _D2PPRE2_2,
            _D3PPRE_2,
            wait_states | delay << _WRHIGHFREQ,
            clocks.supply_cr3,
            clocks.voltage_codes[scale] << _VOS,
            clocks.voltage_over_drive[scale],
        ),
        wait_states=wait_states,
        bus_hz=round(axi_hz),
        apb_hz=(round(axi_hz / 2), round(axi_hz / 2)),
        description=f"HSI {source / 1e6:g} MHz / {choice.divm} x {choice.divn} / {choice.divp}, "
        f"{_VOS_NAMES[scale]}",
    )


def _voltage(clocks: H7Clocks, hz: Fraction) -> int:
    """The lowest voltage scale (0 is VOS3) that allows the core and the flash clock."""
    limits = zip(clocks.voltage_limits_hz, clocks.wait_state_limits_hz, strict=True)
    axi_hz = hz / clocks.bus_divider
    return next(
        scale
        for scale, (core_hz, axi_limits) in enumerate(limits)
        if hz <= core_hz and axi_hz <= axi_limits[-1]
    )
