"""Clock tree of the STM32L4+ (RM0432, RCC and PWR): `clock_msi`, and ranges of core voltage.

The range is the lowest that permits SYSCLK; the flash wait states follow from the range and
HCLK.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from tinylab.boards import clock_msi as msi
from tinylab.boards.clock_family import ClockSettings, Hz, Limits, require_reach, steps

_MSIRGSEL = 1 << 3  # RCC_CR: the range is that of RCC_CR
_PLLREN, _PLLR = 24, 25  # RCC_PLLCFGR; PLLR codes 2, 4, 6, 8
_VOS = 9  # PWR_CR1
_R1MODE = 1 << 8  # PWR_CR5; 0 is boost
_RANGES = (
    ("range 2", 0b10 << _VOS, _R1MODE),
    ("range 1", 0b01 << _VOS, _R1MODE),
    ("range 1 boost", 0b01 << _VOS, 0),
)
"""Name, PWR_CR1 and PWR_CR5 of each range of the core voltage, the lowest first."""


@dataclass(frozen=True, kw_only=True)
class L4Clocks(msi.MsiClocks):
    """The clock tree of an STM32L4+; values by voltage are in the order range 2, 1, 1 boost."""

    WORDS: ClassVar[tuple[str, ...]] = (
        "rcc_cr",
        "rcc_pllcfgr",
        "rcc_cfgr",
        "flash_acr",
        "pwr_cr1",
        "pwr_cr5",
    )

    pll_r: tuple[Literal[2, 4, 6, 8], ...]
    """The PLL's output dividers."""
    voltage_limits_hz: tuple[Hz, Hz, Hz]
    """SYSCLK limits."""
    voltage_vco_limits_hz: tuple[Hz, Hz, Hz]
    """Limits of the PLL's oscillator."""
    wait_state_limits_hz: tuple[Limits, Limits, Limits]
    """HCLK limits of 0, 1, 2 ... wait states, by voltage."""

    def __post_init__(self) -> None:
        require_reach("the highest voltage", self.voltage_limits_hz[-1], self.max_hz)
        require_reach("the highest voltage", self.voltage_vco_limits_hz[-1], self.pll_vco_hz[1])
        for limits, sysclk_hz in zip(
            self.wait_state_limits_hz, self.voltage_limits_hz, strict=True
        ):
            require_reach("wait_state_limits_hz", limits[-1], sysclk_hz)

    def settings(self, choice: msi.Choice) -> ClockSettings:
        return _settings(self, choice)


def _settings(clocks: L4Clocks, choice: msi.Choice) -> ClockSettings:
    voltage = _voltage(clocks, choice)
    name, pwr_cr1, pwr_cr5 = _RANGES[voltage]
    wait_states = steps(clocks.wait_state_limits_hz[voltage], choice.core_hz)
    return ClockSettings(
        hz=round(choice.core_hz),
        words=(
            msi.MSION | _MSIRGSEL | choice.msi_range << msi.MSIRANGE,
            _pllcfgr(choice) if choice.n else 0,
            choice.switch | msi.HPRE_CODES[choice.prescaler] << msi.HPRE,
            wait_states | msi.FLASH_ACCESS,
            pwr_cr1,
            pwr_cr5,
        ),
        wait_states=wait_states,
        bus_hz=round(choice.core_hz),
        apb_hz=(round(choice.core_hz), round(choice.core_hz)),
        description=f"{choice.description}, {name}",
    )


def _voltage(clocks: L4Clocks, choice: msi.Choice) -> int:
    """Index of the lowest range that permits SYSCLK and the PLL's oscillator."""
    limits = zip(clocks.voltage_limits_hz, clocks.voltage_vco_limits_hz, strict=True)
    return next(
        voltage
        for voltage, (sysclk_hz, vco_hz) in enumerate(limits)
        if choice.sysclk_hz <= sysclk_hz and choice.vco_hz <= vco_hz
    )


def _pllcfgr(choice: msi.Choice) -> int:
    factors = (choice.m - 1) << msi.PLLM | choice.n << msi.PLLN | (choice.r // 2 - 1) << _PLLR
    return msi.PLLSRC_MSI | factors | 1 << _PLLREN
