"""Clock tree of the STM32WB (RM0434, Reset and clock control): `clock_msi` and a second core."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from tinylab.boards import clock_msi as msi
from tinylab.boards.clock_family import ClockSettings, Hz, Limits, require_reach, steps

_PLLREN, _PLLR = 28, 29  # RCC_PLLCFGR
_C2HPRE = 4  # RCC_EXTCFGR: the M0+ must stay at 32 MHz or below


@dataclass(frozen=True, kw_only=True)
class WBClocks(msi.MsiClocks):
    """The clock tree of an STM32WB."""

    WORDS: ClassVar[tuple[str, ...]] = (
        "rcc_cr",
        "rcc_pllcfgr",
        "rcc_cfgr",
        "rcc_extcfgr",
        "flash_acr",
    )

    pll_r: tuple[Literal[2, 3, 4, 5, 6, 7, 8], ...]
    """The PLL's output dividers."""
    second_core_max_hz: Hz
    """Limit of HCLK2, the clock of the Cortex-M0+."""
    wait_state_limits_hz: Limits
    """HCLK4 limits of 0, 1, 2 ... wait states."""

    def __post_init__(self) -> None:
        require_reach("wait_state_limits_hz", self.wait_state_limits_hz[-1], self.max_hz)
        require_reach("second_core_max_hz", self.second_core_max_hz * 2, self.max_hz)

    def settings(self, choice: msi.Choice) -> ClockSettings:
        return _settings(self, choice)


def _settings(clocks: WBClocks, choice: msi.Choice) -> ClockSettings:
    wait_states = steps(clocks.wait_state_limits_hz, choice.sysclk_hz)  # HCLK4 runs at SYSCLK
    second_core = msi.HPRE_CODES[2 if choice.sysclk_hz > clocks.second_core_max_hz else 1]
    return ClockSettings(
        hz=round(choice.core_hz),
        words=(
            msi.MSION | choice.msi_range << msi.MSIRANGE,
            _pllcfgr(choice) if choice.n else 0,
            choice.switch | msi.HPRE_CODES[choice.prescaler] << msi.HPRE,
            second_core << _C2HPRE,
            wait_states | msi.FLASH_ACCESS,
        ),
        wait_states=wait_states,
        bus_hz=round(choice.core_hz),
        apb_hz=(round(choice.core_hz), round(choice.core_hz)),
        description=choice.description,
    )


def _pllcfgr(choice: msi.Choice) -> int:
    factors = (choice.m - 1) << msi.PLLM | choice.n << msi.PLLN | (choice.r - 1) << _PLLR
    return msi.PLLSRC_MSI | factors | 1 << _PLLREN
