"""Clock tree of the STM32WB (RM0434, Reset and clock control): `clock_msi`, and a second core."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from tinylab.boards import clock_msi as msi
from tinylab.boards.board import ClockFamily, ClockSettings

WORDS = ("rcc_cr", "rcc_pllcfgr", "rcc_cfgr", "rcc_extcfgr", "flash_acr")
"""What the firmware's clock_wb.c takes, in this order."""

_PLLREN, _PLLR = 28, 29  # RCC_PLLCFGR
_C2HPRE = 4  # RCC_EXTCFGR: the M0+ must stay at 32 MHz or below


def _settings(clocks: Mapping[str, Any], choice: msi.Choice) -> ClockSettings:
    wait_states = _wait_states(clocks, choice.sysclk_hz)
    second_core = msi.HPRE_CODES[2 if choice.sysclk_hz > clocks["second_core_max_hz"] else 1]
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


def _wait_states(clocks: Mapping[str, Any], shared_hz: Fraction) -> int:
    """Flash wait states by HCLK4, which runs at SYSCLK here."""
    limits = clocks["wait_state_limits_hz"]
    return next(index for index, limit in enumerate(limits) if shared_hz <= limit)


FAMILY = ClockFamily(WORDS, msi.around, _settings, ("hse_hz", "hsi_hz"))
