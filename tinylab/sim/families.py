"""The peripherals that differ between families of parts: RCC, PWR, flash controller."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tinylab.boards.board import FlashKind
from tinylab.boards.clock_f4 import F4Clocks
from tinylab.boards.clock_h7 import H7Clocks
from tinylab.boards.clock_l4 import L4Clocks
from tinylab.boards.clock_u5 import U5Clocks
from tinylab.boards.peripheral import PeripheralModel
from tinylab.sim.peripherals.clock.rcc import SwitchingRCC
from tinylab.sim.peripherals.clock.rcc_f4 import RCCofF4
from tinylab.sim.peripherals.clock.rcc_f7 import RCCofF7
from tinylab.sim.peripherals.clock.rcc_h7 import RCCofH7
from tinylab.sim.peripherals.clock.rcc_l4 import RCCofL4
from tinylab.sim.peripherals.clock.rcc_u5 import RCCofU5
from tinylab.sim.peripherals.clock.rcc_wb import RCCofWB
from tinylab.sim.peripherals.flash.flash_controller import FlashController
from tinylab.sim.peripherals.flash.flash_f4 import FlashF4
from tinylab.sim.peripherals.flash.flash_f7 import FlashF7
from tinylab.sim.peripherals.flash.flash_h7 import FlashH7, FlashH7A3
from tinylab.sim.peripherals.flash.flash_l4 import FlashL4
from tinylab.sim.peripherals.flash.flash_l4plus import FlashL4Plus
from tinylab.sim.peripherals.flash.flash_u5 import FlashU5
from tinylab.sim.peripherals.power.pwr_f4 import PWRofF4
from tinylab.sim.peripherals.power.pwr_h7 import PWRofH7
from tinylab.sim.peripherals.power.pwr_l4 import PWRofL4
from tinylab.sim.peripherals.power.pwr_u5 import PWRofU5
from tinylab.sim.peripherals.power.pwr_wb import PWRofWB

RCCS: Mapping[PeripheralModel, type[SwitchingRCC[Any]]] = {
    "rcc_f4": RCCofF4,
    "rcc_f7": RCCofF7,
    "rcc_h7": RCCofH7,
    "rcc_l4": RCCofL4,
    "rcc_u5": RCCofU5,
    "rcc_wb": RCCofWB,
}


Power = PWRofF4 | PWRofH7 | PWRofL4 | PWRofU5 | PWRofWB


def _pwr_f4(clocks: F4Clocks, rcc: RCCofF4) -> Power:
    return PWRofF4(clocks, lambda: rcc.power_clocked, lambda: rcc.pll_ready)


def _pwr_h7(clocks: H7Clocks, rcc: RCCofH7) -> Power:
    return PWRofH7(clocks, lambda: rcc.syscfg_clocked)


def _pwr_l4(_clocks: L4Clocks, rcc: RCCofL4) -> Power:
    return PWRofL4(lambda: rcc.power_clocked)


def _pwr_u5(clocks: U5Clocks, rcc: RCCofU5) -> Power:
    return PWRofU5(clocks, lambda: rcc.power_clocked, lambda: rcc.booster_hz)


PWRS: Mapping[PeripheralModel, Callable[[Any, Any], Power]] = {
    "pwr_f4": _pwr_f4,
    "pwr_h7": _pwr_h7,
    "pwr_l4": _pwr_l4,
    "pwr_u5": _pwr_u5,
    "pwr_wb": lambda _clocks, _rcc: PWRofWB(),
}
"""By model: constructs PWR from the part's clock tree and RCC."""

FLASH_KINDS: Mapping[FlashKind, type[FlashController]] = {
    "f4": FlashF4,
    "f7": FlashF7,
    "h7": FlashH7,
    "h7a3": FlashH7A3,
    "l4": FlashL4,
    "l4+": FlashL4Plus,
    "u5": FlashU5,
}
"""By `FlashLayout.kind`."""
